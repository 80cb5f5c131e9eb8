// A small made-up platform: who is on it and which videos there are, the same for the same seed.
import type { Random } from './random.ts'
import { createRandom } from './random.ts'

export interface SimulatedVideo {
  readonly videoId: string
  readonly creatorId: string
  readonly title: string
  readonly durationMs: number
  /** RFC 3339. */
  readonly publishedAt: string
  /** Share of traffic, relative to the others. */
  readonly weight: number
}

export interface SimulatedPlatform {
  readonly creators: readonly { readonly creatorId: string; readonly handle: string }[]
  readonly videos: readonly SimulatedVideo[]
  readonly viewers: number
}

const handles = ['mira.cooks', 'tilo.builds', 'ana.moves'] as const
const zones = ['Asia/Kolkata', 'Europe/Berlin', 'America/Sao_Paulo'] as const
const subjects = [
  'Flatbread in ten minutes',
  'The knife that stays sharp',
  'Rice, three ways',
  'A shelf without screws',
  'Fixing a bike bell',
  'Concrete planter, day one',
  'Warm up like this',
  'Slow shuffle, step by step',
  'Two minutes of balance',
] as const

const FIRST_CREATOR = 900
/** Publications lie in the three months from here, the same at every start: they are frozen. */
const LAUNCH_MS = Date.UTC(2026, 0, 1)
const HOUR_MS = 3600_000
const FIRST_VIDEO = 7001

export const timeZoneOf = (index: number): string => zones[index % zones.length] ?? 'UTC'

export function createPlatform(seed: string): SimulatedPlatform {
  const random: Random = createRandom(seed, 'platform')
  return {
    creators: handles.map((handle, index) => ({
      creatorId: String(FIRST_CREATOR + index),
      handle,
    })),
    videos: subjects.map((title, index) => ({
      videoId: String(FIRST_VIDEO + index),
      creatorId: String(FIRST_CREATOR + Math.floor(index / 3)),
      title,
      durationMs: 8000 + random.below(50_000),
      publishedAt: new Date(LAUNCH_MS + random.below(90 * 24) * HOUR_MS).toISOString(),
      // Zipf: the n-th video draws 1/n of the first one's traffic.
      weight: 1 / (index + 1),
    })),
    viewers: 400,
  }
}
