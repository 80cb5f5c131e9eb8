// The catalogue of the simulated platform: creators and their parts, and every video with whom it reaches.
import type { Visibility, VideoKind } from '#schemas/catalogue.ts'
import { createRandom } from './random.ts'
import type { Random } from './random.ts'
import { DAY_MS, SLOT_MS } from './scale.ts'
import type { Scale } from './scale.ts'
import { createWeights } from './weights.ts'
import { topics, worldRegions } from './world.ts'
import type { Topic, WorldRegion } from './world.ts'

/** What a creator is there to show; most show nothing but themselves. */
export type Part = 'star' | 'middling' | 'newcomer' | 'many small videos' | 'one of many'

export interface SimulatedCreator {
  readonly creatorId: string
  readonly handle: string
  readonly part: Part
  readonly region: WorldRegion
  /** Share of all traffic. */
  readonly weight: number
  readonly videos: number
}

export interface SimulatedVideo {
  readonly videoId: string
  readonly creator: SimulatedCreator
  readonly topic: Topic
  readonly title: string
  readonly durationMs: number
  readonly publishedAtMs: number
  readonly visibility: Visibility
  readonly kind: VideoKind
  /** Place of the video that this one was made from; null: none. */
  readonly original: number | null
  /** Draw at its best, relative to the others. */
  readonly weight: number
}

export interface SimulatedPlatform {
  readonly scale: Scale
  /** Begin of the first UTC day of history. */
  readonly beginMs: number
  /** End of the last UTC day of history. */
  readonly endMs: number
  readonly creators: readonly SimulatedCreator[]
  readonly videos: readonly SimulatedVideo[]
  /** Place of an old video that everybody wants for two days. */
  readonly spiking: number
  /** Places of the videos that saves are bought for, one of the middling creator, one of the newcomer. */
  readonly bought: readonly [number, number]
  /** Places of videos that end badly once the history is over. */
  readonly madePrivate: number
  readonly deleted: number
}

const FIRST_CREATOR = 900
const FIRST_VIDEO = 7001
const STAR_SHARE = 0.27
const REMIX_SHARE = 0.08
const HIDDEN_SHARE = 0.012
/** Videos from before the history. */
const OLD_DAYS = 200

const firstNames = ['mira', 'tilo', 'ana', 'kofi', 'yuki', 'lena', 'ravi', 'sol', 'ines', 'omar']

export function createPlatform(scale: Scale, beginMs: number): SimulatedPlatform {
  const random = createRandom(scale.seed, 'platform')
  const creators = createCreators(scale, random)
  const videos: SimulatedVideo[] = []
  for (const creator of creators) addVideos(videos, { creator, random, scale, beginMs })
  const ofPart = (part: Part): number[] =>
    videos.flatMap(({ creator }, place) => (creator.part === part ? [place] : []))
  const old = videos.findIndex(
    ({ creator, publishedAtMs, visibility }) =>
      creator.part === 'one of many' && publishedAtMs < beginMs - DAY_MS && visibility === 'public',
  )
  const others = ofPart('one of many')
  return {
    scale,
    beginMs,
    endMs: beginMs + scale.days * DAY_MS,
    creators,
    videos,
    spiking: Math.max(0, old),
    bought: [ofPart('middling')[0] ?? 0, ofPart('newcomer')[0] ?? 0],
    madePrivate: others.at(-1) ?? 0,
    deleted: others.at(-2) ?? 0,
  }
}

const parts: readonly { readonly part: Part; readonly weight: number; readonly videos: number }[] =
  [
    { part: 'star', weight: STAR_SHARE, videos: 0.02 },
    { part: 'middling', weight: 0.02, videos: 0.015 },
    { part: 'newcomer', weight: 0.006, videos: 0.003 },
    { part: 'many small videos', weight: 0.012, videos: 0.12 },
  ]

