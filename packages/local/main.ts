import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssemblyError } from './assembly.ts';
import { PortInUseError } from './http-front.ts';
import { TemplateError } from './intrinsics.ts';
import { readSettings, SettingsError } from './settings.ts';
import { startLocal } from './start-local.ts';
import { SynthesisError, synthesize } from './synthesize.ts';
import { TableMismatchError } from './tables.ts';

/** Ctrl-C stops within 5 s, whatever hangs. */
const STOP_WITHIN_MS = 4_500;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const explain = (error: unknown): string => {
  if (error instanceof PortInUseError) return `${error.message} Stop it, or set PORT (and LEADLINE_AWS_PORT) to others.`;
  if (!(error instanceof Error)) return String(error);
  // What this runtime throws on purpose says what to do; anything else is a mistake of its own, whose place matters.
  const isOnPurpose =
    error.name === 'Error' ||
    [SettingsError, SynthesisError, AssemblyError, TemplateError, TableMismatchError].some((kind) => error instanceof kind);
  return isOnPurpose ? error.message : (error.stack ?? error.message);
};

const fail = (error: unknown): never => {
  process.stderr.write(`Leadline could not start: ${explain(error)}\n`);
  process.exit(1);
};

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

let stop: (() => Promise<void>) | undefined;
let stopping = false;
const onSignal = (): void => {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  // Not yet started: nothing was accepted.
  if (stop === undefined) process.exit(0);
  stop().then(
    () => process.exit(0),
    () => process.exit(0),
  );
};
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);
process.on('disconnect', onSignal);
// A reader of the output that went away is no reason to end.
process.stdout.on('error', () => undefined);

try {
  const settings = readSettings(process.env);
  const { directory, reused } = await synthesize(root, 'local');
  if (!reused) print('synthesized the app for stage local');
  const local = await startLocal({
    ...settings,
    assemblyDirectory: directory,
    print,
    readyPath: '/health',
    onFatal: (error) => {
      process.stderr.write(`Leadline stops: ${error.message}\n`);
      process.exit(1);
    },
  });
  stop = () => local.stop();
  print(`Leadline is ready: ${local.url} · reference ${local.url}/docs · AWS endpoint (DynamoDB, EventBridge) ${local.awsUrl}`);
  await local.warm();
} catch (error) {
  fail(error);
}
