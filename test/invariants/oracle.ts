// Holds every table against the journal, row by row: written from the definitions, without the project's own code; guarded leaves in a file of their own.
import { setTimeout as sleep } from 'node:timers/promises'
import { storedNames, storedOf } from '../support/tally.ts'
import type { Act } from '../support/tally.ts'
import type { Clickhouse } from './clickhouse.ts'
import type { Journal } from './journal.ts'
import { compareSeals } from './seal-oracle.ts'
import type { SealSources } from './seal-sources.ts'

export type Servers = SealSources

export interface Verdict {
  /** Rows and cells that were compared. */
  readonly compared: number
  /** False: too early to say, or a server is away. */
  readonly isDue: boolean
  /** One line each: which table, which row, what it says and what it should. */
  readonly differences: readonly string[]
}

const spanMs = { minute: 60_000, quarter: 900_000, day: 86_400_000 } as const
type SpanName = keyof typeof spanMs

/** Minutes are of use for an hour. */
const MINUTES_MS = 3_600_000
const PAUSE_MS = 1000
/** How long a platform may take until its watermark has passed the last event. */
const DUE_LIMIT_MS = 120_000

/**
 * Compares until all is equal or the time is over: late quarters are counted in turn.
 */
export async function untilEqual(
  servers: Servers,
  journal: Journal,
  { sinceMs, limitMs, onWait }: WaitOptions,
): Promise<Verdict> {
  let deadline = Date.now() + DUE_LIMIT_MS
  let isDue = false
  for (;;) {
    const verdict = await compareAll(servers, journal, sinceMs)
    if (verdict.differences.length === 0 || Date.now() > deadline) return verdict
    if (verdict.isDue && !isDue) {
      isDue = true
      deadline = Date.now() + limitMs
    }
    onWait?.(verdict)
    await sleep(PAUSE_MS)
  }
}

export interface WaitOptions {
  /** When the last event was acknowledged: numbers of an earlier watermark are not yet due. */
  readonly sinceMs: number
  /** From when they are. */
  readonly limitMs: number
  /** Hears what is not yet equal. */
  readonly onWait?: (verdict: Verdict) => void
}

async function compareAll(servers: Servers, journal: Journal, sinceMs: number): Promise<Verdict> {
  try {
    const saves = await compareSaves(servers.vault, journal)
    const finished = await lastFinished(servers.rollups)
    if (finished === null || finished.watermarkMs <= sinceMs) {
      const early = `the watermark is still before ${new Date(sinceMs).toISOString()}`
      return { compared: 0, isDue: false, differences: [early] }
    }
    const facts = await compareFacts(servers.vault, journal)
    if (facts.differences.length > 0) return facts
    const counted = facts.standing
    const tables: Verdict[] = []
    for (const span of ['minute', 'quarter', 'day'] as const) {
      for (const owner of ['video', 'creator'] as const) {
        tables.push(
          await compareTotals(servers.rollups, journal, { owner, span, counted, finished }),
        )
      }
    }
    const people = await comparePeople(servers.rollups, journal, { counted, finished })
    const open = [saves, facts, ...tables, people]
    const isOpenEqual = open.every(({ differences }) => differences.length === 0)
    const all = [...open, ...(isOpenEqual ? [await compareSeals(servers, journal)] : [])]
    return {
      compared: all.reduce((sum, { compared }) => sum + compared, 0),
      isDue: true,
      differences: all.flatMap(({ differences }) => differences),
    }
  } catch (error) {
    // A server that is just being started again.
    return { compared: 0, isDue: false, differences: [String(error)] }
  }
}

interface Finished {
  readonly generation: string
  readonly watermarkMs: number
  readonly completeThroughMs: number
  readonly peopleThroughMs: number
}

async function lastFinished(rollups: Clickhouse): Promise<Finished | null> {
  const [row] = await rollups.rows(
    `select generation, toUnixTimestamp64Milli(watermark), toUnixTimestamp(complete_through),
       toUnixTimestamp(people_through)
     from rollups.generations order by generation desc, finished_at desc limit 1`,
  )
  if (row === undefined) return null
  const [generation = '0', watermark, complete, people] = row
  return {
    generation,
    watermarkMs: Number(watermark),
    completeThroughMs: Number(complete) * 1000,
    peopleThroughMs: Number(people) * 1000,
  }
}

