// UTC days that hold facts: when each was last touched, and its way from open over frozen to dropped.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { dayText } from '#schemas/spans.ts'

/** **frozen**: consumers take no more facts of it. **dropped**: its facts are gone, what is published stays. */
export type DayState = 'open' | 'frozen' | 'dropped'

export interface FactDay {
  /** Start in Unix seconds. */
  readonly dayS: number
  readonly state: DayState
  /** To the hour, Unix seconds. */
  readonly touchedAtS: number
  /** 0: not frozen. */
  readonly frozenAtS: number
}

const DAY_S = 86_400
const HOUR_S = 3600

export const freezeRules = {
  /** A day is frozen when it was not touched for so long. */
  untouchedS: 35 * DAY_S,
  /**
   * From frozen to dropped: many times as long as a consumer may go on with an older list of frozen
   * days, so that what it still stored is counted before.
   */
  graceS: HOUR_S,
} as const

export interface FactDays {
  touch(daysS: readonly number[], nowS: number): void
  stateOf(dayS: number): DayState
  /** Days with facts that a count can read, from `fromS` on, ascending. */
  countableFrom(fromS: number): readonly number[]
  /** Days that are to be frozen, and those to be dropped; `isBusy`: a count of the day is awaited. */
  ripe(
    nowS: number,
    isBusy: (dayS: number) => boolean,
  ): { readonly freeze: readonly number[]; readonly drop: readonly number[] }
  move(dayS: number, state: 'frozen' | 'dropped', nowS: number): void
  /** Days whose facts are gone or are to go, and that nothing touched since. */
  dropped(): readonly number[]
  /** What changed since it was last written down. */
  changed(): readonly FactDay[]
  written(days: readonly FactDay[]): void
}

/** @param known is written again by whoever read it: what an older sealer still writes loses then. */
export function createFactDays(known: readonly FactDay[]): FactDays {
  const days = new Map(known.map((day) => [day.dayS, day]))
  const unwritten = new Set(days.keys())
  const set = (day: FactDay): void => {
    days.set(day.dayS, day)
    unwritten.add(day.dayS)
  }
  return {
    touch(daysS, nowS) {
      const touchedAtS = Math.floor(nowS / HOUR_S) * HOUR_S
      for (const dayS of daysS) {
        const before = days.get(dayS)
        if (before !== undefined && before.touchedAtS >= touchedAtS) continue
        set({ state: 'open', frozenAtS: 0, ...before, dayS, touchedAtS })
      }
    },
    stateOf: (dayS) => days.get(dayS)?.state ?? 'open',
    countableFrom: (fromS) =>
      [...days.values()]
        .filter(({ dayS, state }) => dayS >= fromS && state !== 'dropped')
        .map(({ dayS }) => dayS)
        .toSorted((a, b) => a - b),
    ripe(nowS, isBusy) {
      const idle = [...days.values()].filter(({ dayS }) => !isBusy(dayS))
      const freeze = idle.filter(
        ({ state, touchedAtS }) => state === 'open' && touchedAtS + freezeRules.untouchedS <= nowS,
      )
      const drop = idle.filter(({ state, frozenAtS, touchedAtS }) => {
        const sinceS = Math.max(frozenAtS, touchedAtS)
        // A day that is gone and was touched again holds rows that nobody counts.
        const again = state === 'dropped' && touchedAtS > frozenAtS
        return (state === 'frozen' || again) && sinceS + freezeRules.graceS <= nowS
      })
      return { freeze: freeze.map(({ dayS }) => dayS), drop: drop.map(({ dayS }) => dayS) }
    },
    move(dayS, state, nowS) {
      const before = days.get(dayS)
      const touchedAtS = before?.touchedAtS ?? 0
      const frozenAtS = state === 'frozen' ? nowS : Math.max(before?.frozenAtS ?? 0, touchedAtS)
      set({ dayS, state, touchedAtS, frozenAtS })
    },
    dropped: () =>
      [...days.values()]
        .filter(
          ({ state, touchedAtS, frozenAtS }) => state === 'dropped' && touchedAtS <= frozenAtS,
        )
        .map(({ dayS }) => dayS),
    changed: () => [...unwritten].flatMap((dayS) => days.get(dayS) ?? []),
    written(done) {
      for (const day of done) if (days.get(day.dayS) === day) unwritten.delete(day.dayS)
    },
  }
}

const rowSchema = z
  .object({
    day_s: z.number(),
    state: z.enum(['open', 'frozen', 'dropped']),
    touched_s: z.number(),
    frozen_s: z.number(),
  })
  .transform((row): FactDay => ({
    dayS: row.day_s,
    state: row.state,
    touchedAtS: row.touched_s,
    frozenAtS: row.frozen_s,
  }))

export function readFactDays(vault: ClickhouseStore): Promise<readonly FactDay[]> {
  return vault.rows(
    rowSchema,
    `select toUnixTimestamp(toDateTime(day, 'UTC')) as day_s, state,
       toUnixTimestamp(touched_at) as touched_s, toUnixTimestamp(frozen_at) as frozen_s
     from vault.fact_days final`,
  )
}

/** @param version that of the pass: what an older sealer says loses. */
export async function writeFactDays(
  vault: ClickhouseStore,
  days: readonly FactDay[],
  version: bigint,
): Promise<void> {
  if (days.length === 0) return
  const lines = days.map(({ dayS, state, touchedAtS, frozenAtS }) =>
    JSON.stringify({
      day: dayText(dayS),
      touched_at: touchedAtS,
      state,
      frozen_at: frozenAtS,
      version: version.toString(),
    }),
  )
  await vault.insert(
    'insert into vault.fact_days (day, touched_at, state, frozen_at, version) format JSONEachRow',
    [Buffer.from(lines.join('\n'))],
  )
}

const daySchema = z.object({ day_s: z.number() })

/** Tables that hold a partition of each day, facts last. */
const tablesOfDays = ['vault.residue', 'vault.residue_people', 'vault.facts'] as const

/** Those of the days that have facts, or residue of them: only their partitions are looked at. */
export async function daysWithFacts(
  vault: ClickhouseStore,
  daysS: readonly number[],
): Promise<readonly number[]> {
  if (daysS.length === 0) return []
  const rows = await vault.rows(
    daySchema,
    tablesOfDays
      .map(
        (table) => `select distinct toUnixTimestamp(toDateTime(toDate(slot), 'UTC')) as day_s
     from ${table} where toDate(slot) in {days:Array(Date)}`,
      )
      .join(' union distinct '),
    { days: daysS.map(dayText) },
  )
  return rows.map(({ day_s }) => day_s)
}

/** Takes the facts of a day out of the vault, with residue of them; people stay. Repeating it does nothing. */
export async function dropFacts(vault: ClickhouseStore, dayS: number): Promise<void> {
  for (const table of tablesOfDays) {
    // A partition's name cannot be a parameter; this one is made of digits alone.
    await vault.command(`alter table ${table} drop partition '${dayText(dayS)}'`)
  }
}
