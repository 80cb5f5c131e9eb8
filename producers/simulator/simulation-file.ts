// How far the simulation of a data folder is: begun once, continued by every later start.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ConfigError } from '#infra/runtime/config.ts'
import type { Config } from '#infra/runtime/config.ts'
import { readJsonFile, writeFileWhole } from '#infra/servers/json-file.ts'
import { DAY_MS, dayOf } from './scale.ts'
import type { Scale } from './scale.ts'

const stateSchema = z.object({
  scale: z.object({
    seed: z.string(),
    events: z.number(),
    days: z.number(),
    videos: z.number(),
    creators: z.number(),
    viewers: z.number(),
  }),
  /** Begin of the first day of history, ms since 1970. */
  begin_ms: z.number(),
  catalogue_sent: z.boolean(),
  /** Whole days of history that the log has. */
  days_sent: z.number(),
  /** The history is whole, and what happens to videos after it has happened. */
  history_sent: z.boolean(),
  /** Slots before this one were sent, ms since 1970. */
  live_through_ms: z.number(),
})

export type SimulationState = Readonly<z.infer<typeof stateSchema>>

export interface SimulationFile {
  readonly state: SimulationState
  /** Replaces what changes, in one step. */
  change(changes: Partial<SimulationState>): void
  readonly truthPath: string
}

const defaults: Scale = {
  seed: '1',
  events: 3_000_000,
  days: 28,
  videos: 2000,
  creators: 200,
  viewers: 100_000,
}

/** What is asked for; what is left out is as it was begun, or the default. */
export type WantedScale = { readonly [K in keyof Scale]: Scale[K] | undefined }

export function wantedScale(from: Config<'simulator'>['simulator']): WantedScale {
  return {
    seed: from.SIMULATOR_SEED,
    events: from.SIMULATOR_EVENTS,
    days: from.SIMULATOR_DAYS,
    videos: from.SIMULATOR_VIDEOS,
    creators: from.SIMULATOR_CREATORS,
    viewers: from.SIMULATOR_VIEWERS,
  }
}

/**
 * Opens the state of a data folder, or begins one whose history ends with the last UTC day.
 * @throws ConfigError when the folder holds a platform of another scale.
 */
export function openSimulationFile(
  dataDir: string,
  wanted: WantedScale,
  nowMs: number,
): SimulationFile {
  const folder = join(dataDir, 'simulator')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'state.json')
  const begun = readJsonFile(path, stateSchema)
  let state: SimulationState = begun ?? beginning(wanted, nowMs)
  const faults = Object.entries(scaleOf(wanted, state.scale)).flatMap(([name, value]) => {
    const before = new Map(Object.entries(state.scale)).get(name)
    const variable = `SIMULATOR_${name.toUpperCase()}`
    const what = `the simulated platform was begun with ${before}; leave it out, or use --fresh`
    return value === before ? [] : [`  ${variable}: ${what}`]
  })
  if (faults.length > 0) throw new ConfigError(faults)
  return {
    get state() {
      return state
    },
    change(changes) {
      state = { ...state, ...changes }
      writeFileWhole(path, JSON.stringify(state, null, 2))
    },
    truthPath: join(folder, 'truth.ndjson'),
  }
}

function beginning(wanted: WantedScale, nowMs: number): SimulationState {
  const scale = scaleOf(wanted, defaults)
  const todayMs = dayOf(nowMs)
  return {
    scale,
    begin_ms: todayMs - scale.days * DAY_MS,
    catalogue_sent: false,
    days_sent: 0,
    history_sent: false,
    live_through_ms: todayMs,
  }
}

function scaleOf(wanted: WantedScale, otherwise: Scale): Scale {
  return {
    seed: wanted.seed ?? otherwise.seed,
    events: wanted.events ?? otherwise.events,
    days: wanted.days ?? otherwise.days,
    videos: wanted.videos ?? otherwise.videos,
    creators: wanted.creators ?? otherwise.creators,
    viewers: wanted.viewers ?? otherwise.viewers,
  }
}
