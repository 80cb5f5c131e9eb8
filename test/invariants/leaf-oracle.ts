// Holds the guarded leaves against the log of decisions, the marks of people and the journal: each is decided once, published as decided, and counts whom it marks.
import type { Decision } from '#schemas/decision.ts'
import type { Clickhouse } from './clickhouse.ts'
import { asDecided } from './decided-once.ts'
import type { DecidedSeal } from './decided-once.ts'
import { noiseOfTotal } from './drawn-noise.ts'
import { actsDue, countBefore, createDuePeople, firstTimes } from './first-acts.ts'
import { videosOf } from './journal.ts'
import type { Journal, TrialCreator } from './journal.ts'
import type { SealSources, SealVerdict } from './seal-sources.ts'

/** In the order of the columns. */
const measures = ['saves', 'unsaves', 'shares'] as const
type Measure = (typeof measures)[number]

/** The budget of a leaf, as the privacy statement has it. */
const epsilons: Readonly<Record<Measure, number>> = { saves: 0.5, unsaves: 0.25, shares: 0.5 }

const HOUR_MS = 3_600_000
const EDGE_MS = 300_000
/** A video whose past was imported was at least so many days old: each of them is a leaf, or more. */
const PAST_LEAVES = 2

interface Leaf {
  readonly video: number
  readonly ordinal: number
  readonly fromMs: number
  readonly toMs: number
  readonly values: readonly number[]
  readonly policy: string
  readonly decidedMs: number
}

/** People of a video, by measure. */
type Counts = readonly number[]

interface People {
  /** Marked people by `video/ordinal`. */
  readonly marked: ReadonlyMap<string, Counts>
  /** Everybody by video, marked or not. */
  readonly all: ReadonlyMap<number, Counts>
}

/**
 * @param countedSinceMs a vault that was restored has people of leaves that were decided before marked by
 * time, who came in late among them: those leaves have no exact count any more.
 * @throws Error when a server or the log is away.
 */
export async function compareLeaves(
  sources: SealSources,
  journal: Journal,
  countedSinceMs = 0,
): Promise<SealVerdict> {
  const videos = journal.creators.flatMap(videosOf)
  const before = await readLeaves(sources.rollups, videos)
  const decisions = await sources.decisions()
  const people = await readPeople(sources.vault, videos)
  const leaves = await readLeaves(sources.rollups, videos)
  if (JSON.stringify(before) !== JSON.stringify(leaves)) {
    return { compared: 0, differences: ['leaves: more of them are published just now'] }
  }
  const byVideo = Map.groupBy(leaves, ({ video }) => video)
  const wanted = new Set(videos)
  const decided = decisions
    .filter(({ table }) => table === 'totals')
    .map(leafOf)
    .filter(({ video }) => wanted.has(video))
  const differences = [
    ...asDecided('leaves', leaves.map(sealOf), decided.map(sealOf)),
    ...[...byVideo.values()].flatMap((own) => tiling(own, journal)),
    ...leaves
      .filter(({ decidedMs }) => decidedMs >= countedSinceMs)
      .flatMap((leaf) => asCounted(leaf, { people, noiseKeys: sources.noiseKeys })),
    ...unpublished(people, leaves),
    ...journal.creators.flatMap((creator) => asDone(creator, { journal, people, byVideo })),
    ...pastsSealed(journal, byVideo),
  ]
  return { compared: leaves.length * measures.length, differences }
}

function keyOf({ video, ordinal }: Pick<Leaf, 'video' | 'ordinal'>): string {
  return `${video}/${ordinal}`
}

function sealOf(leaf: Leaf): DecidedSeal {
  return { key: keyOf(leaf), says: JSON.stringify(leaf) }
}

async function readLeaves(
  rollups: Clickhouse,
  videos: readonly number[],
): Promise<readonly Leaf[]> {
  // Without FINAL: rows that are not merged yet must be equal as well.
  const rows = await rollups.rows(
    `select distinct video_id, leaf, toUnixTimestamp(from_at), toUnixTimestamp(to_at), policy,
       toUnixTimestamp(decided_at), ${measures.join(', ')}
     from rollups.video_leaves where video_id in (${videos.join(', ')})
     order by video_id, leaf`,
  )
  return rows.map(([video, ordinal, from, to, policy = '', decided, ...values]) => ({
    video: Number(video),
    ordinal: Number(ordinal),
    fromMs: Number(from) * 1000,
    toMs: Number(to) * 1000,
    policy,
    decidedMs: Number(decided) * 1000,
    values: values.map(Number),
  }))
}

/** By the last bits of a packed first act, below the time or the ordinal that it has in place of it. */
const ATTRIBUTE_BITS = 21
const ORDINALS_END = 1_000_000

