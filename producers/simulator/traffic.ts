// What viewers do in ten seconds: made from seed and time alone, so that sending a slot again changes nothing.
import { UUID7_RANDOM_BYTES, uuid7 } from '#schemas/ids.ts'
import { createRandom } from './random.ts'
import type { Random } from './random.ts'
import type { SimulatedPlatform, SimulatedVideo } from './platform.ts'

export const TRAFFIC_SLOT_MS = 10_000

const VIEWS_PER_SLOT = 8
const FIRST_VIEWER = 50_001

const regions = ['IN', 'BR', 'US', 'DE', 'ID', 'NG', 'JP', 'ZZ'] as const
const ages = ['18-24', '25-34', '35-44', '45-54', 'unknown'] as const
const genders = ['female', 'male', 'other', 'unknown'] as const
const sources = ['for_you', 'for_you', 'for_you', 'following', 'search', 'profile'] as const

/** How often a view is followed by each act. */
const actRates = { like: 0.12, save: 0.05, share: 0.02, comment: 0.015, follow: 0.008 } as const

export type WireEvent = Readonly<Record<string, string | number>>

/** The events of the slot that begins at `slotMs`, as JSON for the collector. */
export function eventsOfSlot(
  platform: SimulatedPlatform,
  seed: string,
  slotMs: number,
): readonly WireEvent[] {
  const random = createRandom(seed, 'slot', slotMs)
  const events: WireEvent[] = []
  for (let view = 0; view < VIEWS_PER_SLOT; view++) {
    const video = pickVideo(platform, random)
    const viewer = random.below(platform.viewers)
    const atMs = slotMs + random.below(TRAFFIC_SLOT_MS)
    const common = {
      ...traitsOf(seed, viewer),
      video_id: video.videoId,
      creator_id: video.creatorId,
      traffic_source: random.pick(sources),
    }
    const watched_ms = Math.floor(video.durationMs * random.next() * 1.4)
    const duration_ms = video.durationMs
    events.push({ ...stamp('view', atMs, random), ...common, watched_ms, duration_ms })
    for (const [type, rate] of Object.entries(actRates)) {
      if (random.next() < rate) events.push({ ...stamp(type, atMs, random), ...common })
    }
  }
  return events
}

function pickVideo({ videos }: SimulatedPlatform, random: Random): SimulatedVideo {
  const total = videos.reduce((sum, { weight }) => sum + weight, 0)
  let rest = random.next() * total
  const found = videos.find(({ weight }) => (rest -= weight) < 0) ?? videos[0]
  if (found === undefined) throw new Error('a platform has at least one video')
  return found
}

/** A viewer stays who they are. */
function traitsOf(seed: string, viewer: number): WireEvent {
  const random = createRandom(seed, 'viewer', viewer)
  return {
    user_id: String(FIRST_VIEWER + viewer),
    region: random.pick(regions),
    age_band: random.pick(ages),
    gender: random.pick(genders),
    device: random.pick(['mobile', 'mobile', 'mobile', 'tablet', 'desktop'] as const),
  }
}

function stamp(type: string, atMs: number, random: Random): WireEvent {
  // Sixteen are drawn, of which ten are used: other draws would make other events of the same seed.
  const event_id = uuid7(atMs, random.bytes(16).subarray(-UUID7_RANDOM_BYTES))
  return { event_id, type, occurred_at: new Date(atMs).toISOString() }
}