/** Every id once, with one of the payloads that were sent under it; a creator's own acts are no facts. */
async function compareFacts(
  vault: Clickhouse,
  journal: Journal,
): Promise<Verdict & { readonly standing: readonly Act[] }> {
  const rows = await vault.rows(
    `select lower(hex(event_id)), type, video_id, creator_id, toUnixTimestamp64Milli(occurred_at),
       watched_ms, duration_ms
     from vault.facts final where video_id in (${videosOf(journal).join(', ')})`,
  )
  const differences: string[] = []
  const standing: Act[] = []
  const seen = new Set<string>()
  for (const [id = '', ...cells] of rows) {
    const fact = cells.join(' ')
    const sent = foreignActs(journal, id)
    const act = sent.find((each) => factOf(each, journal) === fact)
    if (seen.has(id)) differences.push(`facts: ${id} stands twice`)
    seen.add(id)
    if (act === undefined) differences.push(`facts: ${id} is ${fact}, sent was ${sent.length}`)
    else standing.push(act)
  }
  for (const id of journal.acts.keys()) {
    if (seen.has(id) || foreignActs(journal, id).length === 0) continue
    differences.push(`facts: ${id} is missing, sent ${journal.ways.get(id)}`)
  }
  return { compared: rows.length, isDue: true, differences, standing }
}

/** What was done under an id to a video of somebody else. */
function foreignActs(journal: Journal, id: string): readonly Act[] {
  const acts = journal.acts.get(id) ?? []
  return acts.filter(({ user, video }) => String(user) !== journal.ownerOf(video))
}

function factOf({ type, video, atMs, watched, duration }: Act, journal: Journal): string {
  return [type, video, journal.ownerOf(video), atMs, watched, duration].join(' ')
}

async function compareSaves(vault: Clickhouse, journal: Journal): Promise<Verdict> {
  const own = journal.creators.flatMap((creator) => creator.saved)
  const videos = [...videosOf(journal), ...own].join(', ')
  const [bySaver, byVideo] = await Promise.all([
    vault.rows(
      `select user_id, video_id, saved, toUnixTimestamp64Milli(saved_at), version
       from vault.saves final where video_id in (${videos})`,
    ),
    vault.rows(
      `select user_id, video_id, saved, version from vault.savers final
       where video_id in (${videos})`,
    ),
  ])
  const differences: string[] = []
  const pairs = new Map(bySaver.map(([user, video, ...state]) => [`${user} ${video}`, state]))
  for (const [pair, { saved, atMs, version }] of journal.saves) {
    const expected = [String(saved), String(atMs), String(version)].join(' ')
    const found = pairs.get(pair)?.join(' ')
    if (found !== expected) differences.push(`saves: ${pair} is ${found}, should be ${expected}`)
  }
  for (const [pair, saved] of journal.ownSaves) {
    const found = pairs.get(pair)?.[0] ?? 'false'
    if (found !== String(saved)) differences.push(`saves: ${pair} is ${found}, should be ${saved}`)
  }
  for (const pair of pairs.keys()) {
    if (journal.saves.has(pair) || journal.ownSaves.has(pair)) continue
    differences.push(`saves: nobody saved ${pair}`)
  }
  const mirrored = byVideo.map((row) => row.join(' ')).toSorted()
  const listed = bySaver.map(([user, video, saved, , version]) =>
    [user, video, saved, version].join(' '),
  )
  if (mirrored.join('\n') !== listed.toSorted().join('\n')) {
    differences.push('savers: differs from saves')
  }
  return { compared: bySaver.length, isDue: true, differences }
}

interface TotalsOptions {
  readonly owner: 'video' | 'creator'
  readonly span: SpanName
  readonly counted: readonly Act[]
  readonly finished: Finished
}

