// The simulated platform: alike whenever it is made, lively in the ways that reports are to show, and sound by the rules of the edge.
import { describe, expect, test } from 'vitest'
import { parseEvent } from '#schemas/events/event.ts'
import type { SimulatedAct } from '#producers/simulator/acts.ts'
import { createPeople } from '#producers/simulator/people.ts'
import { createPlatform } from '#producers/simulator/platform.ts'
import { DAY_MS, HOUR_MS, SLOT_MS } from '#producers/simulator/scale.ts'
import { createTraffic } from '#producers/simulator/traffic.ts'

const scale = {
  seed: 'test',
  events: 200_000,
  days: 14,
  videos: 300,
  creators: 30,
  viewers: 5000,
}
const beginMs = Date.UTC(2026, 9, 1)
const platform = createPlatform(scale, beginMs)
const traffic = createTraffic(platform, createPeople(scale))
const slots = Array.from(
  { length: (scale.days * DAY_MS) / SLOT_MS },
  (_, at) => beginMs + at * SLOT_MS,
)
const acts = slots.flatMap((slotMs) => traffic.actsOf(slotMs))
const ofType = (type: string): readonly SimulatedAct[] =>
  acts.filter(({ event }) => event.type === type)
const views = ofType('view')
const saves = ofType('save')

/** How many acts of `some` there are for one of `all`, where `suits`. */
function rate(
  some: readonly SimulatedAct[],
  all: readonly SimulatedAct[],
  suits: (act: SimulatedAct) => boolean,
): number {
  return some.filter(suits).length / all.filter(suits).length
}

const topicOf = ({ video }: SimulatedAct): string => platform.videos[video]?.topic.name ?? ''
const partOf = ({ video }: SimulatedAct): string => platform.videos[video]?.creator.part ?? ''

describe('a simulated platform', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(createPlatform(scale, beginMs)).toEqual(platform)
    const other = createPlatform({ ...scale, seed: 'other' }, beginMs)
    expect(other.videos).not.toEqual(platform.videos)
  })

  test('has as many creators and videos as were asked for, each with an id of its own', () => {
    expect(platform.creators).toHaveLength(scale.creators)
    expect(platform.videos).toHaveLength(scale.videos)
    expect(new Set(platform.videos.map(({ videoId }) => videoId)).size).toBe(scale.videos)
  })

  test('has remixes that came after a public video of another creator', () => {
    const remixes = platform.videos.filter(({ original }) => original !== null)
    expect(remixes.length).toBeGreaterThan(5)
    for (const { original, creator, publishedAtMs } of remixes) {
      const from = platform.videos[original ?? -1]
      expect(from?.creator).not.toBe(creator)
      expect(from?.visibility).toBe('public')
      expect(from?.publishedAtMs).toBeLessThan(publishedAtMs)
    }
  })

  test('makes a slot again exactly as it was, in whatever order it is asked', () => {
    const again = createTraffic(createPlatform(scale, beginMs), createPeople(scale))
    for (const slotMs of [slots[5000] ?? 0, slots[77] ?? 0, slots[90_000] ?? 0]) {
      expect(again.actsOf(slotMs)).toEqual(traffic.actsOf(slotMs))
    }
  })

  test('has about as many events as were asked for', () => {
    expect(acts.length / scale.events).toBeGreaterThan(0.9)
    expect(acts.length / scale.events).toBeLessThan(1.1)
  })
})

describe('every event', () => {
  test('would be taken at the edge', () => {
    const arrival = { arrivedAtMs: platform.endMs + 30 * DAY_MS, backfill: true }
    const refused = acts.flatMap(({ event }) => {
      const outcome = parseEvent(event, arrival)
      return outcome.ok ? [] : [outcome.fault]
    })
    expect(refused).toEqual([])
  })

  test('has an id of its own, and says of its creator what the catalogue says', () => {
    expect(new Set(acts.map(({ event }) => event.event_id)).size).toBe(acts.length)
    for (const { event, video } of acts) {
      expect(platform.videos[video]?.creator.creatorId).toBe(event.creator_id)
    }
  })

  test('is about a video that was published by then', () => {
    const early = acts.filter(({ video, atMs }) => {
      const published = platform.videos[video]?.publishedAtMs ?? Number.POSITIVE_INFINITY
      return atMs < published
    })
    expect(early).toEqual([])
  })
})

