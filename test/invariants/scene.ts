// What a deterministic trial is played with: acts that are noted and posted, processes that are struck, and the verdict.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createEventMaker } from '../support/events.ts'
import { call, eventually } from '../support/client.ts'
import type { Json } from '../support/client.ts'
import { fieldsOf } from '../support/tally.ts'
import type { Act } from '../support/tally.ts'
import { createJournal, videosOf } from './journal.ts'
import type { Journal, TrialCreator } from './journal.ts'
import { untilEqual } from './oracle.ts'
import type { Verdict } from './oracle.ts'
import { armedFile, hitsFile } from './strike-files.ts'
import type { ProcessName } from './strike-points.ts'
import { untilSealsEqual } from './seal-oracle.ts'
import { createPasts } from './pasts.ts'
import type { Pasts } from './pasts.ts'
import { catalogueOf, trialCreators } from './trial-catalogue.ts'
import type { TrialPlatform } from './trial-platform.ts'

export interface Scene {
  readonly platform: TrialPlatform
  readonly journal: Journal
  /** Two videos of one creator, on which nobody else acts. */
  readonly videos: readonly [number, number]
  /** A moment in a quarter that closed hours ago. */
  readonly lateMs: number
  readonly view: (atMs: number, more?: Partial<Act>) => Act
  /** An event of the act, noted; under the id of `like` where that is given. */
  readonly eventOf: (act: Act, like?: Json) => Json
  /** Resolves once all are accepted, however often they have to be sent. */
  readonly post: (events: readonly Json[]) => Promise<void>
  readonly pasts: Pasts
  /** Resolves once each of a creator's videos has more than so many leaves. */
  readonly sealed: (creator: TrialCreator, leaves?: number) => Promise<number>
  /** Resolves once each of a creator's videos has a bucket of savers, and all that is decided is applied. */
  readonly bucketed: (creator: TrialCreator) => Promise<void>
  /** Resolves once the videos that were there from the beginning have leaves and buckets, and nothing is left to do of them. */
  readonly settled: () => Promise<void>
  /** Arms a process for one of its points. @returns when it was struck there. */
  readonly strike: (
    process: ProcessName,
    point: string,
    signal: 'SIGKILL' | 'SIGSTOP',
  ) => Promise<{ pid: number }>
  /** Compares until equal, or until `limitMs` have passed since everything was counted once. */
  readonly verdict: (limitMs: number) => Promise<Verdict>
  /** Compares leaves and buckets alone, which wait for nothing. */
  readonly sealVerdict: (limitMs: number) => Promise<Verdict>
}

const STRIKE_LIMIT_MS = 30_000
const POST_LIMIT_MS = 60_000
const ANSWER_LIMIT_MS = 10_000
const SEALED_LIMIT_MS = 60_000
const LOOK_MS = 50
const HOUR = 3_600_000
const QUARTER = 900_000

