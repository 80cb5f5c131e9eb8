// One hour of the simulated platform: how busy each region is, and how much each video draws.
import type { SimulatedPlatform, SimulatedVideo } from './platform.ts'
import { DAY_MS, SLOT_MS } from './scale.ts'
import { createWeights } from './weights.ts'
import type { Weights } from './weights.ts'
import { activityOf, worldRegions } from './world.ts'

export interface Hour {
  /** Mean number of views of a slot. */
  readonly views: number
  readonly regions: Weights
  /** By place of the video. */
  readonly videos: Weights
}

/** Events that come with a view, itself among them. */
const EVENTS_PER_VIEW = 1.2
/** Share of all traffic that the spiking video draws at its height. */
const SPIKE_SHARE = 0.08

export function createHour(platform: SimulatedPlatform, hourMs: number): Hour {
  const { scale, videos } = platform
  const slots = (scale.days * DAY_MS) / SLOT_MS
  const active = worldRegions.map((region) => region.share * activityOf(region, hourMs))
  const activity = active.reduce((sum, each) => sum + each, 0)
  return {
    views: (scale.events / EVENTS_PER_VIEW / slots) * activity,
    regions: createWeights(active),
    videos: createWeights(videos.map((video, place) => drawOf(platform, { video, place, hourMs }))),
  }
}

/** Whether the old video is what everybody wants. */
export function isSpike({ beginMs, scale }: SimulatedPlatform, atMs: number): boolean {
  const fromMs = beginMs + Math.floor(scale.days * 0.6) * DAY_MS
  return atMs >= fromMs && atMs < fromMs + 2 * DAY_MS
}

function drawOf(
  platform: SimulatedPlatform,
  { video, place, hourMs }: { video: SimulatedVideo; place: number; hourMs: number },
): number {
  const ageDays = (hourMs - video.publishedAtMs) / DAY_MS
  if (ageDays < 0) return 0
  const isOver = hourMs >= platform.endMs
  if (isOver && place === platform.deleted) return 0
  const isHidden = video.visibility !== 'public' || (isOver && place === platform.madePrivate)
  const spike = place === platform.spiking && isSpike(platform, hourMs) ? SPIKE_SHARE : 0
  // What is new draws most; what is old keeps a part for ever.
  const draw = video.weight * (0.1 + 1 / (1 + ageDays / 4))
  return (isHidden ? draw * 0.1 : draw) + spike
}
