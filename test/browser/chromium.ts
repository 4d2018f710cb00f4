import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  chromium.executablePath(),
];

/** A Chromium of this machine, the one that `CHROMIUM` names first; undefined when there is none. */
export const executablePath = places.find((place) => place !== undefined && place !== '' && existsSync(place));

/** What a suite is called, so that a skipped one says what it lacks. */
export const suiteName = (name: string): string =>
  executablePath === undefined ? `${name} (skipped: no Chromium here; install one, or name it in CHROMIUM)` : name;

export const launch = (): Promise<Browser> => {
  if (executablePath === undefined) throw new Error('there is no Chromium on this machine');
  // As root, as in a container, Chromium starts only without its sandbox.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
};
