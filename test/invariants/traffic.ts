// Seeded engagement that never stops: repeated, shuffled, late by minutes to days, disputed, misdated and broken, and all of it in the journal.
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import type { Producer } from 'kafkajs'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { parseEvent } from '#schemas/events/event.ts'
import { createEventMaker, seeded } from '../support/events.ts'
import { call } from '../support/client.ts'
import type { Answer, Json } from '../support/client.ts'
import { actTypes, fieldsOf } from '../support/tally.ts'
import type { Act } from '../support/tally.ts'
import type { Journal } from './journal.ts'
import type { TrialPlatform } from './trial-platform.ts'
import { untilDone } from './until-done.ts'

const MINUTE = 60_000
const DAY = 86_400_000

export interface TrafficOptions {
  readonly platform: TrialPlatform
  readonly journal: Journal
  readonly seed: number
  /** New events of one request. */
  readonly requestEvents?: number
}

export interface TrafficCounts {
  /** Distinct events that were acknowledged. */
  events: number
  repeats: number
  late: number
  disputes: number
  /** Events of a producer whose clock is an hour ahead: all refused. */
  refused_ahead: number
  poison: number
  old_create_time: number
  own_saves: number
}

export interface Traffic extends AsyncDisposable {
  readonly counts: Readonly<TrafficCounts>
  /** Lets it flow until `pause`. */
  flow(): void
  /** Resolves once everything that was made has been acknowledged. */
  pause(): Promise<void>
}

const EVERY_MS = 350
/** What may be sent again: about the last minutes. */
const REMEMBERED = 20_000
const USERS = 4000

