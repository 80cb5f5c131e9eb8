// Three kinds of tests: pure ones, in seconds; `*.own.test.ts`, each on a platform of its own that it may break; `*.real.test.ts`, one file after the other on the platform of a lane.
import { defineConfig } from 'vitest/config'
import { FileOrder } from './test/support/file-order.ts'

const real = ['test/**/*.real.test.ts']
const own = ['test/**/*.own.test.ts']
/** Two files at once, of whichever kind: they wait more than they compute. After the unit tests, which measure times. */
const lanes = {
  maxWorkers: 2,
  sequence: { groupOrder: 1 },
  // The other lane may have both cores for a while.
  testTimeout: 180_000,
  hookTimeout: 240_000,
}

export default defineConfig({
  test: {
    sequence: { sequencer: FileOrder },
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [...real, ...own] } },
      { test: { name: 'own', include: own, ...lanes } },
      {
        test: {
          name: 'real',
          include: real,
          globalSetup: 'test/support/global-setup.ts',
          ...lanes,
        },
      },
    ],
  },
})
