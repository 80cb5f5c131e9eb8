// Worlds that differ by one person or one attribute, through real seals of buckets: what each bucket and pool counts of them, without noise.
import { createBucketSnapshot } from '#consumers/sealer/breakdowns/bucket-snapshot.ts'
import type { BucketEnd, PoolMembers } from '#consumers/sealer/breakdowns/bucket-snapshot.ts'
import type { BucketRow } from '#consumers/sealer/breakdowns/bucket-rows.ts'
import { cellsByDimension } from '#consumers/sealer/breakdowns/cell-grid.ts'
import { generationOf } from '#consumers/sealer/fence.ts'
import { dateTime64 } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { breakdownDimensions } from '#schemas/breakdowns.ts'
import type { BreakdownDimension } from '#schemas/breakdowns.ts'

export const kinds = ['view', 'like', 'save'] as const
export type Kind = (typeof kinds)[number]
const metricOf = { view: 'viewers', like: 'likers', save: 'saves' } as const

export interface Act {
  readonly is: 'act'
  readonly person: number
  readonly kind: Kind
  /** From the begin of the open bucket on. */
  readonly minute: number
  /** By which each attribute is chosen. */
  readonly look: number
}

/** What people do, and what happens to what they did. */
export type Step =
  | Act
  | { readonly is: 'erase'; readonly person: number }
  | { readonly is: 'freeze' }
  /** From public to private, or back. */
  | { readonly is: 'turn' }
  /** One bucket ends or two at once, with cells of their own or for a pool. */
  | { readonly is: 'seal'; readonly ends: number; readonly pooled: boolean }
  | { readonly is: 'pool' }

export interface Trial {
  readonly steps: readonly Step[]
  /** What the target did: person 0 up to an erasure. Who comes back is somebody new. */
  readonly kind: Kind
  /** Which attribute the target has otherwise in the third world. */
  readonly changed: BreakdownDimension
  /** Take people from the facts of the time where a bucket is short. */
  readonly lately: boolean
}

/** Counts of one bucket or pool in the world with the target, without, and with another attribute, by dimension. */
export type Published = readonly (readonly (readonly number[])[])[]

/** `difference`: who is there now, less what was published before. What must not be done. */
export type How = 'sealed' | 'difference'

export interface BucketWorlds {
  run(trial: Trial, how: How): Promise<readonly Published[]>
  clear(): Promise<void>
}

export const PEOPLE = 5
/** Looks are below this. */
export const LOOKS = 3 ** breakdownDimensions.length
const MINUTE_MS = 60_000
const BUCKET_S = 1800
/** Longer buckets look for people by their video, and not by the facts of their time. */
const LONG_S = 3 * 86_400
/** Long ago, so that nobody else counts anything of it; facts lie in this partition alone. */
const DAY = '2021-08-19'
const beginS = Date.parse(`${DAY}T04:00:00Z`) / 1000
const NO_END_MS = Date.parse('2200-01-01T00:00:00Z')

/** Values of each attribute, folded ones among them. */
const values = {
  region: ['DE', 'FR', 'ZZ'],
  age_band: ['13-17', '18-24', 'unknown'],
  gender: ['female', 'other', 'unknown'],
  traffic_source: ['for_you', 'saved_list', 'other'],
  device: ['mobile', 'tv', 'unknown'],
} as const satisfies Record<BreakdownDimension, readonly [string, string, string]>

function attributesOf(look: number, changed: BreakdownDimension | null): Record<string, string> {
  const chosen = breakdownDimensions.map((dimension, place) => {
    const digit = Math.floor(look / 3 ** place) + (dimension === changed ? 1 : 0)
    return [dimension, values[dimension][digit % 3] ?? ''] as const
  })
  return Object.fromEntries(chosen)
}

const dimensionsOf = (counts: Int32Array): readonly (readonly number[])[] =>
  cellsByDimension(counts).map((cells) => cells.values)

