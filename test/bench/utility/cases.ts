// The kinds of videos that the tables of utility have a row for.
import type { Traffic } from './traffic.ts'

export interface UtilityCase {
  readonly traffic: Traffic
  /** Lives of 28 days and of a year at most: busy ones have a leaf every few minutes, and long ones take a second. */
  readonly youngMost: number
  readonly yearsMost: number
}

const DECAY = { first: 2000, least: 2 } as const

export const utilityCases: readonly UtilityCase[] = [
  { traffic: flat(1), youngMost: Infinity, yearsMost: Infinity },
  { traffic: flat(5), youngMost: Infinity, yearsMost: Infinity },
  { traffic: flat(20), youngMost: Infinity, yearsMost: Infinity },
  { traffic: flat(100), youngMost: Infinity, yearsMost: 300 },
  { traffic: flat(1000), youngMost: Infinity, yearsMost: 100 },
  { traffic: flat(20_000), youngMost: 150, yearsMost: 20 },
  {
    traffic: {
      name: '2,000, half each next day, at least 2',
      savesOn: (ageDays) => Math.max(DECAY.least, DECAY.first / 2 ** ageDays),
    },
    youngMost: Infinity,
    yearsMost: Infinity,
  },
]

function flat(saves: number): Traffic {
  return { name: saves.toLocaleString('en-US'), savesOn: () => saves }
}