function createCreators({ creators, videos }: Scale, random: Random): readonly SimulatedCreator[] {
  const given = parts.map(({ videos: share, ...rest }) => ({
    ...rest,
    videos: Math.max(3, Math.round(videos * share)),
  }))
  const left = videos - given.reduce((sum, each) => sum + each.videos, 0)
  const others = Math.max(1, creators - parts.length)
  const zipf = Array.from({ length: others }, (_, rank) => 1 / (rank + 1) ** 0.7)
  const zipfSum = zipf.reduce((sum, each) => sum + each, 0)
  const rest = 1 - parts.reduce((sum, { weight }) => sum + weight, 0)
  const many = zipf.map((weight, rank) => ({
    part: 'one of many' as const,
    weight: (weight / zipfSum) * rest,
    videos: Math.floor(left / others) + (rank < left % others ? 1 : 0),
  }))
  return [...given, ...many].map(({ part, weight, videos: count }, index) => ({
    creatorId: String(FIRST_CREATOR + index),
    handle: `${firstNames[index % firstNames.length]}.${FIRST_CREATOR + index}`,
    part,
    region: random.pick(worldRegions),
    weight,
    videos: count,
  }))
}

interface VideosOf {
  readonly creator: SimulatedCreator
  readonly random: Random
  readonly scale: Scale
  readonly beginMs: number
}

function addVideos(videos: SimulatedVideo[], { creator, random, scale, beginMs }: VideosOf): void {
  // The star cooks, since what is cooked is saved.
  const topic = creator.part === 'star' ? topics[0] : random.pick(topics)
  const ranks = Array.from({ length: creator.videos }, (_, rank) =>
    creator.part === 'many small videos' ? 1 : 1 / (rank + 1) ** 0.8,
  )
  const weights = createWeights(ranks)
  for (const rank of ranks) {
    const place = videos.length
    const publishedAtMs = publicationOf(creator, { random, scale, beginMs })
    const earlier = random.below(Math.max(1, place))
    const original = originalOf(videos, { creator, random, publishedAtMs, earlier })
    videos.push({
      videoId: String(FIRST_VIDEO + place),
      creator,
      topic: original === null ? topic : (videos[original]?.topic ?? topic),
      title: titleOf(videos, { topic, original, random, place }),
      durationMs: 6000 + random.below(70_000),
      publishedAtMs,
      visibility: visibilityOf(creator, random),
      kind: original === null ? 'original' : random.pick(['stitch', 'duet'] as const),
      original,
      weight: (creator.weight * rank) / weights.total,
    })
  }
}

function publicationOf(
  { part }: SimulatedCreator,
  { random, scale: { days }, beginMs }: Omit<VideosOf, 'creator'>,
): number {
  const inDays =
    part === 'newcomer'
      ? days * (0.65 + 0.3 * random.next())
      : random.next() < 0.5
        ? days * random.next() * 0.95
        : -OLD_DAYS * random.next()
  return beginMs + Math.floor((inDays * DAY_MS) / SLOT_MS) * SLOT_MS + random.below(SLOT_MS)
}

/** Some videos are made from another creator's that was there before. */
function originalOf(
  videos: readonly SimulatedVideo[],
  about: {
    readonly creator: SimulatedCreator
    readonly random: Random
    readonly publishedAtMs: number
    readonly earlier: number
  },
): number | null {
  const { creator, random, publishedAtMs, earlier } = about
  const original = videos[earlier]
  if (random.next() >= REMIX_SHARE || original === undefined) return null
  const fits =
    original.creator !== creator &&
    original.publishedAtMs < publishedAtMs &&
    original.visibility === 'public'
  return fits ? earlier : null
}

function titleOf(
  videos: readonly SimulatedVideo[],
  about: {
    readonly topic: Topic
    readonly original: number | null
    readonly random: Random
    readonly place: number
  },
): string {
  const { topic, original, random, place } = about
  const made = original === null ? undefined : videos[original]
  if (made !== undefined) return `With ${made.creator.handle}: ${made.title}`.slice(0, 120)
  return `${random.pick(topic.titles)}, no. ${place + 1}`
}

function visibilityOf({ part }: SimulatedCreator, random: Random): Visibility {
  if (part !== 'one of many' || random.next() >= HIDDEN_SHARE) return 'public'
  return random.pick(['unlisted', 'friends', 'private'] as const)
}
