// The truth of a simulated platform: every act once, whole days alone, and nothing left of a day that a crash cut off.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createPeople } from '#producers/simulator/people.ts'
import { createPlatform } from '#producers/simulator/platform.ts'
import { DAY_MS, SLOT_MS } from '#producers/simulator/scale.ts'
import { openSimulationFile } from '#producers/simulator/simulation-file.ts'
import { createTraffic } from '#producers/simulator/traffic.ts'
import { createTruth } from '#producers/simulator/truth.ts'
import { openTruthFile } from '#producers/simulator/truth-file.ts'
import { storedOf } from '../../support/tally.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepsake-truth-'))
afterAll(() => rmSync(folder, { recursive: true }))

const scale = { seed: 't', events: 20_000, days: 4, videos: 60, creators: 10, viewers: 800 }
const beginMs = Date.UTC(2026, 9, 1)
const platform = createPlatform(scale, beginMs)
const traffic = createTraffic(platform, createPeople(scale))

function* allActs() {
  for (let slotMs = beginMs; slotMs < platform.endMs; slotMs += SLOT_MS) {
    yield* traffic.actsOf(slotMs)
  }
}

test('the truth of all days adds up to a plain count of the acts, but for those on own videos', () => {
  const truth = createTruth(platform, { people: true })
  const acts = [...allActs()].filter(({ atMs }) => atMs < platform.endMs)
  for (const act of acts) truth.add(act)
  const sums = new Map<string, number>()
  for (let day = 0; day < scale.days; day++) {
    for (const line of truth.takeDay(beginMs + day * DAY_MS)) {
      if (!('counts' in line)) continue
      for (const [name, amount] of Object.entries(line.counts)) {
        sums.set(name, (sums.get(name) ?? 0) + amount)
      }
    }
  }
  const others = acts.filter(({ event }) => event.user_id !== event.creator_id)
  expect(others.length).toBeLessThan(acts.length)
  const plain = storedOf(
    others.map(({ event, video, actor, atMs }) => ({
      type: event.type,
      user: actor,
      video,
      atMs,
      watched: event.type === 'view' ? event.watched_ms : 0,
      duration: event.type === 'view' ? event.duration_ms : 0,
    })),
  )
  for (const name of ['views', 'engaged_views', 'watch_time_ms', 'completions', 'likes'] as const) {
    expect([name, sums.get(name)]).toEqual([name, plain[name]])
  }
  expect(sums.get('net_comments')).toBe(plain.comments - plain.uncomments)
  for (const [name, type] of [
    ['viewers', 'view'],
    ['saves', 'save'],
    ['unsaves', 'unsave'],
    ['shares', 'share'],
  ] as const) {
    const pairs = others.filter(({ event }) => event.type === type)
    const people = new Set(pairs.map(({ actor, video }) => `${actor} ${video}`))
    expect([name, sums.get(name)]).toEqual([name, people.size])
  }
})

describe('a truth file', () => {
  const end = (day: string) => ({ day, videos: 0, people: true })

  test('keeps the days that are whole, and forgets the lines of one that is not', () => {
    const path = join(folder, 'truth.ndjson')
    openTruthFile(path).append([end('2026-10-01')])
    const whole = readFileSync(path, 'utf8')
    appendFileSync(
      path,
      '{"day":"2026-10-02","creator_id":"900","video_id":"7001","counts":{}}\n{"da',
    )
    const again = openTruthFile(path)
    expect(readFileSync(path, 'utf8')).toBe(whole)
    expect([again.has('2026-10-01'), again.has('2026-10-02')]).toEqual([true, false])
    again.append([end('2026-10-02')])
    expect(openTruthFile(path).has('2026-10-02')).toBe(true)
  })
})

describe('a simulation that was begun', () => {
  const asked = {
    seed: undefined,
    events: undefined,
    days: undefined,
    videos: undefined,
    creators: undefined,
    viewers: undefined,
  }
  const nowMs = Date.UTC(2026, 9, 20, 13)

  test('goes on as it was, days later and whatever the defaults are', () => {
    const first = openSimulationFile(folder, { ...asked, events: 5000 }, nowMs)
    first.change({ days_sent: 3 })
    const again = openSimulationFile(folder, asked, nowMs + 3 * DAY_MS)
    expect(again.state).toEqual(first.state)
    expect(again.state.begin_ms).toBe(Date.UTC(2026, 8, 22))
  })

  test('refuses another size, by variable and with what to do', () => {
    const other = { ...asked, events: 6000, seed: 'x' }
    expect(() => openSimulationFile(folder, other, nowMs)).toThrow(
      /SIMULATOR_SEED.*begun with 1.*SIMULATOR_EVENTS.*begun with 5000.*--fresh/s,
    )
  })
})
