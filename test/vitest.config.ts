import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;

// Two cores: what starts the whole product runs by itself, one file after the other; the rest shares two workers.
export default defineConfig({
  root,
  test: {
    maxWorkers: 2,
    // .ci/run counts from a file what passed and failed.
    reporters: process.env.TEST_REPORT ? ['default', ['json', { outputFile: process.env.TEST_REPORT }]] : ['default'],
    projects: [
      {
        root,
        test: {
          name: 'parts',
          include: ['packages/**/*.test.ts', 'services/**/*.test.ts', 'test/{architecture,contracts,infra,model,verify}/**/*.test.ts'],
          // What functions under test write to their logs, it looks at and does not print.
          setupFiles: ['test/canary/watch-logs.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        root,
        test: {
          name: 'product',
          include: ['test/{flow,browser}/**/*.test.ts'],
          fileParallelism: false,
          globalSetup: ['test/synthesized.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
