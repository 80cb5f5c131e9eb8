// Breakdowns: people by one attribute of their first act, in cells that are noised once; which cells there are, and in which order.
import { ageBands, devices, genders, regions, trafficSources } from './dimensions.ts'
import type { GuardedMeasure } from './guarded.ts'
import type { PeopleMeasure } from './measures.ts'

/** Whose people are broken down: each a kind of first acts. */
export const brokenDownNames = [
  'viewers',
  'likers',
  'commenters',
  'remixers',
  'saves',
  'shares',
] as const satisfies readonly (PeopleMeasure | GuardedMeasure)[]

export type BrokenDownMeasure = (typeof brokenDownNames)[number]

export function isBrokenDown(name: string): name is BrokenDownMeasure {
  return brokenDownNames.some((each) => each === name)
}

/** Attributes that are never told, by the value that they are counted as. */
const folded = {
  /** Minors are no group that anybody can look at. */
  age_band: { '13-17': 'unknown' },
  /** Who comes from the list of what they saved, has saved it. */
  traffic_source: { saved_list: 'other' },
} as const

function without<Value extends string, Hidden extends string>(
  values: readonly Value[],
  hidden: Readonly<Record<Hidden, string>>,
): readonly Exclude<Value, Hidden>[] {
  return values.filter((value): value is Exclude<Value, Hidden> => !Object.hasOwn(hidden, value))
}

/**
 * The closed domain of each dimension, in the order in which its cells are drawn and published, zeros
 * included. Frozen order within a table; values may be added at the end.
 */
export const breakdownValues = {
  region: regions,
  age_band: without(ageBands, folded.age_band),
  gender: genders,
  traffic_source: without(trafficSources, folded.traffic_source),
  device: devices,
} as const

export type BreakdownDimension = keyof typeof breakdownValues

/** In the order in which cells are drawn. */
export const breakdownDimensions = [
  'region',
  'age_band',
  'gender',
  'traffic_source',
  'device',
] as const satisfies readonly BreakdownDimension[]

export function isBreakdownDimension(name: string): name is BreakdownDimension {
  return Object.hasOwn(breakdownValues, name)
}

const codes = {
  region: regions,
  age_band: ageBands,
  gender: genders,
  traffic_source: trafficSources,
  device: devices,
} as const satisfies Record<BreakdownDimension, readonly string[]>

/** By the code that an attribute has on every wire: the place of its cell among `breakdownValues`. */
export const placesOfCodes: Readonly<Record<BreakdownDimension, readonly number[]>> = {
  region: placesOf('region'),
  age_band: placesOf('age_band'),
  gender: placesOf('gender'),
  traffic_source: placesOf('traffic_source'),
  device: placesOf('device'),
}

function placesOf(dimension: BreakdownDimension): readonly number[] {
  const shownAs = new Map<string, string>(Object.entries(foldedOf(dimension)))
  const shown: readonly string[] = breakdownValues[dimension]
  return codes[dimension].map((value) => shown.indexOf(shownAs.get(value) ?? value))
}

function foldedOf(dimension: BreakdownDimension): Readonly<Record<string, string>> {
  if (dimension === 'age_band') return folded.age_band
  return dimension === 'traffic_source' ? folded.traffic_source : {}
}
