// Steady traffic of clients who send again what was not acknowledged for sure, and a journal of what was.
import { setTimeout as sleep } from 'node:timers/promises'
import { createEventMaker, seeded } from './events.ts'
import { call } from './client.ts'
import type { Json } from './client.ts'
import { fieldsOf } from './tally.ts'
import type { Act } from './tally.ts'

export interface TrafficOptions {
  readonly collectorUrl: string
  readonly savesUrl: string
  readonly token: (subject: string, scopes: readonly string[]) => Promise<string>
  readonly creator: string
  readonly videos: readonly number[]
  readonly seed: number
}

export interface Journal {
  /** Acts of acknowledged requests to the collector, each once. */
  readonly acts: Act[]
  /** Videos that are saved, by user, by the newest acknowledged act on the pair. */
  readonly saved: Map<number, Set<number>>
  acknowledged: number
  /** Requests that were sent again, by what became of them before. */
  readonly again: Map<string, number>
  /** When the last acknowledged request of each client was sent, ms since 1970. */
  readonly sentAtMs: number[]
  /** The longest that any request took to be acknowledged, its repeats included, in ms. */
  longestMs: number
}

export interface Traffic {
  readonly journal: Journal
  /** Lets every lane finish: what is on its way is sent until it is acknowledged. */
  stop(): Promise<void>
}

const lanes = 3
const requestEvents = 40
/** Between an answer and the next request of a lane. */
const pauseMs = 30
const requestLimitMs = 20_000
const againAfterMs = 200
const usersOfLane = 50
const types = ['view', 'view', 'view', 'like', 'save', 'unsave', 'comment', 'follow'] as const

export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const { collectorUrl, savesUrl, token, creator, videos, seed } = options
  const journal: Journal = {
    acts: [],
    saved: new Map(),
    acknowledged: 0,
    again: new Map(),
    sentAtMs: Array.from({ length: lanes + 1 }, () => 0),
    longestMs: 0,
  }
  const stop = new AbortController()
  const events = await token('careful', ['events:write'])

  /** Sends until the answer is `good`; whatever else happened may or may not have had effect. */
  async function sendUntil(
    good: number,
    lane: number,
    send: () => ReturnType<typeof call>,
  ): Promise<void> {
    const firstAtMs = Date.now()
    for (;;) {
      const sentAtMs = Date.now()
      const became = await send().then(
        (answer) => (answer.status === good ? null : String(answer.status)),
        (error: unknown) => (error instanceof Error ? error.name : 'error'),
      )
      if (became === null) {
        journal.acknowledged += 1
        journal.sentAtMs[lane] = sentAtMs
        journal.longestMs = Math.max(journal.longestMs, Date.now() - firstAtMs)
        return
      }
      // A refusal of our own words would be refused for ever.
      if (/^4(?!29)/.test(became)) throw new Error(`refused: ${became}`)
      journal.again.set(became, (journal.again.get(became) ?? 0) + 1)
      await sleep(againAfterMs)
    }
  }

  async function eventsLane(lane: number): Promise<void> {
    const random = seeded(seed * 100 + lane)
    const { make } = createEventMaker(seed * 100 + lane)
    const below = (bound: number): number => Math.floor(random() * bound)
    let atMs = Date.now() - 3000
    const nextAct = (): Act => {
      // Acts of a lane are in order and never in one ms, so that the newest on a pair is known.
      atMs = Math.max(atMs + 1, Date.now() - 3000)
      return {
        type: types[below(types.length)] ?? 'view',
        user: 1000 * (lane + 1) + below(usersOfLane),
        video: videos[below(videos.length)] ?? 0,
        atMs,
        watched: below(12_000),
        duration: 9000,
      }
    }
    while (!stop.signal.aborted) {
      const acts = Array.from({ length: requestEvents }, nextAct)
      const body = {
        events: acts.map((act): Json => make(act.type, { ...act, creator }, fieldsOf(act, 0))),
      }
      await sendUntil(202, lane, () =>
        call('POST', `${collectorUrl}/v1/events`, { token: events, body, limitMs: requestLimitMs }),
      )
      journal.acts.push(...acts)
      for (const { type, user, video } of acts) {
        if (type === 'save') savedBy(user).add(video)
        if (type === 'unsave') savedBy(user).delete(video)
      }
      await sleep(pauseMs)
    }
  }

  function savedBy(user: number): Set<number> {
    const known = journal.saved.get(user)
    if (known !== undefined) return known
    const made = new Set<number>()
    journal.saved.set(user, made)
    return made
  }

  /** A viewer who saves and takes back through the saves API, one act after the other. */
  async function savesLane(user: number): Promise<void> {
    const random = seeded(seed * 100 + 99)
    const viewer = await token(String(user), ['saves:self'])
    while (!stop.signal.aborted) {
      const video = videos[Math.floor(random() * videos.length)] ?? 0
      const removes = savedBy(user).has(video)
      const url = `${savesUrl}/v1/me/saves/${video}`
      await sendUntil(removes ? 204 : 200, lanes, () =>
        call(removes ? 'DELETE' : 'PUT', url, { token: viewer, limitMs: requestLimitMs }),
      )
      if (removes) savedBy(user).delete(video)
      else savedBy(user).add(video)
      await sleep(pauseMs)
    }
  }

  const running = Promise.all([
    ...Array.from({ length: lanes }, (_, lane) => eventsLane(lane)),
    savesLane(9001),
  ])
  // Told by stop(); until then it must not count as unhandled.
  running.catch(() => undefined)
  return {
    journal,
    async stop() {
      stop.abort()
      await running
    },
  }
}
