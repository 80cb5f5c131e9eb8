// Every open metric over the real road, by every cut of time, held against a count of what was sent.
import { beforeAll, describe, expect, test } from 'vitest'
import { expectEqualRows } from '../../support/equal-rows.ts'
import type { EqualRows } from '../../support/equal-rows.ts'
import { call, collector, eventuallyRows, keepsake, post, tokens } from '../../support/outside.ts'
import { createEventMaker, seeded, utcDay } from '../../support/events.ts'
import { clockOf, fieldsOf, metricNames, tally } from '../../support/tally.ts'
import type { Act } from '../../support/tally.ts'

const creator = '870101'
const HOUR = 3_600_000
const DAY = 24 * HOUR
const nowMs = Date.now()
const firstMs = Math.floor((nowMs - 40 * DAY) / 60_000) * 60_000
/** When each video was published: the second in the middle of what was done to it. */
const published = new Map([
  [8_701_011, firstMs - 3 * DAY + 59 * 60_000],
  [8_701_012, firstMs + 19 * DAY + 37 * 60_000],
])
const videos = [...published.keys()]

/** Forty days of acts of every kind up to two minutes ago, some of them the owner's own. */
function truth(): readonly Act[] {
  const random = seeded(72)
  const pick = <T>(values: readonly [T, ...T[]]): T =>
    values[Math.floor(random() * values.length)] ?? values[0]
  const kinds = ['like', 'unlike', 'comment', 'uncomment', 'follow', 'unfollow'] as const
  const all = [...kinds, 'stitch', 'duet', 'save', 'unsave', 'share'] as const
  return Array.from({ length: 6000 }, () => ({
    type: random() < 0.6 ? 'view' : pick(all),
    user: random() < 0.02 ? Number(creator) : 1000 + Math.floor(random() * 700),
    video: pick([8_701_011, 8_701_012]),
    atMs: firstMs + Math.floor(random() * (nowMs - 120_000 - firstMs)),
    watched: Math.floor(random() * 20_000),
    duration: pick([0, 2000, 9000, 15_000]),
  }))
}

const sent = truth()
const counted = sent.filter(({ user }) => user !== Number(creator))

const range = { start_date: utcDay(firstMs - DAY), end_date: utcDay(nowMs + DAY) }

beforeAll(async () => {
  const token = await tokens.service('videos:write')
  for (const [video, atMs] of published) {
    const body = { creator_id: creator, published_at: new Date(atMs).toISOString() }
    const answer = await call('PUT', collector(`/v1/videos/${video}`), { token, body })
    expect(answer.status).toBeLessThan(300)
  }
  const { make, shuffle } = createEventMaker(72)
  const events = sent.map((act, index) =>
    make(act.type, { ...act, creator }, fieldsOf(act, 8_702_000 + index)),
  )
  await post(shuffle([...events, ...events.slice(0, 1000)]), 1000, 'events:backfill')
  const whole = tally(counted)
  const query = { metrics: metricNames.join(), ...range }
  const row = metricNames.map((name) => whole[name])
  await eventuallyRows(await tokens.creator(creator), query, [row], 90_000)
})

function expectRows(
  query: Readonly<Record<string, string>>,
  acts: readonly Act[],
  keyOf: EqualRows['keyOf'],
): Promise<number> {
  return expectEqualRows({ creator, query: { ...range, ...query }, acts, keyOf })
}

/** 0: Monday. */
const weekdayOf = (day: string): number => (new Date(day).getUTCDay() + 6) % 7

function weekOf(day: string): string {
  const thursdayMs = Date.parse(day) + (3 - weekdayOf(day)) * DAY
  const year = new Date(thursdayMs).getUTCFullYear()
  const week = Math.floor((thursdayMs - Date.UTC(year, 0, 1)) / DAY / 7) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

describe.each(['America/New_York', 'Asia/Kathmandu'])('every metric in %s', (tz) => {
  const clock = clockOf(tz)
  const hourOfWeek = ({ atMs }: Act): string => {
    const { day, hour } = clock(atMs)
    return String(weekdayOf(day) * 24 + hour)
  }

  test('by day equals a count of what was sent', async () => {
    const query = { dimensions: 'day', tz }
    const rows = await expectRows(query, counted, ({ atMs }) => clock(atMs).day)
    expect(rows).toBeGreaterThanOrEqual(42)
  })

  test('by week equals a count of what was sent', async () => {
    const query = { dimensions: 'week', tz }
    const rows = await expectRows(query, counted, ({ atMs }) => weekOf(clock(atMs).day))
    expect(rows).toBeGreaterThanOrEqual(6)
  })

  test('by month equals a count of what was sent', async () => {
    const query = { dimensions: 'month', tz }
    const monthOf = ({ atMs }: Act): string => clock(atMs).day.slice(0, 7)
    expect(await expectRows(query, counted, monthOf)).toBeGreaterThanOrEqual(2)
  })

  test('by hour of the week equals a count of what was sent', async () => {
    const query = { dimensions: 'hour_of_week', tz }
    expect(await expectRows(query, counted, hourOfWeek)).toBe(168)
  })

  test('by hour of the week of a video equals a count of what was sent', async () => {
    const query = { dimensions: 'hour_of_week', tz, filters: `video==${videos[1]}` }
    const own = counted.filter(({ video }) => video === videos[1])
    expect(await expectRows(query, own, hourOfWeek)).toBe(168)
  })
})

test('every metric by video and its age equals a count of what was sent', async () => {
  const ageOf = ({ video, atMs }: Act): string | null => {
    const publishedMs = Math.floor((published.get(video) ?? 0) / HOUR) * HOUR
    return atMs < publishedMs ? null : `${video} ${Math.floor((atMs - publishedMs) / DAY)}`
  }
  expect(counted.filter((act) => ageOf(act) === null).length).toBeGreaterThan(1000)
  const query = { dimensions: 'video,video_age_day' }
  expect(await expectRows(query, counted, ageOf)).toBeGreaterThanOrEqual(41 + 21)
  const own = counted.filter(({ video }) => video === videos[1])
  await expectRows({ ...query, filters: `video==${videos[1]}` }, own, ageOf)
})

test('every metric of a video has its total, and the command line prints rows by hour of the week', async () => {
  const own = counted.filter(({ video }) => video === videos[0])
  await expectRows({ filters: `video==${videos[0]}` }, own, () => '')
  const printed = await keepsake(
    'query',
    '--metrics=avg_watch_ms,skip_rate,net_likes',
    '--dimensions=hour_of_week',
    `--video=${videos[0]}`,
    '--last=28d',
  )
  expect(printed.split('\n')[0]).toMatch(/^hour_of_week +avg_watch_ms +skip_rate +net_likes$/)
  expect(printed).toMatch(/\n167 /)
})