async function readPeople(vault: Clickhouse, videos: readonly number[]): Promise<People> {
  const rows = await vault.rows(
    `select video_id, if(at < ${ORDINALS_END}, at, 0) as ordinal,
       ${measures.map((each) => `countIf(metric = '${each}')`).join(', ')}
     from (
       select metric, video_id, person, bitShiftRight(min(total), ${ATTRIBUTE_BITS}) as at
       from vault.people
       where metric in (${measures.map((each) => `'${each}'`).join(', ')})
         and video_id in (${videos.join(', ')})
       group by metric, video_id, person
     )
     group by video_id, ordinal`,
  )
  const marked = new Map<string, Counts>()
  const all = new Map<number, Counts>()
  for (const [id, ordinal, ...cells] of rows) {
    const video = Number(id)
    const counts = cells.map(Number)
    if (ordinal !== '0') marked.set(keyOf({ video, ordinal: Number(ordinal) }), counts)
    const sum = all.get(video) ?? []
    all.set(
      video,
      counts.map((count, each) => count + (sum[each] ?? 0)),
    )
  }
  return { marked, all }
}

function leafOf({ subject, ordinal, from_at, to_at, cells, policy, decided_at }: Decision): Leaf {
  return {
    video: Number(subject),
    ordinal,
    fromMs: Number(from_at),
    toMs: Number(to_at),
    policy,
    decidedMs: Number(decided_at),
    values: measures.map((name) => cells.find((cell) => cell.name === name)?.values[0] ?? NaN),
  }
}

/** Leaves of one video count from 1 and follow each other from the hour of publication. */
function tiling(own: readonly Leaf[], journal: Journal): readonly string[] {
  const [first] = own
  const creator = journal.creators.find((each) => videosOf(each).includes(first?.video ?? 0))
  let endMs = Math.floor((creator?.publishedMs ?? 0) / HOUR_MS) * HOUR_MS
  return own.flatMap((leaf, index) => {
    const { fromMs, toMs, ordinal } = leaf
    const fits = ordinal === index + 1 && fromMs === endMs && toMs > fromMs && toMs % EDGE_MS === 0
    endMs = toMs
    return fits ? [] : [`leaves: ${keyOf(leaf)} does not follow the one before`]
  })
}

interface Counted {
  readonly people: People
  readonly noiseKeys: string
}

/** A number is how many are marked with its leaf, and the noise that is drawn for exactly that. */
function asCounted(leaf: Leaf, { people, noiseKeys }: Counted): readonly string[] {
  const counts = people.marked.get(keyOf(leaf)) ?? measures.map(() => 0)
  const { video, fromMs, toMs, values, decidedMs } = leaf
  return measures.flatMap((metric, each) => {
    const count = counts[each] ?? 0
    const cell = { table: 'totals', subject: BigInt(video), metric, fromMs, toMs, count }
    const noise = noiseOfTotal(cell, { noiseKeys, decidedMs, epsilon: epsilons[metric] })
    if (values[each] === count + noise) return []
    return [
      `leaves: ${metric} of ${keyOf(leaf)} are ${values[each]}; marked are ${count}, noise ${noise}`,
    ]
  })
}

function unpublished({ marked }: People, leaves: readonly Leaf[]): readonly string[] {
  const published = new Set(leaves.map(keyOf))
  return [...marked.keys()]
    .filter((key) => !published.has(key))
    .map((key) => `people: some are marked with leaf ${key}, which is not published`)
}

interface Done {
  readonly journal: Journal
  readonly people: People
  readonly byVideo: ReadonlyMap<number, readonly Leaf[]>
}

/** Everybody who acted is counted in one leaf or in none yet: not before they acted, and no later than they have to be. */
function asDone(
  { id, videos }: TrialCreator,
  { journal, people, byVideo }: Done,
): readonly string[] {
  const acts = [...journal.acts.values()].flat()
  return videos.flatMap((video) =>
    measures.flatMap((metric, each) => {
      const whose = { video, types: [metric.slice(0, -1)], owner: id }
      const firsts = firstTimes(acts, whose)
      const known = people.all.get(video)?.[each] ?? 0
      if (known !== firsts.size) {
        return [`people: ${known} are known for ${metric} of ${video}, ${firsts.size} acted`]
      }
      let sealed = 0
      const surely = createDuePeople()
      return (byVideo.get(video) ?? []).flatMap((leaf) => {
        sealed += people.marked.get(keyOf(leaf))?.[each] ?? 0
        const most = countBefore(firsts, leaf.toMs)
        const due = firstTimes(actsDue(journal, leaf.decidedMs), whose)
        const least = surely.through(leaf, due, reachesIntoNextHour(leaf))
        if (sealed >= least && sealed <= most) return []
        return [
          `people: ${sealed} are sealed for ${metric} through leaf ${keyOf(leaf)}, should be ${least} to ${most}`,
        ]
      })
    }),
  )
}

/** Once an hour a leaf takes whoever came in late; others only those of its own time. */
function reachesIntoNextHour({ fromMs, toMs }: Leaf): boolean {
  return Math.floor(toMs / HOUR_MS) > Math.floor(fromMs / HOUR_MS)
}

function pastsSealed(
  { imports }: Journal,
  byVideo: ReadonlyMap<number, readonly Leaf[]>,
): readonly string[] {
  const videos = new Set(imports.flatMap(({ acts }) => acts.map(({ video }) => video)))
  return [...videos]
    .filter((video) => (byVideo.get(video)?.length ?? 0) < PAST_LEAVES)
    .map((video) => `leaves: the past of ${video} is not sealed`)
}
