import { defineConfig } from 'vitest/config';

// One project per kind of test. `npm test` runs them all; what takes minutes is in test/long (`npm run test:long`).
const kinds = ['architecture', 'unit', 'property', 'contract', 'dialogue', 'twin', 'e2e'] as const;

export default defineConfig({
  test: {
    projects: [
      ...kinds.map((name) => ({
        test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 30_000, hookTimeout: 60_000 },
      })),
      { test: { name: 'long', include: ['test/long/**/*.test.ts'], testTimeout: 900_000, hookTimeout: 120_000 } },
    ],
  },
});