/** @param trial a number of its own, by which it has its own videos and people. */
export async function openScene(platform: TrialPlatform, trial: number): Promise<Scene> {
  const creators = trialCreators(trial)
  const journal = createJournal(creators)
  await catalogueOf(platform, creators)
  const { make } = createEventMaker(trial)
  const token = await platform.serviceToken('events:write')
  const [first = 0, second = 0] = creators[0]?.videos ?? []
  let user = 500_000 + trial * 10_000
  let derived = 9_800_000_000 + trial * 10_000
  let postedMs = Date.now()

  async function tryPost(events: readonly Json[]): Promise<boolean> {
    const answered = call('POST', `${platform.collectorUrl}/v1/events`, {
      token,
      body: { events },
      limitMs: ANSWER_LIMIT_MS,
    })
    return answered.then(
      ({ status }) => status === 202,
      () => false,
    )
  }

  return {
    platform,
    journal,
    videos: [first, second],
    lateMs: Math.floor((Date.now() - 5 * HOUR) / QUARTER) * QUARTER + 60_000,
    view: (atMs, more = {}) => ({
      type: 'view',
      user: user++,
      video: first,
      atMs,
      watched: 4000,
      duration: 9000,
      ...more,
    }),
    eventOf(act, like) {
      const place = { ...act, creator: journal.ownerOf(act.video) }
      const event: Json = { ...make(act.type, place, fieldsOf(act, derived++)), ...dimensions }
      const id = (like ?? event)['event_id']
      journal.note(String(id), act)
      return { ...event, event_id: id }
    },
    async post(events) {
      await untilTrue('accepted events', POST_LIMIT_MS, () => tryPost(events))
      postedMs = Date.now()
    },
    pasts: createPasts({ platform, journal, seed: trial, firstCreator: 730_000 + trial * 10 }),
    async sealed({ videos }, leaves = 1) {
      let found = 0
      await untilTrue('sealed leaves', SEALED_LIMIT_MS, async () => {
        const rows = await platform.rollups.rows(
          `select uniqExact(leaf) from rollups.video_leaves where video_id in (${videos.join(', ')})
           group by video_id`,
        )
        found = rows.length < videos.length ? 0 : Math.min(...rows.map(([count]) => Number(count)))
        return found > leaves
      })
      return found
    },
    async bucketed({ videos }) {
      await untilTrue('sealed buckets', SEALED_LIMIT_MS, () => hasBuckets(platform, videos))
    },
    async settled() {
      const ids = creators.flatMap(videosOf)
      await untilTrue('sealed leaves', SEALED_LIMIT_MS, async () => {
        const rows = await platform.rollups.rows(
          `select uniqExact(video_id), uniqExact(video_id, leaf) from rollups.video_leaves
           where video_id in (${ids.join(', ')})`,
        )
        const [videos, leaves] = (rows[0] ?? []).map(Number)
        if (videos !== ids.length) return false
        const decisions = await platform.decisions()
        const own = decisions.filter(
          ({ table, subject }) => table === 'totals' && ids.includes(Number(subject)),
        )
        return own.length === leaves && (await hasBuckets(platform, ids))
      })
    },
    async strike(process, point, signal) {
      const file = hitsFile(platform.dataDir)
      const lines = (): readonly string[] =>
        existsSync(file)
          ? readFileSync(file, 'utf8')
              .split('\n')
              .filter((line) => line.startsWith(`${process}.${point} `))
          : []
      const before = lines().length
      writeFileSync(armedFile(platform.dataDir, process), `${point} ${signal}`)
      await untilTrue(
        `${process} at ${point}`,
        STRIKE_LIMIT_MS,
        async () => lines().length > before,
      )
      return { pid: Number(lines().at(-1)?.split(' ')[1]) }
    },
    sealVerdict: async (limitMs) => ({
      ...(await untilSealsEqual(platform, journal, { limitMs })),
      isDue: true,
    }),
    verdict: (limitMs) => untilEqual(platform, journal, { sinceMs: postedMs, limitMs }),
  }
}

/** The same of every event, so that payloads differ by what an act says alone. */
const dimensions = { region: 'DE', age_band: '18-24', traffic_source: 'for_you' }

/**
 * Whether all decisions are applied, buckets of savers of each video among them: those of many, and
 * those of old videos without any, which pass into pools.
 */
async function hasBuckets(platform: TrialPlatform, videos: readonly number[]): Promise<boolean> {
  const rows = await platform.rollups.rows(
    `select uniqExact(video_id) from rollups.video_buckets
     where metric = 'saves' and video_id in (${videos.join(', ')})`,
  )
  return Number(rows[0]?.[0]) === videos.length && (await platform.isApplied())
}

/** @throws Error when `look` is not true within the limit. */
export async function untilTrue(
  what: string,
  limitMs: number,
  look: () => Promise<boolean>,
): Promise<void> {
  const asked = async () => ((await look()) ? { found: true } : { seen: false })
  await eventually(what, asked, limitMs, LOOK_MS)
}
