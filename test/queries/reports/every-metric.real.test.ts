// Every open metric over the real road, by every cut of time, held against a count of what was sent.
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  call,
  collector,
  eventuallyRows,
  keepsake,
  post,
  report,
  tokens,
} from '../../support/outside.ts'
import { createEventMaker, seeded, utcDay } from '../../support/events.ts'

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

interface Act {
  readonly type: string
  readonly user: number
  readonly video: number
  readonly atMs: number
  readonly watched: number
  /** 0: unknown. */
  readonly duration: number
}

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

/** The definitions once more, from acts one by one. */
function tally(acts: readonly Act[]): Readonly<Record<string, number | null>> {
  const number = (type: string): number => acts.filter((act) => act.type === type).length
  const views = acts.filter(({ type }) => type === 'view')
  const timed = views.filter(({ duration }) => duration > 0)
  const sum = (some: readonly Act[], of: 'watched' | 'duration'): number =>
    some.reduce((total, act) => total + act[of], 0)
  const over = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
  const engaged = views.filter(
    ({ watched, duration }) => watched >= 3000 || (duration > 0 && watched >= duration),
  ).length
  const completions = timed.filter(({ watched, duration }) => watched >= 0.95 * duration).length
  const remixes = number('stitch') + number('duet')
  return {
    views: views.length,
    engaged_views: engaged,
    watch_time_ms: sum(views, 'watched'),
    completions,
    avg_watch_ms: over(sum(views, 'watched'), views.length),
    avg_percent_viewed: over(sum(timed, 'watched'), sum(timed, 'duration')),
    completion_rate: over(completions, timed.length),
    skip_rate: over(views.length - engaged, views.length),
    likes: number('like'),
    unlikes: number('unlike'),
    net_likes: number('like') - number('unlike'),
    comments: number('comment'),
    net_comments: number('comment') - number('uncomment'),
    follows: number('follow'),
    unfollows: number('unfollow'),
    net_follows: number('follow') - number('unfollow'),
    stitches: number('stitch'),
    duets: number('duet'),
    remixes,
    like_rate: over(number('like'), views.length),
    comment_rate: over(number('comment'), views.length),
    follow_rate: over(number('follow'), views.length),
    remix_rate: over(remixes, views.length),
  }
}

const names = Object.keys(tally([]))
const range = { start_date: utcDay(firstMs - DAY), end_date: utcDay(nowMs + DAY) }
const everything = { metrics: names.join(), max_results: '10000', ...range }
const rowsSchema = z.array(z.array(z.union([z.string(), z.number(), z.null()])))
const answerSchema = z.object({ rows: rowsSchema, totals: z.object({ row: rowsSchema.element }) })

beforeAll(async () => {
  const token = await tokens.service('videos:write')
  for (const [video, atMs] of published) {
    const body = { creator_id: creator, published_at: new Date(atMs).toISOString() }
    const answer = await call('PUT', collector(`/v1/videos/${video}`), { token, body })
    expect(answer.status).toBeLessThan(300)
  }
  const { make, shuffle } = createEventMaker(72)
  const events = sent.map(({ type, user, video, atMs, watched, duration }, index) =>
    make(type, { user, video, creator, atMs }, moreOf(type, { watched, duration, index })),
  )
  await post(shuffle([...events, ...events.slice(0, 1000)]), 1000, 'events:backfill')
  const whole = tally(counted)
  const token2 = await tokens.creator(creator)
  await eventuallyRows(token2, everything, [names.map((name) => whole[name])], 90_000)
})

function moreOf(
  type: string,
  { watched, duration, index }: { watched: number; duration: number; index: number },
) {
  if (type === 'view') return { watched_ms: watched, duration_ms: duration }
  if (type === 'stitch' || type === 'duet') return { derived_video_id: String(8_702_000 + index) }
  return {}
}

/**
 * Every row equals a tally of the acts that have its labels, and every act has a row but those that
 * `keyOf` gives none.
 */
async function expectEqualRows(
  query: Readonly<Record<string, string>>,
  acts: readonly Act[],
  keyOf: (act: Act) => string | null,
): Promise<number> {
  const { status, body } = await report(await tokens.creator(creator), { ...everything, ...query })
  expect(status).toBe(200)
  const { rows, totals } = answerSchema.parse(body)
  const labels = query['dimensions']?.split(',').length ?? 0
  const groups = Map.groupBy(acts, keyOf)
  for (const row of rows) {
    const key = row.slice(0, labels).join(' ')
    const expected = tally(groups.get(key) ?? [])
    // What has not begun is null, where a count of nothing is 0.
    const values = row.slice(labels)
    const shown = Object.fromEntries(
      names.map((name, index) => [name, values[index] ?? (expected[name] === 0 ? 0 : null)]),
    )
    expect([key, shown]).toEqual([key, expected])
    groups.delete(key)
  }
  groups.delete(null)
  expect([...groups.keys()]).toEqual([])
  const whole = tally(acts)
  expect(totals.row.slice(labels)).toEqual(names.map((name) => whole[name]))
  return rows.length
}

/** Day and hour of an instant on the clock of a zone, by the runtime's own calendar. */
function clockOf(tz: string): (atMs: number) => { readonly day: string; readonly hour: number } {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: tz,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  })
  return (atMs) => {
    const [day = '', hour] = parts.format(atMs).split(' ')
    return { day, hour: Number(hour) }
  }
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
    const rows = await expectEqualRows(query, counted, ({ atMs }) => clock(atMs).day)
    expect(rows).toBeGreaterThanOrEqual(42)
  })

  test('by week equals a count of what was sent', async () => {
    const query = { dimensions: 'week', tz }
    const rows = await expectEqualRows(query, counted, ({ atMs }) => weekOf(clock(atMs).day))
    expect(rows).toBeGreaterThanOrEqual(6)
  })

  test('by month equals a count of what was sent', async () => {
    const query = { dimensions: 'month', tz }
    const monthOf = ({ atMs }: Act): string => clock(atMs).day.slice(0, 7)
    expect(await expectEqualRows(query, counted, monthOf)).toBeGreaterThanOrEqual(2)
  })

  test('by hour of the week equals a count of what was sent', async () => {
    const query = { dimensions: 'hour_of_week', tz }
    expect(await expectEqualRows(query, counted, hourOfWeek)).toBe(168)
  })

  test('by hour of the week of a video equals a count of what was sent', async () => {
    const query = { dimensions: 'hour_of_week', tz, filters: `video==${videos[1]}` }
    const own = counted.filter(({ video }) => video === videos[1])
    expect(await expectEqualRows(query, own, hourOfWeek)).toBe(168)
  })
})

test('every metric by video and its age equals a count of what was sent', async () => {
  const ageOf = ({ video, atMs }: Act): string | null => {
    const publishedMs = Math.floor((published.get(video) ?? 0) / HOUR) * HOUR
    return atMs < publishedMs ? null : `${video} ${Math.floor((atMs - publishedMs) / DAY)}`
  }
  expect(counted.filter((act) => ageOf(act) === null).length).toBeGreaterThan(1000)
  const query = { dimensions: 'video,video_age_day' }
  expect(await expectEqualRows(query, counted, ageOf)).toBeGreaterThanOrEqual(41 + 21)
  const own = counted.filter(({ video }) => video === videos[1])
  await expectEqualRows({ ...query, filters: `video==${videos[1]}` }, own, ageOf)
})

test('every metric of a video has its total, and the command line prints rows by hour of the week', async () => {
  const own = counted.filter(({ video }) => video === videos[0])
  await expectEqualRows({ filters: `video==${videos[0]}` }, own, () => '')
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
