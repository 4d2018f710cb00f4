import { fileURLToPath } from 'node:url';
import { synthesize } from '#local/synthesize.ts';
import { policiesIn } from './policies.ts';
import { reportOf } from './report.ts';

// `npm run iam`, or `npm run iam -- dev`: what each function may do, as the synthesized templates of a stage say.
const [stage = 'prod'] = process.argv.slice(2);
const { directory } = await synthesize(fileURLToPath(new URL('../..', import.meta.url)), stage);
process.stdout.write(`${reportOf(policiesIn(directory, stage).functions)}\n`);
