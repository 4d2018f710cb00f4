import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundling } from '../../infra/bundle.ts';
import { type Figure, figure, median } from './figures.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const functions = join(root, '.build', 'functions');

const bare = `
  import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
  const client = new DynamoDBClient({});
  export const handler = async (event) => await client.send(new GetItemCommand({ TableName: 't', Key: { pk: { S: event.pk } } }));
`;
const empty = 'export const handler = async () => ({ statusCode: 200 });';

/** A handler to compare with, bundled as our functions are. */
const bundled = async (directory: string, name: string, source: string): Promise<string> => {
  const outfile = join(directory, `${name}.mjs`);
  await build({ ...bundling, stdin: { contents: source, resolveDir: root }, outfile });
  return outfile;
};

// What Lambda sets, and what the template gives; a function that reads its environment must find it.
const lambdaEnvironment = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  STAGE: 'local',
  TABLE_NAME: 'bench',
  SIGNING_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:bench',
  BUS_NAME: 'bench',
  POWERTOOLS_SERVICE_NAME: 'bench',
  POWERTOOLS_METRICS_NAMESPACE: 'Leadline',
  POWERTOOLS_LOG_LEVEL: 'ERROR',
};

/** Milliseconds that importing the bundle takes in a new process. */
const importMilliseconds = async (name: string, file: string): Promise<number> => {
  const program = `const begun=performance.now();await import(${JSON.stringify(pathToFileURL(file).href)});process.stdout.write(String(performance.now()-begun));process.exit()`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...lambdaEnvironment, SERVICE: name.split('-')[0], PATH: process.env.PATH },
  });
  return Number(stdout);
};

/**
 * Bundle bytes and load time of each function, beside an empty handler and a bare handler with only the DynamoDB client, bundled alike; in new processes,
 * taken in turns so that the machine's moods meet all of them.
 */
export const coldLoad = async (rounds = 15): Promise<Figure[]> => {
  const directory = await mkdtemp(join(root, '.build', 'bench-'));
  try {
    const subjects = new Map<string, string>([
      ['empty handler', await bundled(directory, 'empty', empty)],
      ['bare DynamoDB handler', await bundled(directory, 'bare', bare)],
    ]);
    const bundles: Record<string, { loaded: number; whole: number }> = JSON.parse(await readFile(`${functions}.json`, 'utf8'));
    for (const name of Object.keys(bundles)) subjects.set(name, join(functions, name, 'index.mjs'));
    const samples = new Map<string, number[]>([...subjects.keys()].map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, file] of subjects) samples.get(name)?.push(await importMilliseconds(name, file));
    }
    const of = (name: string): number => median(samples.get(name) ?? []);
    const base = of('bare DynamoDB handler');
    return (
      await Promise.all(
        [...subjects].map(async ([name, file]) => {
          const ours = bundles[name];
          if (!ours) return [figure(`${name}: bundle`, (await stat(file)).size / 1024, 'KiB'), figure(`${name}: load`, of(name), 'ms')];
          // The reference page's function is judged apart.
          const judged = !name.endsWith('docs');
          return [
            figure(`${name}: loaded at a cold start`, ours.loaded / 1024, 'KiB', judged ? { atMost: 450 } : undefined),
            figure(`${name}: with what loads on first need`, ours.whole / 1024, 'KiB'),
            figure(`${name}: load`, of(name), 'ms'),
            figure(`${name}: load / bare DynamoDB handler`, of(name) / base, '×', judged ? { atMost: 1.35 } : undefined),
          ];
        }),
      )
    ).flat();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
