// Runs a planned report: everything that its cells are made from, read at once.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { readGuarded } from './guarded.ts'
import type { Guarded } from './guarded.ts'
import { readLeftOut } from './left-out.ts'
import type { LeftOut } from './left-out.ts'
import type { NoisePolicies } from './noise-policies.ts'
import { readPeople } from './people.ts'
import type { People } from './people.ts'
import type { ReportPlan } from './plan.ts'
import { renderRead } from './render-read.ts'
import { rowGridOf } from './row-grid.ts'
import { cellRowSchema, layOutSums } from './sums.ts'
import type { Sums } from './sums.ts'

/** All that the rows of a report are made of. */
export interface Cells extends Sums {
  readonly people: People
  readonly guarded: Guarded
  readonly leftOut: LeftOut
}

export interface ReportSources {
  readonly store: ClickhouseStore
  readonly policies: NoisePolicies
}

export async function readCells(sources: ReportSources, plan: ReportPlan): Promise<Cells> {
  const { store } = sources
  const [sums, people, guarded, leftOut] = await Promise.all([
    readSums(store, plan),
    readPeople(store, plan),
    readGuarded(sources, plan),
    readLeftOut(store, plan),
  ])
  return { ...sums, people, guarded, leftOut }
}

async function readSums(store: ClickhouseStore, plan: ReportPlan): Promise<Sums> {
  const grid = rowGridOf(plan)
  if (plan.read === null) return layOutSums(grid, [], [])
  const { sql, params } = renderRead(plan.read)
  return layOutSums(grid, plan.read.measures, await store.rows(cellRowSchema, sql, params))
}
