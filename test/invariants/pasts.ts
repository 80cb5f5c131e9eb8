// Videos with a past: an import brings in what was done to them days ago, so that leaves of theirs are sealed within seconds.
import { call } from '../support/client.ts'
import type { Answer, Json } from '../support/client.ts'
import { createEventMaker, seeded } from '../support/events.ts'
import { fieldsOf } from '../support/tally.ts'
import type { Act } from '../support/tally.ts'
import { videosOf } from './journal.ts'
import type { Journal, PastImport, TrialCreator } from './journal.ts'
import type { TrialPlatform } from './trial-platform.ts'
import { untilDone } from './until-done.ts'

export interface PastsOptions {
  readonly platform: TrialPlatform
  readonly journal: Journal
  readonly seed: number
  /** Of the first creator; each has the next one. */
  readonly firstCreator: number
}

export interface Pasts {
  /** Imports two videos of a new creator. Resolves once their leaves are held by nothing any more. */
  bring(): Promise<TrialCreator>
  /** Imports more of what was done to them of late, of which further leaves end. */
  bringMore(creator: TrialCreator): Promise<void>
}

const MINUTE_MS = 60_000
const AGE_MS = 90 * 60 * MINUTE_MS
/** Within the open leaf, but for minutes after midnight. */
const RECENT_MS = 20 * MINUTE_MS
/** Of each video. */
const PRIVATE_ACTS = 200
/** So that a hundred people and more saw it before today, and a bucket of viewers ends. */
const VIEWS = 180
/** More than before: a leaf ends early where much is seen at once, and the sooner the more have saved. */
const MORE_VIEWS = 240
const USERS = 3000
const ANSWER_LIMIT_MS = 15_000

export function createPasts({ platform, journal, seed, firstCreator }: PastsOptions): Pasts {
  const random = seeded(seed + 71)
  const below = (bound: number): number => Math.floor(random() * bound)
  const { make } = createEventMaker(seed + 71)
  let next = firstCreator
  let derived = 9_700_000_000 + seed * 1_000_000

  function createAct(video: number, type: string, fromMs: number): Act {
    const isView = type === 'view'
    return {
      type,
      user: 300_000 + below(USERS),
      video,
      atMs: fromMs + below(Date.now() - MINUTE_MS - fromMs),
      watched: isView ? below(20_000) : 0,
      duration: isView ? 9000 : 0,
    }
  }

  /** Views and private acts since an instant. */
  function createActs({ videos }: TrialCreator, fromMs: number, views: number): readonly Act[] {
    const types = Array.from({ length: PRIVATE_ACTS }, () => {
      const dice = random()
      return dice < 0.8 ? 'save' : dice < 0.9 ? 'share' : 'unsave'
    })
    const all = [...types, ...Array.from({ length: views }, () => 'view')]
    return videos.flatMap((video) => all.map((type) => createAct(video, type, fromMs)))
  }

  function eventOf(act: Act): Json {
    const place = { ...act, creator: journal.ownerOf(act.video) }
    const event = make(act.type, place, fieldsOf(act, derived++))
    journal.note(String(event['event_id']), act, 'by an import')
    return event
  }

  async function hold(creator: TrialCreator): Promise<() => Promise<void>> {
    const token = await platform.serviceToken('events:backfill')
    const url = `${platform.collectorUrl}/v1/imports`
    const scope = { from: '1970-01-02T00:00:00Z', to: '2100-01-01T00:00:00Z' }
    const body = { ...scope, creators: [creator.id] }
    const opened = await untilAnswered(201, () => call('POST', url, { token, body, limitMs }))
    const path = `${url}/${String(opened.body['import_id'])}`
    return async () => {
      await untilAnswered(204, () => call('DELETE', path, { token, limitMs }))
    }
  }

  async function post(events: readonly Json[]): Promise<void> {
    const token = await platform.serviceToken('events:write', 'events:backfill')
    const url = `${platform.collectorUrl}/v1/events`
    await untilAnswered(202, () => call('POST', url, { token, body: { events }, limitMs }))
  }

  async function importActs(
    creator: TrialCreator,
    { isFirst, acts }: Pick<PastImport, 'isFirst' | 'acts'>,
  ): Promise<void> {
    const end = await hold(creator)
    if (isFirst) await catalogued(creator)
    await post(acts.map(eventOf))
    await end()
    journal.imports.push({ isFirst, acts, endedMs: Date.now() })
  }

  async function catalogued(creator: TrialCreator): Promise<void> {
    await untilDone('PUT videos', async () => {
      try {
        await platform.catalogue(creator.id, videosOf(creator), creator.publishedMs)
        return true
      } catch {
        return false
      }
    })
    journal.add(creator)
  }

  return {
    async bring() {
      const id = next++
      const video = (index: number): number => id * 10 + index
      const creator = {
        id: String(id),
        publishedMs: Date.now() - AGE_MS,
        videos: [0, 1].map(video),
        disputed: [8].map(video),
        saved: [6].map(video),
      }
      const acts = createActs(creator, creator.publishedMs, VIEWS)
      await importActs(creator, { isFirst: true, acts })
      return creator
    },
    bringMore(creator) {
      const acts = createActs(creator, Date.now() - RECENT_MS, MORE_VIEWS)
      return importActs(creator, { isFirst: false, acts })
    },
  }
}

const limitMs = ANSWER_LIMIT_MS

async function untilAnswered(status: number, ask: () => Promise<Answer>): Promise<Answer> {
  let last: Answer | null = null
  await untilDone(`an answer ${status}`, async () => {
    last = await ask().catch(() => null)
    return last?.status === status
  })
  if (last === null) throw new Error('no answer')
  return last
}
