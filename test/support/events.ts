// Seeded events of the contract's shape, written by hand from it and not with the project's own code.
import type { Json } from './client.ts'

/** A small seeded generator (mulberry32); the same seed gives the same events. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface EventMaker {
  readonly make: (type: string, at: EventPlace, more?: Json) => Json
  readonly shuffle: <T>(values: readonly T[]) => T[]
}

export interface EventPlace {
  readonly user: number | string
  readonly video: number | string
  readonly creator: number | string
  readonly atMs: number
}

export function createEventMaker(seed: number): EventMaker {
  const random = seeded(seed)
  const below = (bound: number): number => Math.floor(random() * bound)
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => below(16).toString(16)).join('')
  return {
    make(type, { user, video, creator, atMs }, more = {}) {
      const time = atMs.toString(16).padStart(12, '0')
      return {
        event_id: `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-a${hex(3)}-${hex(12)}`,
        type,
        occurred_at: new Date(atMs).toISOString(),
        user_id: String(user),
        video_id: String(video),
        creator_id: String(creator),
        region: ['US', 'BR', 'DE', 'JP', 'ZZ'][below(5)],
        age_band: ['18-24', '25-34', '65+', 'unknown'][below(4)],
        traffic_source: ['for_you', 'following', 'search'][below(3)],
        ...(type === 'view' ? { watched_ms: 4000, duration_ms: 9000 } : {}),
        ...more,
      }
    },
    shuffle(values) {
      const shuffled = [...values]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = below(last + 1)
        const [a, b] = [shuffled[last], shuffled[other]]
        if (a === undefined || b === undefined) continue
        shuffled[last] = b
        shuffled[other] = a
      }
      return shuffled
    },
  }
}

/** `YYYY-MM-DD` of an instant in UTC. */
export function utcDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}
