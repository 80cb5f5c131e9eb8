// What the drill sends: acts of three days of few people, and a crowd on the first day of a video, so that buckets of it end.
import { createEventMaker, seeded, utcDay } from '../../support/events.ts'
import type { Json } from '../../support/client.ts'
import { actTypes, fieldsOf } from '../../support/tally.ts'
import type { Act } from '../../support/tally.ts'
import { createJournal } from '../journal.ts'
import type { Client } from './backup-client.ts'

export const seed = 20_261_126
export const creator = '860001'
export const firstVideos = [8_600_011, 8_600_012, 8_600_013]
/** Catalogued only after the backup; acts on it come before. */
export const lateVideo = 8_600_014
export const videos = [...firstVideos, lateVideo]
export const users = Array.from({ length: 30 }, (_, index) => 501 + index)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const nowMs = Date.now()
/** Leaves of its first two days are a day long. */
const publishedMs = nowMs - 80 * HOUR
const today = Math.floor(nowMs / DAY) * DAY
/** `YYYY-MM-DD`, UTC, the last one today. */
export const days = [3, 2, 1, 0].map((back) => utcDay(today - back * DAY))

const random = seeded(seed)
const below = (bound: number): number => Math.floor(random() * bound)
const { make, shuffle } = createEventMaker(seed)

export interface Sent {
  readonly act: Act
  readonly event: Json
}

export const sent: Sent[] = []
export const journal = createJournal([
  { id: creator, publishedMs, videos, disputed: [], saved: [] },
])

/** Enough for buckets of them. */
const CROWD = 130

/** Viewers who save a video at once, on the first day of it: nobody else does anything as one of them. */
function crowdOf(video: number): readonly Act[] {
  return Array.from({ length: CROWD }, (_, index) => index).flatMap((index) =>
    ['view', 'save'].map((type) => ({
      type,
      user: 1000 + index,
      video,
      atMs: publishedMs + HOUR + index * 60_000,
      watched: type === 'view' ? 4000 : 0,
      duration: type === 'view' ? 9000 : 0,
    })),
  )
}

/** Acts of the last three days, a fifth of them twice, and others; all of them are expected from now on. */
export function round(size: number, others: readonly Act[] = []): readonly Json[] {
  const acts = Array.from({ length: size }, (): Act => ({
    type: actTypes[below(actTypes.length)] ?? 'view',
    user: users[below(users.length)] ?? 0,
    video: videos[below(videos.length)] ?? 0,
    atMs: nowMs - 60_000 - below(3 * DAY - HOUR),
    watched: below(12_000),
    duration: below(4) === 0 ? 0 : 9000,
  }))
  const some = [...acts, ...others].map((act): Sent => {
    const fields = fieldsOf(act, 8_700_000 + sent.length + below(1e9))
    return { act, event: make(act.type, { ...act, creator }, fields) }
  })
  sent.push(...some)
  for (const { act, event } of some) journal.note(String(event['event_id']), act)
  const events = some.map(({ event }) => event)
  return shuffle([...events, ...events.filter(() => below(5) === 0)])
}

/** Acts whose leaves and buckets are held until all of them are there, and those of a crowd on the last of the videos. */
export async function importRound(client: Client, size: number, catalogued: readonly number[]) {
  const crowded = catalogued.at(-1) ?? 0
  const end = await client.hold(creator)
  for (const video of catalogued) await client.putVideo(video, creator, publishedMs)
  const from = sent.length
  await client.post(round(size, crowdOf(crowded)))
  await end()
  const acts = sent
    .slice(from)
    .map(({ act }) => act)
    .filter(({ video }) => catalogued.includes(video))
  journal.imports.push({ isFirst: true, acts, endedMs: Date.now() })
}
