// A seeded week of two creators: what was done, what of it is sent twice, late, or under an id that is taken.
import { createEventMaker, seeded } from '../support/events.ts'
import type { Json } from '../support/outside.ts'
import { actTypes, fieldsOf } from '../support/tally.ts'
import type { Act } from '../support/tally.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const QUARTER = 15 * MINUTE

interface OracleCreator {
  readonly id: string
  readonly videos: readonly [number, ...number[]]
  /** Videos on which nothing is done but under ids that are taken. */
  readonly disputed: readonly [number, number]
}

export const creators: readonly [OracleCreator, OracleCreator] = [
  { id: '811001', videos: [8_110_011, 8_110_012, 8_110_013], disputed: [8_110_018, 8_110_019] },
  { id: '811002', videos: [8_110_021, 8_110_022, 8_110_023], disputed: [8_110_028, 8_110_029] },
]

export const disputedVideos = creators.flatMap(({ disputed }) => [...disputed])

/** Whose a video is, by the catalogue. */
export function ownerOf(video: number): string {
  const all = ({ videos, disputed }: OracleCreator): readonly number[] => [...videos, ...disputed]
  return creators.find((creator) => all(creator).includes(video))?.id ?? ''
}

/** An act, and the event that tells it. */
export interface Sent {
  readonly act: Act
  readonly event: Json
}

/** Two acts under one id: only one of them can count. Each dispute has a quarter of its own. */
export type Dispute = readonly [first: Sent, second: Sent]

export interface Journal {
  /** Distinct acts but the disputed ones; creators' own are among them. */
  readonly acts: readonly Act[]
  readonly disputes: readonly Dispute[]
  /** Events in the order of sending, repeats included: two rounds in time, then the late one. */
  readonly rounds: readonly (readonly Json[])[]
  /** The same ids with another time: to be refused. */
  readonly misdated: readonly Json[]
}

export interface JournalOptions {
  readonly seed: number
  readonly nowMs: number
  readonly actsCount: number
}

export function createJournal({ seed, nowMs, actsCount }: JournalOptions): Journal {
  const random = seeded(seed)
  const { make, shuffle } = createEventMaker(seed)
  const below = (bound: number): number => Math.floor(random() * bound)
  const pick = <T>(values: readonly [T, ...T[]]): T => values[below(values.length)] ?? values[0]

  let derived = 8_119_000
  const toEvent = (act: Act): Json => {
    const place = { ...act, creator: ownerOf(act.video) }
    return make(act.type, place, fieldsOf(act, derived++))
  }

  /** Most of it over a week as far back as is taken, much in the last hours and minutes. */
  function timeOf(): number {
    const [weight, part] = [random(), random()]
    const spanMs = weight < 0.7 ? 7 * DAY - HOUR / 2 : weight < 0.85 ? 3 * HOUR : 10 * MINUTE
    return Math.floor(nowMs - 1000 - part * (spanMs - 1000))
  }

  function createAct(): Act {
    const creator = pick(creators)
    const video = pick<number>(creator.videos)
    const who = random()
    // Their own acts count nowhere, those on another's video do.
    const user = who < 0.03 ? Number(pick(creators).id) : 20_000 + below(3000)
    const type = random() < 0.5 ? 'view' : pick(actTypes)
    const [watched, duration] = [below(20_000), pick([0, 2000, 9000, 15_000])]
    return { type, user, video, atMs: timeOf(), watched, duration }
  }

  function createDispute(index: number): Dispute {
    const [mine, others] = index % 2 === 0 ? creators : [creators[1], creators[0]]
    const quarterMs = Math.floor((nowMs - 2 * HOUR) / QUARTER) * QUARTER - index * 25 * QUARTER
    const act: Act = {
      type: 'view',
      user: 30_000 + index,
      video: mine.disputed[0],
      atMs: quarterMs + below(QUARTER),
      watched: 4000,
      duration: 9000,
    }
    const changes = [
      { watched: 8000 },
      { video: mine.disputed[1] },
      { video: others.disputed[0] },
      { type: 'like' },
    ]
    const second = { ...act, ...changes[Math.floor(index / 2) % changes.length] }
    const event = toEvent(act)
    const claim = { ...toEvent(second), event_id: event['event_id'] }
    return [
      { act, event },
      { act: second, event: claim },
    ]
  }

  const sent = Array.from({ length: actsCount }, () => {
    const act = createAct()
    return { act, event: toEvent(act) }
  })
  const disputes = Array.from({ length: 24 }, (_, index) => createDispute(index))
  const late = Math.round(sent.length * 0.02)
  const events = sent.map(({ event }) => event)
  const repeated = events.filter(() => random() < 0.3)
  const inTime = new Set(events.slice(late))
  const claims = disputes.flat().map(({ event }) => event)
  const first = shuffle([...inTime, ...claims, ...repeated.filter((event) => inTime.has(event))])
  const half = Math.floor(first.length / 2)
  const misdated = disputes.map(([{ act, event }]) => ({
    ...event,
    occurred_at: new Date(act.atMs + 1).toISOString(),
  }))
  return {
    acts: sent.map(({ act }) => act),
    disputes,
    misdated,
    rounds: [
      first.slice(0, half),
      first.slice(half),
      shuffle([
        ...events.slice(0, late),
        ...repeated.filter((event) => !inTime.has(event)),
        // Repeats that come days later than what they repeat.
        ...repeated.slice(-late),
      ]),
    ],
  }
}
