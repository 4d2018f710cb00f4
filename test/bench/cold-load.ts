import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type Figure, figure, median } from './figures.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const functions = join(root, '.build', 'functions');

const bare = `
  import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
  import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  export const handler = async (event) => await client.send(new GetCommand({ TableName: 't', Key: { pk: event.pk } }));
`;
const empty = 'export const handler = async () => ({ statusCode: 200 });';

/** A handler to compare with, bundled with the same options as ours or, `plain`, with what NodejsFunction does unless told. */
const bundled = async (directory: string, name: string, source: string, plain = false): Promise<string> => {
  const outfile = join(directory, `${name}.mjs`);
  await build({
    stdin: { contents: source, resolveDir: root },
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'silent',
    ...(plain
      ? {}
      : {
          mainFields: ['module', 'main'],
          external: [
            '@aws-sdk/credential-provider-sso',
            '@aws-sdk/credential-provider-ini',
            '@aws-sdk/credential-provider-process',
            '@aws-sdk/credential-provider-web-identity',
            '@aws-sdk/credential-provider-login',
            '@aws-sdk/credential-provider-http',
            '@smithy/credential-provider-imds',
            '@aws-sdk/nested-clients/*',
            'bowser',
          ],
        }),
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
  });
  return outfile;
};

// What Lambda sets, and what the template gives; a function that reads its environment must find it.
const lambdaEnvironment = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  SERVICE: 'intake',
  STAGE: 'local',
  TABLE_NAME: 'bench',
  SIGNING_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:bench',
  BUS_NAME: 'bench',
  POWERTOOLS_SERVICE_NAME: 'bench',
  POWERTOOLS_METRICS_NAMESPACE: 'Leadline',
  POWERTOOLS_LOG_LEVEL: 'ERROR',
};

/** Milliseconds that importing the bundle takes in a new process. */
const importMilliseconds = async (file: string): Promise<number> => {
  const program = `const begun=performance.now();await import(${JSON.stringify(pathToFileURL(file).href)});process.stdout.write(String(performance.now()-begun));process.exit()`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...lambdaEnvironment, PATH: process.env.PATH },
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
      ['bare DynamoDB handler, bundled as NodejsFunction does', await bundled(directory, 'plain', bare, true)],
    ]);
    for (const name of (await readdir(functions)).sort()) subjects.set(name, join(functions, name, 'index.mjs'));
    const samples = new Map<string, number[]>([...subjects.keys()].map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, file] of subjects) samples.get(name)?.push(await importMilliseconds(file));
    }
    const of = (name: string): number => median(samples.get(name) ?? []);
    const base = of('bare DynamoDB handler');
    const sizes = new Map(await Promise.all([...subjects].map(async ([name, file]) => [name, (await stat(file)).size / 1024] as const)));
    return [...subjects.keys()].flatMap((name) => {
      const ours = !name.includes('handler');
      const judged = ours && !name.endsWith('docs');
      return [
        figure(`${name}: bundle`, sizes.get(name) ?? Number.NaN, 'KiB', judged ? { atMost: 450 } : undefined),
        figure(`${name}: load`, of(name), 'ms'),
        ...(ours ? [figure(`${name}: load / bare DynamoDB handler`, of(name) / base, '×', judged ? { atMost: 1.35 } : undefined)] : []),
      ];
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
