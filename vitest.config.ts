// Two kinds of tests: pure ones, in seconds, and `*.real.test.ts` on one real platform, one file after the other.
import { defineConfig } from 'vitest/config'

const real = ['test/**/*.real.test.ts']

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: real } },
      {
        test: {
          name: 'real',
          include: real,
          globalSetup: 'test/support/global-setup.ts',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
