// What people do in ten seconds: made from platform and time alone, so that any slot can be made again, alike.
import type { TrafficSource } from '#schemas/dimensions.ts'
import { createHour, isSpike } from './hour.ts'
import type { Hour } from './hour.ts'
import { actsOfVisit, createAct } from './acts.ts'
import type { SimulatedAct, Visit } from './acts.ts'
import type { People, Person } from './people.ts'
import type { SimulatedPlatform } from './platform.ts'
import { createRandoms } from './random.ts'
import type { Random } from './random.ts'
import { HOUR_MS, SLOT_MS, slotOf } from './scale.ts'
import { createWeights } from './weights.ts'
import { commonSources } from './world.ts'

export interface Traffic {
  /** What is done in the slot from `slotMs` on, with everything that takes it back later. */
  actsOf(slotMs: number): readonly SimulatedAct[]
}

/** How often people are before their own video. */
const OWN_SHARE = 0.003
const BURST_MS = 20 * 60_000
/** Of each burst at three million events. */
const BURST_SAVES = 1500
/** Hours that are kept: undoings look back at several. */
const HOURS_KEPT = 24

export function createTraffic(platform: SimulatedPlatform, people: People): Traffic {
  const { scale, videos, beginMs } = platform
  const hours = new Map<number, Hour>()
  const sources = createWeights(commonSources.map(([, share]) => share))
  const remixes = Map.groupBy(videos.keys(), (place) =>
    videos[place]?.original == null ? 0 : slotOf(videos[place].publishedAtMs),
  )
  const bursts = burstsOf(platform)
  const randoms = createRandoms(scale.seed, 'slots')

  function hourOf(slotMs: number): Hour {
    const hourMs = Math.floor(slotMs / HOUR_MS) * HOUR_MS
    const known = hours.get(hourMs)
    if (known !== undefined) return known
    const hour = createHour(platform, hourMs)
    const [oldest] = hours.keys()
    if (oldest !== undefined && hours.size >= HOURS_KEPT) hours.delete(oldest)
    hours.set(hourMs, hour)
    return hour
  }

  /** A video that goes with the person, as far as some looking finds one. */
  function videoFor({ age, region }: Person, hour: Hour, random: Random): number {
    let place = 0
    for (let tries = 0; tries < 5; tries++) {
      place = hour.videos.draw(random.next())
      const video = videos[place]
      if (video === undefined) continue
      const suits = age === 'unknown' || video.topic.ages.includes(age) ? 1 : 0.5
      const near = video.creator.region === region ? 1 : 0.5
      if (random.next() < suits * near) break
    }
    return place
  }

  function sourceOf(place: number, atMs: number, random: Random): TrafficSource {
    const video = videos[place]
    const part = random.next()
    if (place === platform.spiking && part < 0.7 && isSpike(platform, atMs)) {
      return random.pick(['share_link', 'external', 'search'] as const)
    }
    if (video?.kind === 'stitch' && part < 0.3) return 'stitch'
    if (video?.kind === 'duet' && part < 0.3) return 'duet'
    if (video?.creator.part === 'star' && part < 0.2) return 'following'
    return commonSources[sources.draw(random.next())]?.[0] ?? 'unknown'
  }

  function addVisit(acts: SimulatedAct[], slotMs: number, random: Random): void {
    const hour = hourOf(slotMs)
    const viewer = people.viewerOf(hour.regions.draw(random.next()), random.next())
    const person = people.person(viewer)
    const place = videoFor(person, hour, random)
    const video = videos[place]
    if (video === undefined) return
    const isOwn = random.next() < OWN_SHARE
    const atMs = slotMs + random.below(SLOT_MS)
    const visit: Visit = {
      video,
      place,
      atMs,
      person,
      userId: isOwn ? video.creator.creatorId : person.userId,
      actor: isOwn ? scale.viewers + Number(video.creator.creatorId) : viewer,
      source: sourceOf(place, atMs, random),
      random,
    }
    acts.push(...actsOfVisit(visit))
  }

  function addRemixes(acts: SimulatedAct[], slotMs: number, random: Random): void {
    for (const place of remixes.get(slotMs) ?? []) {
      const derived = videos[place]
      const original = derived?.original ?? null
      const video = original === null ? undefined : videos[original]
      if (derived === undefined || original === null || video === undefined) continue
      const { creator, publishedAtMs: atMs, kind, videoId: derived_video_id } = derived
      const visit: Visit = {
        video,
        place: original,
        atMs,
        person: { ...people.person(0), userId: creator.creatorId, region: creator.region },
        userId: creator.creatorId,
        actor: scale.viewers + Number(creator.creatorId),
        source: 'for_you',
        random,
      }
      const type = kind === 'duet' ? 'duet' : 'stitch'
      acts.push(createAct(visit, { type, derived_video_id }))
    }
  }

  function addBought(acts: SimulatedAct[], slotMs: number, random: Random): void {
    for (const { place, fromMs } of bursts) {
      const video = videos[place]
      if (video === undefined || slotMs < fromMs || slotMs >= fromMs + BURST_MS) continue
      const slots = BURST_MS / SLOT_MS
      const mean = (BURST_SAVES * scale.events) / 3e6 / slots
      const count = Math.floor(mean + random.next())
      for (let index = 0; index < count; index++) {
        const order = ((slotMs - fromMs) / SLOT_MS) * Math.ceil(mean) + index
        const actor = people.bought(order)
        const person = people.person(actor)
        const atMs = slotMs + random.below(SLOT_MS)
        const { userId } = person
        const source = 'external'
        acts.push(
          createAct(
            { video, place, atMs, person, userId, actor, source, random },
            { type: 'save' },
          ),
        )
      }
    }
  }

  return {
    actsOf(slotMs) {
      const acts: SimulatedAct[] = []
      if (slotMs < beginMs) return acts
      const random = randoms(slotMs / SLOT_MS)
      const visits = Math.floor(hourOf(slotMs).views + random.next())
      for (let visit = 0; visit < visits; visit++) addVisit(acts, slotMs, random)
      addRemixes(acts, slotMs, random)
      addBought(acts, slotMs, random)
      return acts
    },
  }
}

function burstsOf({
  bought: [middling, newcomer],
  videos,
  beginMs,
  endMs,
  scale,
}: SimulatedPlatform): readonly { readonly place: number; readonly fromMs: number }[] {
  const planned = [
    { place: middling, atMs: beginMs + (Math.floor(scale.days * 0.45) * 24 + 16) * HOUR_MS },
    { place: newcomer, atMs: beginMs },
  ]
  return planned.map(({ place, atMs }) => {
    const fromMs = Math.max(atMs, (videos[place]?.publishedAtMs ?? 0) + 12 * HOUR_MS)
    return { place, fromMs: slotOf(Math.min(fromMs, endMs - HOUR_MS)) }
  })
}
