import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/harness/closing-line.js';

/** How long `expect.poll` waits for what comes about: its own second is short for a busy machine. */
const expectation = { poll: { timeout: 20_000 } };

/**
 * One project per kind of test. `npm test` runs all but `long`, which takes minutes (`npm run test:long`).
 */
const kinds = ['architecture', 'unit', 'property', 'contract', 'dialogue', 'twin', 'e2e'] as const;

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLine()],
    projects: [
      ...kinds.map((name) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: expectation,
        },
      })),
      {
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 120_000,
          expect: expectation,
        },
      },
    ],
  },
});