describe('what is saved', () => {
  test('depends on the topic', () => {
    const cooking = rate(saves, views, (act) => topicOf(act) === 'cooking')
    const comedy = rate(saves, views, (act) => topicOf(act) === 'comedy')
    expect(cooking).toBeGreaterThan(3 * comedy)
  })

  test('depends on age and on where people come from, within a topic', () => {
    const cooked = (suits: (act: SimulatedAct) => boolean): number =>
      rate(saves, views, (act) => topicOf(act) === 'cooking' && suits(act))
    const young = cooked(({ event }) => event.age_band === '13-17')
    const older = cooked(({ event }) => event.age_band === '25-34')
    expect(older).toBeGreaterThan(1.3 * young)
    const searched = cooked(({ event }) => event.traffic_source === 'search')
    const served = cooked(({ event }) => event.traffic_source === 'for_you')
    expect(searched).toBeGreaterThan(1.3 * served)
  })

  test('is taken back days later by some', () => {
    const unsaves = ofType('unsave')
    expect(unsaves.length / saves.length).toBeGreaterThan(0.05)
    const delays = new Set(unsaves.map(({ afterMs }) => afterMs))
    expect(delays).toEqual(new Set([HOUR_MS, DAY_MS, 3 * DAY_MS, 9 * DAY_MS]))
  })

  test('is bought in a burst of twenty minutes, by accounts that view nothing', () => {
    const [video] = platform.bought
    const bought = saves.filter((act) => act.video === video && act.event.region === 'ZZ')
    const viewers = new Set(views.map(({ actor }) => actor))
    const burst = bought.filter(({ actor }) => !viewers.has(actor)).map(({ atMs }) => atMs)
    expect(burst.length).toBeGreaterThan(50)
    expect(Math.max(...burst) - Math.min(...burst)).toBeLessThan(20 * 60_000)
  })
})

describe('traffic', () => {
  test('has a star, a few videos that draw most, and an old one that spikes for two days', () => {
    expect(views.filter((act) => partOf(act) === 'star').length / views.length).toBeGreaterThan(
      0.15,
    )
    const byVideo = Map.groupBy(views, ({ video }) => video)
    const sizes = [...byVideo.values()].map(({ length }) => length).toSorted((a, b) => b - a)
    const top = sizes.slice(0, scale.videos / 10).reduce((sum, size) => sum + size, 0)
    expect(top / views.length).toBeGreaterThan(0.4)
    const spiking = Map.groupBy(byVideo.get(platform.spiking) ?? [], ({ atMs }) =>
      Math.floor((atMs - beginMs) / DAY_MS),
    )
    const days = [...spiking].toSorted(([, a], [, b]) => b.length - a.length).map(([day]) => day)
    expect(new Set(days.slice(0, 2))).toEqual(new Set([8, 9]))
  })

  test('follows the clock of its regions', () => {
    const localHours = (code: string, offsetH: number): readonly number[] => {
      const hours = Array.from({ length: 24 }, () => 0)
      for (const { event, atMs } of views) {
        if (event.region !== code) continue
        const hour = new Date(atMs + offsetH * HOUR_MS).getUTCHours()
        hours[hour] = (hours[hour] ?? 0) + 1
      }
      return hours
    }
    for (const hours of [localHours('US', -6), localHours('ID', 7)]) {
      const evening = (hours[20] ?? 0) + (hours[21] ?? 0)
      const night = (hours[3] ?? 0) + (hours[4] ?? 0)
      expect(evening).toBeGreaterThan(5 * night)
    }
  })

  test('comes late and twice now and then', () => {
    const late = acts.filter(({ sent }) => sent[0] !== 0).length / acts.length
    const twice = acts.filter(({ sent }) => sent.length > 1).length / acts.length
    expect(late).toBeGreaterThan(0.015)
    expect(late).toBeLessThan(0.025)
    expect(twice).toBeGreaterThan(0.01)
    expect(twice).toBeLessThan(0.02)
  })
})
