import { expect, it } from 'vitest';
import { phoneReader } from './phone.ts';

it('shows a phone in E.164 where it parses, in the lead’s country unless it says its own', async () => {
  const read = await phoneReader(true);
  expect(read('030 901820', 'DE')).toBe('+4930901820');
  expect(read('030 901820', 'de')).toBe('+4930901820');
  expect(read('+1 (213) 373-4253', 'DE')).toBe('+12133734253');
  expect(read('030 901820', undefined)).toBeUndefined();
  expect(read('030 901820', 'nowhere')).toBeUndefined();
  expect(read('call me maybe', 'DE')).toBeUndefined();
  expect(read('', 'DE')).toBeUndefined();
});

it('knows a country by its name too, as lists of other systems have it', async () => {
  const read = await phoneReader(true);
  expect(read('(213) 373-4253', 'United States')).toBe('+12133734253');
  expect(read('(213) 373-4253', 'USA')).toBe('+12133734253');
  expect(read('030 901820', 'Germany')).toBe('+4930901820');
  expect(read('020 7946 0018', 'UK')).toBe('+442079460018');
  expect(read('020 7946 0018', 'united kingdom')).toBe('+442079460018');
});
