import { accountReads, conversions } from './accounts.ts';
import { coldLoad } from './cold-load.ts';
import { dealCosts } from './deals.ts';
import { documents } from './documents.ts';
import { type Figure, print } from './figures.ts';
import { formCosts } from './forms.ts';
import { imports } from './imports.ts';
import { leads } from './leads.ts';
import { qualificationFigures } from './qualification.ts';
import { capacity, intakeRate, loneLatency, oneOfForty, startTime, throughput } from './way-to-deal.ts';

// `npm run bench`, or `npm run bench -- intake cold` for some of it. Figures are for comparing within one run: machines differ and are shared.
const sections: Record<string, readonly [string, () => Promise<Figure[]>]> = {
  start: ['Start', startTime],
  intake: ['Intake of new people by form post', intakeRate],
  latency: ['One lead at a time', loneLatency],
  throughput: ['Many leads at once', throughput],
  together: ['Forty captures of one person at once', oneOfForty],
  capacity: ['DynamoDB per lead', capacity],
  forms: ['DynamoDB per new person, by the way in', formCosts],
  deals: ['Boards, forecasts and moves, few deals or many', dealCosts],
  documents: ['PDF documents', documents],
  accounts: ['Accounts and contacts', async () => [...(await conversions()), ...(await accountReads())]],
  qualification: ['Qualification', qualificationFigures],
  imports: ['Imports', imports],
  leads: ['Lists of leads, few or many', leads],
  cold: ['Bundles and cold load', coldLoad],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in sections));
if (unknown.length > 0) {
  process.stderr.write(`bench: ${unknown.join(', ')}? There is ${Object.keys(sections).join(', ')}.\n`);
  process.exit(2);
}
let missed = 0;
for (const [name, [title, measure]] of Object.entries(sections)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const figures = await measure();
  print(title, figures);
  missed += figures.filter(({ reached }) => reached === false).length;
}
process.stdout.write(missed === 0 ? '\nAll figures reached.\n' : `\n${missed} figures missed.\n`);
