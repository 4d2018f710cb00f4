import { startLocal } from '../start-local.ts';

// A process of its own for tests that kill it: `node run-app.ts <assembly> <data>` prints a line of JSON once it runs.
const [, , assemblyDirectory = '', dataDirectory = ''] = process.argv;
const local = await startLocal({ assemblyDirectory, dataDirectory, readyPath: '/health' });
process.stdout.write(
  `${JSON.stringify({ url: local.url, dead: local.queues.peek('arn:aws:sqs:eu-central-1:000000000000:dead').length })}\n`,
);
process.on('SIGTERM', () => void local.stop().then(() => process.exit(0)));
