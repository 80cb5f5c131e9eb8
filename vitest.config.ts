// Three kinds of tests: pure ones, in seconds; `*.real.test.ts`, one file after the other on one real platform; `*.own.test.ts`, two at once, each on a platform of its own that it may break.
import { defineConfig } from 'vitest/config'

const real = ['test/**/*.real.test.ts']
const own = ['test/**/*.own.test.ts']
const limits = { testTimeout: 60_000, hookTimeout: 120_000 }
/** Of those that share the machine with other platforms. */
const slow = { testTimeout: 180_000, hookTimeout: 240_000 }

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [...real, ...own] } },
      // Later than the unit tests, which measure times.
      {
        test: { name: 'own', include: own, maxWorkers: 2, sequence: { groupOrder: 1 }, ...slow },
      },
      {
        test: {
          name: 'real',
          include: real,
          globalSetup: 'test/support/global-setup.ts',
          fileParallelism: false,
          ...limits,
        },
      },
    ],
  },
})