export async function openTraffic(options: TrafficOptions): Promise<Traffic> {
  const { platform, journal, seed, requestEvents = 120 } = options
  const random = seeded(seed)
  const { make, shuffle } = createEventMaker(seed)
  const below = (bound: number): number => Math.floor(random() * bound)
  const pick = <T>(values: readonly T[]): T => {
    const value = values[below(values.length)]
    if (value === undefined) throw new Error('nothing to pick from')
    return value
  }
  const token = await platform.serviceToken('events:write')
  const producer = await openRawProducer(platform.kafkaBrokers)
  const encoder = openEngagementEncoder()
  const counts: TrafficCounts = {
    events: 0,
    repeats: 0,
    late: 0,
    disputes: 0,
    refused_ahead: 0,
    poison: 0,
    old_create_time: 0,
    own_saves: 0,
  }
  const remembered: Json[] = []
  const heldBack: Json[] = []
  let derived = 9_900_000_000 + seed * 1_000_000
  let flowing = new AbortController()
  let flows: Promise<unknown> = Promise.resolve()

  function timeOf(): number {
    const [weight, part] = [random(), random()]
    const spanMs = weight < 0.7 ? MINUTE : weight < 0.85 ? 120 * MINUTE : 6.9 * DAY
    if (spanMs > MINUTE) counts.late += 1
    return Math.floor(Date.now() - 50 - part * spanMs)
  }

  function createAct(videos: readonly number[]): Act {
    const video = pick(videos)
    // Their own acts count nowhere.
    const user = random() < 0.02 ? Number(journal.ownerOf(video)) : 100_000 + below(USERS)
    const type = random() < 0.5 ? 'view' : pick(actTypes)
    const isView = type === 'view'
    return {
      type,
      user,
      video,
      atMs: timeOf(),
      watched: isView ? below(20_000) : 0,
      duration: isView ? pick([0, 2000, 9000, 15_000]) : 0,
    }
  }

  function eventOf(act: Act): Json {
    const place = { ...act, creator: journal.ownerOf(act.video) }
    return make(act.type, place, fieldsOf(act, derived++))
  }

  function createEvents(count: number, how?: string): readonly Json[] {
    return Array.from({ length: count }, () => {
      const act = createAct(pick(journal.creators).videos)
      const event = eventOf(act)
      journal.note(String(event['event_id']), act, how)
      return event
    })
  }

  /** Two acts under one id. */
  function createDispute(): readonly Json[] {
    const creator = pick(journal.creators)
    const first = createAct(creator.disputed)
    const change = pick([
      { video: pick(pick(journal.creators).disputed) },
      { type: 'like', watched: 0, duration: 0 },
      { type: 'view', watched: 777, duration: 9000 },
    ])
    const second = { ...first, ...change }
    const event = eventOf(first)
    const claim = { ...eventOf(second), event_id: event['event_id'] }
    for (const act of [first, second]) journal.note(String(event['event_id']), act)
    counts.disputes += 1
    return [event, claim]
  }

  async function sendRequest(): Promise<void> {
    const fresh = createEvents(requestEvents)
    counts.events += fresh.length
    const repeats = Array.from({ length: Math.round(requestEvents * 0.45) }, () =>
      remembered.length === 0 ? undefined : pick(remembered),
    ).filter((event) => event !== undefined)
    counts.repeats += repeats.length
    const later = fresh.filter(() => random() < 0.02)
    heldBack.push(...later)
    const due = random() < 0.05 ? heldBack.splice(0) : []
    const disputed = random() < 0.3 ? createDispute() : []
    const now = fresh.filter((event) => !later.includes(event))
    await post(shuffle([...now, ...repeats, ...due, ...disputed]))
    remembered.push(...now)
    if (remembered.length > REMEMBERED) remembered.splice(0, remembered.length - REMEMBERED)
  }

  /** Sends until every event was accepted, as a careful client does. */
  async function post(events: readonly Json[]): Promise<void> {
    if (events.length === 0) return
    await untilDone('POST events', async () => {
      const answer = await request('POST', `${platform.collectorUrl}/v1/events`, token, { events })
      if (answer?.status !== 202) return false
      const { accepted } = answer.body
      if (accepted !== events.length)
        throw new Error(`not all accepted: ${answer.text.slice(0, 300)}`)
      return true
    })
  }

  async function sendAhead(): Promise<void> {
    const act = { ...createAct(journal.creators[0]?.videos ?? []), atMs: Date.now() + 60 * MINUTE }
    const event = eventOf(act)
    await untilDone('POST an event of the next hour', async () => {
      const body = { events: [event] }
      const answer = await request('POST', `${platform.collectorUrl}/v1/events`, token, body)
      if (answer?.status === 202) throw new Error('an event of the next hour was accepted')
      return answer?.status === 422
    })
    counts.refused_ahead += 1
  }

  /** Bytes that are no record, and a sound record that says it is of another month. */
  async function sendRaw(): Promise<void> {
    const noise = Buffer.from(Array.from({ length: 20 + below(200) }, () => below(256)))
    await sendMessage({ value: noise })
    counts.poison += 1
    const events = createEvents(20, 'as a record of our own')
    counts.events += events.length
    const encoded = events.map((event) => {
      const parsed = parseEvent(event, { arrivedAtMs: Date.now(), backfill: false })
      if (!parsed.ok) throw new Error(parsed.fault.code)
      return encoder.encodeEvent(parsed.event, parsed.occurredAtMs)
    })
    const envelope = { sentAtMs: Date.now(), source: 'trial', backfill: false }
    const value = encoder.encodeBatch(encoded, envelope)
    await sendMessage({ value, timestamp: String(Date.now() - 20 * DAY) })
    counts.old_create_time += events.length
  }

  async function sendMessage(message: { value: Buffer; timestamp?: string }): Promise<void> {
    const partition = below(4)
    await untilDone('append a record', async () => {
      try {
        await producer.send({
          topic: 'engagement.v1',
          acks: -1,
          messages: [{ ...message, partition }],
        })
        return true
      } catch {
        return false
      }
    })
  }

  /** A viewer who saves and unsaves, and reads their own write at once. */
  async function saveAndRead(): Promise<void> {
    const user = 900_000 + below(8)
    const video = pick(pick(journal.creators).saved)
    const viewer = await platform.viewerToken(user)
    const saved = random() < 0.6
    const url = `${platform.savesUrl}/v1/me/saves/${video}`
    let isReadable = false
    await untilDone('PUT or DELETE a save', async () => {
      const answer = await request(saved ? 'PUT' : 'DELETE', url, viewer)
      if (answer === null || answer.status >= 300) return false
      isReadable = answer.status !== 202
      return true
    })
    journal.ownSaves.set(`${user} ${video}`, saved)
    counts.own_saves += 1
    if (!isReadable) return
    await untilDone('GET saves', async () => {
      const answer = await request('GET', `${platform.savesUrl}/v1/me/saves?limit=200`, viewer)
      if (answer?.status !== 200) return false
      const isListed = answer.text.includes(`"video_id":"${video}"`)
      if (isListed !== saved) throw new Error(`a viewer does not read their own write: ${saved}`)
      return true
    })
  }

  async function repeatedly(
    everyMs: number,
    signal: AbortSignal,
    act: () => Promise<void>,
  ): Promise<void> {
    while (!signal.aborted) {
      await act()
      await sleep(everyMs)
    }
  }

  return {
    counts,
    flow() {
      flowing = new AbortController()
      const { signal } = flowing
      flows = Promise.all([
        repeatedly(EVERY_MS, signal, sendRequest),
        repeatedly(4000, signal, sendRaw),
        repeatedly(3000, signal, sendAhead),
        repeatedly(500, signal, saveAndRead),
      ])
      // Looked at when it pauses; until then a failure must not end the program.
      flows.catch(() => undefined)
    },
    async pause() {
      flowing.abort()
      await flows
      await post(heldBack.splice(0))
    },
    [Symbol.asyncDispose]: () => producer.disconnect(),
  }
}

async function openRawProducer(brokers: string): Promise<Producer> {
  const kafka = new Kafka({ clientId: 'trial', brokers: [brokers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ idempotent: false, allowAutoTopicCreation: false })
  await producer.connect()
  return producer
}

const ANSWER_LIMIT_MS = 15_000

/** Null: no answer. */
async function request(
  method: string,
  url: string,
  token: string,
  body?: Json,
): Promise<Answer | null> {
  const rest = body === undefined ? {} : { body }
  return call(method, url, { token, limitMs: ANSWER_LIMIT_MS, ...rest }).catch(() => null)
}
