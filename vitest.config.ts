import { defineConfig } from 'vitest/config';

// On a shared machine a second look tells a slow moment from a fault; the report names what was retried.
const retry = process.env.CI ? 1 : 0;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'server',
          retry,
          include: ['server/src/**/*.test.ts'],
          globalSetup: ['server/src/testing/template.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'sdk', retry, include: ['sdk/src/**/*.test.ts'], testTimeout: 20_000 } },
      { test: { name: 'faults', include: ['faults/**/*.test.ts'], testTimeout: 20_000 } },
      { test: { name: 'tools', include: ['tools/**/*.test.ts'], testTimeout: 20_000 } },
      {
        extends: './web/vite.config.ts',
        root: './web',
        test: {
          name: 'web',
          retry,
          include: ['src/**/*.test.{ts,tsx}'],
          environment: 'happy-dom',
          setupFiles: ['src/testing/setup.ts'],
          testTimeout: 20_000,
        },
      },
    ],
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['server/src/**/*.ts', 'web/src/**/*.{ts,tsx}', 'sdk/src/**/*.ts'],
      exclude: ['**/*.test.*', '**/testing/**', '**/*.d.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        'server/src/**': { lines: 85, statements: 85 },
        'web/src/**': { lines: 70, statements: 70 },
      },
    },
  },
});