async function compareTotals(
  rollups: Clickhouse,
  journal: Journal,
  { owner, span, counted, finished }: TotalsOptions,
): Promise<Verdict> {
  const lengthMs = spanMs[span]
  const nowMs = Date.now()
  const fromMs = span === 'minute' ? nowMs - MINUTES_MS : 0
  const toMs =
    span === 'minute'
      ? finished.watermarkMs - lengthMs
      : Math.floor(finished.completeThroughMs / lengthMs) * lengthMs
  const isDue = (startMs: number): boolean => startMs >= fromMs && startMs < toMs
  const ids = owner === 'video' ? videosOf(journal) : journal.creators.map(({ id }) => id)
  const newest = storedNames.map((name) => `argMax(${name}, generation)`)
  const rows = await rollups.rows(
    `select ${owner}_id, toUnixTimestamp(toDateTime(${span}, 'UTC')), ${newest.join(', ')}
     from rollups.${owner}_${span}s
     where ${owner}_id in (${ids.join(', ')}) and generation <= ${finished.generation}
     group by ${owner}_id, ${span}`,
  )
  const published = new Map(
    rows
      .filter(
        ([, startS, ...sums]) => isDue(Number(startS) * 1000) && sums.some((sum) => sum !== '0'),
      )
      .map(([id, startS, ...sums]) => [`${id} ${Number(startS) * 1000}`, sums.join(' ')]),
  )
  const startOf = (atMs: number): number => Math.floor(atMs / lengthMs) * lengthMs
  const groups = Map.groupBy(
    counted.filter(({ atMs }) => isDue(startOf(atMs))),
    ({ video, atMs }) => `${owner === 'video' ? video : journal.ownerOf(video)} ${startOf(atMs)}`,
  )
  const expected = new Map(
    [...groups]
      .map(([key, acts]) => [key, Object.values(storedOf(acts))] as const)
      .filter(([, sums]) => sums.some((sum) => sum > 0))
      .map(([key, sums]) => [key, sums.join(' ')]),
  )
  return differing(`${owner}_${span}s`, published, expected)
}

const peopleKinds: Readonly<Record<string, readonly string[]>> = {
  viewers: ['view'],
  likers: ['like'],
  commenters: ['comment'],
  remixers: ['stitch', 'duet'],
}

/** People whose first act on a video lies in the day; disputed ids may have shown both of their acts. */
async function comparePeople(
  rollups: Clickhouse,
  journal: Journal,
  { counted, finished }: Pick<TotalsOptions, 'counted' | 'finished'>,
): Promise<Verdict> {
  const videos = journal.creators.flatMap((creator) => creator.videos)
  const kinds = Object.keys(peopleKinds)
  const rows = await rollups.rows(
    `select video_id, toUnixTimestamp(toDateTime(day, 'UTC')),
       ${kinds.map((kind) => `argMax(${kind}, generation)`).join(', ')}
     from rollups.video_people_days
     where video_id in (${videos.join(', ')}) and generation <= ${finished.generation}
     group by video_id, day`,
  )
  const isDue = (dayMs: number): boolean => dayMs < finished.peopleThroughMs
  const published = new Map(
    rows
      .filter(
        ([, dayS, ...counts]) =>
          isDue(Number(dayS) * 1000) && counts.some((count) => count !== '0'),
      )
      .map(([id, dayS, ...counts]) => [`${id} ${Number(dayS) * 1000}`, counts.join(' ')]),
  )
  const first = new Map<string, number>()
  const known = new Set(videos)
  for (const { type, user, video, atMs } of counted) {
    const kind = kinds.findIndex((each) => peopleKinds[each]?.includes(type))
    if (kind === -1 || !known.has(video)) continue
    const key = `${kind} ${video} ${user}`
    first.set(key, Math.min(atMs, first.get(key) ?? Infinity))
  }
  const sums = new Map<string, number[]>()
  for (const [key, atMs] of first) {
    const [kind = '0', video] = key.split(' ')
    const dayMs = Math.floor(atMs / spanMs.day) * spanMs.day
    if (!isDue(dayMs)) continue
    const cell = sums.get(`${video} ${dayMs}`) ?? kinds.map(() => 0)
    cell[Number(kind)] = (cell[Number(kind)] ?? 0) + 1
    sums.set(`${video} ${dayMs}`, cell)
  }
  const expected = new Map([...sums].map(([key, counts]) => [key, counts.join(' ')]))
  return differing('video_people_days', published, expected)
}

function differing(
  table: string,
  published: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): Verdict {
  const keys = [...new Set([...published.keys(), ...expected.keys()])]
  const differences = keys
    .filter((key) => published.get(key) !== expected.get(key))
    .map(
      (key) =>
        `${table}: ${key} is ${published.get(key) ?? 'not there'}, should be ${expected.get(key) ?? 'none'}`,
    )
  return { compared: keys.length, isDue: true, differences }
}

function videosOf(journal: Journal): readonly number[] {
  return journal.creators.flatMap(({ videos, disputed }) => [...videos, ...disputed])
}