export function createBucketWorlds(vault: ClickhouseStore): BucketWorlds {
  const snapshot = createBucketSnapshot(vault)
  /** Above every epoch of the platform's sealers: no fence stands before it. */
  let generation = generationOf(2_100_000n, 0n)
  let newestVideo = 77_460_000_000n
  let eventNumber = 0

  async function insert(table: string, rows: readonly Readonly<Record<string, unknown>>[]) {
    const columns = Object.keys(rows[0] ?? {}).join(', ')
    await vault.insert(`insert into ${table} (${columns}) format JSONEachRow`, [
      Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
    ])
  }

  /** Runs three worlds at once: what is done to one is done to the others, but for the target. */
  async function run(
    { steps, kind, changed, lately }: Trial,
    how: How,
  ): Promise<readonly Published[]> {
    const videos = [0n, 1n, 2n].map((world) => newestVideo + world)
    newestVideo += 3n
    const of = `video_id in {videos:Array(UInt64)}`
    const published: Published[] = []
    const lives = new Map<number, number>()
    let closed: readonly (readonly [number, number])[] = []
    let pooled: number[] = []
    let nowS = beginS
    let ordinal = 0

    /** Acts that are not stored yet: all up to the next step that is none are stored at once. */
    const acts: Readonly<Record<string, unknown>>[] = []

    function act({ person, kind: done, minute, look }: Act): void {
      const life = lives.get(person) ?? 0
      const isTarget = person === 0 && life === 0 && done === kind
      eventNumber += 1
      // No two acts at one ms: which of them is the first would hang on their attributes.
      const atMs = nowS * 1000 + minute * MINUTE_MS + (eventNumber % MINUTE_MS)
      for (const [world, video] of videos.entries()) {
        if (isTarget && world === 1) continue
        acts.push({
          slot: Math.floor(atMs / 10_000) * 10,
          // One id counts once, whichever its video.
          event_id: String(eventNumber * videos.length + world).padStart(16, 'b'),
          type: done,
          occurred_at: dateTime64(atMs),
          video_id: String(video),
          creator_id: '1',
          person: 1 + person + PEOPLE * life,
          ...attributesOf(look, isTarget && world === 2 ? changed : null),
        })
      }
    }

    async function store(): Promise<void> {
      const rows = acts.splice(0)
      if (rows.length > 0) await insert('vault.facts', rows)
    }

    async function erase(person: number): Promise<void> {
      const life = lives.get(person) ?? 0
      lives.set(person, life + 1)
      const gone = { videos, person: 1 + person + PEOPLE * life }
      await vault.command(`delete from vault.people where ${of} and person = {person:UInt64}`, gone)
      await vault.command(
        `delete from vault.facts in partition '${DAY}' where ${of} and person = {person:UInt64}`,
        gone,
      )
    }

    async function turn(): Promise<void> {
      const last = closed.at(-1)
      const atMs = nowS * 1000
      closed =
        last?.[1] === NO_END_MS
          ? [...closed.slice(0, -1), [last[0], atMs]]
          : [...closed, [atMs, NO_END_MS]]
      const rows = videos.map((video) => ({
        video_id: String(video),
        creator_id: '1',
        visibility: 'public',
        closed: closed.map(([fromMs, toMs]) => ({
          from: dateTime64(fromMs),
          to: dateTime64(toMs),
        })),
        version: String((eventNumber += 1)),
      }))
      await insert('vault.attribution', rows)
    }

    async function seal(count: number, isPooled: boolean): Promise<void> {
      generation += 1n
      const span = lately ? BUCKET_S : LONG_S
      const ends: BucketEnd[] = []
      const buckets = Array.from({ length: count }, () => (ordinal += 1))
      for (const bucket of buckets) {
        nowS += BUCKET_S
        for (const each of kinds) {
          for (const videoId of videos) {
            ends.push({ metric: metricOf[each], videoId, bucket, fromS: nowS - span, toS: nowS })
          }
        }
      }
      await snapshot.take(ends, generation)
      const counts = await snapshot.count(generation)
      if (how === 'sealed') {
        await snapshot.storeEnds(ends.map(rowOf), generation)
        await snapshot.mark(generation, 'taken', generation)
      }
      await snapshot.drop(generation)
      // What passes into a pool is published with the pool alone.
      if (isPooled) pooled.push(...buckets)
      else {
        for (const bucket of buckets) {
          for (const each of kinds) {
            const metric = metricOf[each]
            const cells = videos.map((videoId) => counts.of({ metric, videoId, bucket }))
            published.push(cells.map(dimensionsOf))
          }
        }
      }
    }

    async function pool(): Promise<void> {
      const members = pooled
      pooled = []
      if (members.length === 0) return
      const pools = kinds.flatMap((each) =>
        videos.map((videoId): PoolMembers => ({
          metric: metricOf[each],
          members: members.map((bucket) => ({ videoId, bucket })),
        })),
      )
      const counts = await snapshot.countMarked(pools)
      for (let from = 0; from < counts.length; from += videos.length) {
        published.push(counts.slice(from, from + videos.length).map(dimensionsOf))
      }
    }

    const end = [
      { is: 'seal', ends: 1, pooled: false },
      { is: 'seal', ends: 1, pooled: true },
      { is: 'pool' },
    ] as const
    for (const step of [...steps, ...end]) {
      if (step.is === 'act') {
        act(step)
        continue
      }
      await store()
      if (step.is === 'erase') await erase(step.person)
      else if (step.is === 'turn') await turn()
      else if (step.is === 'seal') await seal(step.ends, step.pooled && how === 'sealed')
      else if (step.is === 'pool') await pool()
      else if (!lately) {
        await vault.command(`delete from vault.facts in partition '${DAY}' where ${of}`, { videos })
      }
    }
    return how === 'sealed' ? published : lessBefore(published)
  }

  return {
    run,
    clear: () => vault.command(`alter table vault.facts drop partition '${DAY}'`),
  }
}

/** Nobody is marked, so each counts everybody up to its end: of that, what the one before has not. */
function lessBefore(published: readonly Published[]): readonly Published[] {
  return published.map((worlds, index) =>
    worlds.map((dimensions, world) =>
      dimensions.map((cells, dimension) =>
        cells.map(
          (count, cell) =>
            count - (published[index - kinds.length]?.[world]?.[dimension]?.[cell] ?? 0),
        ),
      ),
    ),
  )
}

/** As far as it says where the bucket ends. */
function rowOf({ metric, videoId, bucket, fromS, toS }: BucketEnd): BucketRow {
  return {
    of: 'video',
    id: String(videoId),
    metric,
    bucket,
    from_at: fromS,
    to_at: toS,
    pooled_by: '0',
    days: [],
    people: [],
    region: [],
    age_band: [],
    gender: [],
    traffic_source: [],
    device: [],
    policy: '',
    decided_at: 0,
    generation: '0',
  }
}
