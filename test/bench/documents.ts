import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LineItem } from '#contracts/resources/line-item.ts';
import { valuationOf } from '#services/deals/domain/money.ts';
import { draftQuote } from '#services/deals/domain/quote.ts';
import { quoteSheet, type Sheet } from '#services/deals/domain/sheet.ts';
import { renderPdf } from '#services/deals/pdf/render.ts';
import { type Figure, figure, median, quantile } from './figures.ts';

const fileAt = (url: string): Buffer => readFileSync(fileURLToPath(url));

/** A quote of 40 lines, every eighth of them in two scripts, for a customer in Japan. */
const quote = (): Sheet => {
  const items = Array.from(
    { length: 40 },
    (_, i): LineItem => ({
      name:
        i % 8 === 7 ? `Wartungsvertrag für Łukasz Żółć in Göteborg und 名古屋市中区錦三丁目 ${i + 1}` : `Analytical engine, model ${i + 1}`,
      sku: `AE-${1000 + i}`,
      quantity: `${i + 1}.5`,
      unitPrice: { amount: 129_900 + i * 37, currency: 'EUR' },
      discountPercent: 12.5,
      taxPercent: i % 2 === 0 ? 19 : 7,
    }),
  );
  const valuation = valuationOf(items);
  if (!valuation) throw new Error('too much');
  const record = draftQuote(
    { id: '', dealId: '', number: 'Q-2026-000001', validUntil: '2026-12-31' },
    valuation,
    '2026-11-23T00:00:00.000Z',
  );
  const seller = {
    name: 'Göteborg Engines AB',
    address: 'Västra Hamngatan 5\n411 17 Göteborg',
    terms: 'Payment within 30 days. '.repeat(20),
    version: 1,
  };
  return quoteSheet(record.quote, seller, { name: '名古屋機械株式会社', lines: ['愛知県名古屋市中区錦3-1-1'] });
};

/** Milliseconds of CPU, all threads, that making a document takes. */
export const documents = async (rounds = 30): Promise<Figure[]> => {
  const fonts = {
    regular: fileAt(import.meta.resolve('@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf')),
    bold: fileAt(import.meta.resolve('@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf')),
    cjk: fileAt(import.meta.resolve('@expo-google-fonts/noto-sans-jp/400Regular/NotoSansJP_400Regular.ttf')),
  };
  const sheet = quote();
  const samples: number[] = [];
  let bytes = 0;
  for (let round = 0; round <= rounds; round += 1) {
    const before = process.cpuUsage();
    bytes = (await renderPdf(sheet, fonts)).length;
    const { user, system } = process.cpuUsage(before);
    samples.push((user + system) / 1000);
  }
  const [first = Number.NaN, ...others] = samples;
  return [
    figure('a quote PDF of 40 lines: CPU, median', median(others), 'ms', { atMost: 150 }),
    figure('a quote PDF of 40 lines: CPU, p95', quantile(others, 0.95), 'ms'),
    figure("a function's first one, which opens the fonts: CPU", first, 'ms'),
    figure('its size', bytes / 1024, 'KiB'),
  ];
};
