// The order in which test files begin: long before short, and those that compute beside those that wait.
import { relative } from 'node:path'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/**
 * Files that take a third of a minute or more, with their seconds on two cores, the longest first.
 * Vitest's own order needs the times of an earlier run, which a fresh clone does not have. A time that
 * is wrong by half costs a minute, and nothing else.
 */
export const longFiles = {
  /** They start, strike and restore platforms, and want a core. */
  own: {
    'test/invariants/chaos.own.test.ts': 255,
    'test/invariants/mutations.own.test.ts': 255,
    'test/invariants/brokers/brokers.own.test.ts': 145,
    'test/invariants/backup/backup.own.test.ts': 170,
    'test/producers/simulator/simulator.own.test.ts': 100,
    'test/infra/servers/start.own.test.ts': 50,
  },
  /** They wait for passes of the sealer most of the time. */
  real: {
    // First, though they are short: to take rows away a server goes through all parts of a table, and on a
    // platform that is new there are few.
    'test/invariants/privacy/sensitivity.real.test.ts': 20,
    'test/invariants/privacy/bucket-sensitivity.real.test.ts': 20,
    'test/consumers/sealer/erasure.real.test.ts': 120,
    'test/consumers/audit/verify.real.test.ts': 95,
    'test/invariants/privacy/guarded-bytes.real.test.ts': 95,
    'test/consumers/replay/replay.real.test.ts': 70,
    'test/attacks/existence.real.test.ts': 40,
    'test/walk/oracle.real.test.ts': 40,
    'test/attacks/averaging.real.test.ts': 30,
    'test/consumers/sealer/downtime.real.test.ts': 30,
    'test/queries/reports/reports.real.test.ts': 60,
    'test/infra/cli/status.real.test.ts': 50,
    'test/queries/reports/guarded.real.test.ts': 30,
    'test/consumers/sealer/freeze.real.test.ts': 25,
    'test/queries/reports/notifications.real.test.ts': 50,
    'test/invariants/privacy/planted-totals.real.test.ts': 25,
    'test/infra/backup/settle.real.test.ts': 25,
    'test/attacks/operations.real.test.ts': 20,
    'test/producers/import/import.real.test.ts': 25,
    'test/consumers/sealer/rows-read.real.test.ts': 20,
    'test/queries/analyst/analyst.real.test.ts': 20,
    'test/infra/cli/doctor.real.test.ts': 20,
  },
} as const

/** When each would begin, in seconds, if its kind had one of the two lanes for itself. */
function beginnings(): ReadonlyMap<string, number> {
  const beginsAt = new Map<string, number>()
  for (const kind of Object.values(longFiles)) {
    let at = 0
    for (const [path, seconds] of Object.entries(kind)) {
      beginsAt.set(path, at)
      at += seconds
    }
  }
  return beginsAt
}

/** Files that are not named come last, by their paths. */
export class FileOrder extends BaseSequencer {
  override async sort(specifications: readonly TestSpecification[]): Promise<TestSpecification[]> {
    const beginsAt = beginnings()
    const placed = specifications.map((specification) => {
      const path = relative(this.ctx.config.root, specification.moduleId)
      return { specification, path, at: beginsAt.get(path) ?? Number.MAX_VALUE }
    })
    return placed
      .toSorted((a, b) => a.at - b.at || (a.path < b.path ? -1 : 1))
      .map(({ specification }) => specification)
  }
}
