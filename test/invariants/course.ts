// A run under fire: rounds of traffic and faults, each followed by a comparison of every table with the journal.
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../support/events.ts'
import type { SmallDisk } from './disks.ts'
import { createFaults } from './faults.ts'
import type { Faults } from './faults.ts'
import { createJournal } from './journal.ts'
import type { TrialCreator } from './journal.ts'
import { untilEqual } from './oracle.ts'
import { createPasts } from './pasts.ts'
import { nameOf, strikePoints } from './strike-points.ts'
import type { StrikePoint } from './strike-points.ts'
import { watchSeals } from './seal-watch.ts'
import { openTraffic } from './traffic.ts'
import { catalogueOf, trialCreators } from './trial-catalogue.ts'
import type { TrialPlatform } from './trial-platform.ts'

export interface CourseOptions {
  readonly platform: TrialPlatform
  readonly tell: (line: string) => void
  readonly stop: AbortSignal
  readonly seed: number
  readonly lengthMs: number
  readonly roundMs: number
  /** Ends as soon as every named point was struck once. */
  readonly untilStruck: boolean
  /** Filled now and then. */
  readonly disk: SmallDisk | null
}

export interface CourseResult {
  /** SIGKILLs of processes and servers. */
  readonly kills: number
  /** Everything that befell the platform, kills included. */
  readonly faults: number
  /** Distinct events that were acknowledged. */
  readonly events: number
  /** Rows of tables that were compared, over all rounds. */
  readonly compared: number
  readonly differences: number
  /** The first of them, as told of. */
  readonly found: readonly string[]
  /** What has to happen now and then in any run that means something, and how often it did. */
  readonly sometimes: Readonly<Record<string, number>>
}

const EQUAL_LIMIT_MS = 180_000
const SHOWN_MAX = 20
const PROGRESS_MS = 15_000
const FULL_MS = 5000
const FIRST_PAST = 720_001
const PAST_EVERY_MS = 2500
/** Creators whose past is imported; later imports bring more of it. */
const PASTS_MAX = 40

/** Days are counted when nothing has touched them for some seconds: while a comparison waits. */
const QUIET_POINT: StrikePoint = { process: 'sealer', point: 'people-counted' }
const QUIET_LIMIT_MS = 25_000

/** Points of one lane are struck one after the other; those of two lanes side by side. */
const lanes = ['facts', 'sealer', 'others'] as const
type Lane = (typeof lanes)[number]

/** Null: struck while a comparison waits. */
function laneOf(point: StrikePoint): Lane | null {
  if (nameOf(point) === nameOf(QUIET_POINT)) return null
  const { process } = point
  return process === 'facts' || process === 'sealer' ? process : 'others'
}

const ours = ['facts', 'sealer', 'saves', 'collector', 'saves-api', 'notifications'] as const
const servers = ['vault', 'rollups', 'kafka'] as const

export async function runCourse(options: CourseOptions): Promise<CourseResult> {
  const { platform, tell, stop, seed, lengthMs, roundMs, untilStruck, disk } = options
  const random = seeded(seed)
  const pick = <T>(values: readonly [T, ...T[]]): T =>
    values[Math.floor(random() * values.length)] ?? values[0]
  platform.startSpares(['facts', 'sealer'])
  const journal = createJournal(trialCreators(0))
  await catalogueOf(platform, journal.creators)
  await using traffic = await openTraffic({ platform, journal, seed })
  const pasts = createPasts({ platform, journal, seed, firstCreator: FIRST_PAST })
  await using seals = watchSeals(platform.rollups)
  const faults = createFaults(platform)
  const endMs = Date.now() + lengthMs
  /** Points that were not struck yet, in the order of an event's walk, by lane. */
  const unstruck = new Map(
    lanes.map((lane) => [lane, strikePoints.filter((point) => laneOf(point) === lane)]),
  )
  let compared = 0
  let fullDisks = 0
  const differences: string[] = []
  const brought: TrialCreator[] = []
  let waitsFor: string | null = null

  const isOver = (untilMs: number): boolean =>
    Date.now() > untilMs ||
    stop.aborted ||
    (untilStruck && [...unstruck.values()].every(({ length }) => length === 0))

  /** Strikes the named points of a lane, so that each is hit, then any of them. */
  async function strikeLane(lane: Lane, untilMs: number): Promise<void> {
    const points = strikePoints.filter((point) => laneOf(point) === lane)
    const left = unstruck.get(lane) ?? []
    while (!isOver(untilMs)) {
      const [point = points[Math.floor(random() * points.length)]] = left
      if (point === undefined || (untilStruck && left.length === 0)) {
        await sleep(500)
        continue
      }
      const isStruck = await faults.strike(point)
      if (!isStruck) tell(`${nameOf(point)} was not passed`)
      if (left.shift() === point && !isStruck) left.push(point)
      // Between two strikes facts have to get somewhere, or the sealer has nothing to do.
      await sleep((lane === 'facts' ? 4000 : 200) + random() * 800)
    }
  }

  /** Imports pasts, so that the sealer has leaves to decide on all the time. */
  async function pastLane(untilMs: number): Promise<void> {
    while (!isOver(untilMs)) {
      if (random() < 0.5 && brought.length < PASTS_MAX) brought.push(await pasts.bring())
      else {
        const creator = brought[Math.floor(random() * brought.length)]
        if (creator !== undefined) await pasts.bringMore(creator)
      }
      await sleep(PAST_EVERY_MS)
    }
  }

  async function faultLane(untilMs: number): Promise<void> {
    while (!isOver(untilMs)) {
      await befall(faults)
      // A short trial is about the named points: other faults come now and then.
      await sleep(untilStruck ? 3000 + random() * 4000 : 300 + random() * 1500)
    }
  }

  async function befall({ kill, freeze, disturb }: Faults): Promise<void> {
    const dice = random()
    if (disk !== null && dice > 0.85) {
      await disk.fill(FULL_MS)
      fullDisks += 1
    } else if (dice < 0.5) await kill(pick(ours))
    else if (dice < 0.65) {
      await kill(pick(servers))
      await sleep(3000)
    } else if (dice < 0.72) await freeze(pick(['facts', 'sealer']))
    else await disturb(pick(['lost answer', 'slow body']))
  }

  async function compareRound(round: number): Promise<void> {
    await traffic.pause()
    tell(`round ${round}: everything is acknowledged; waiting until it is counted`)
    const sinceMs = Date.now()
    const isStruck = faults.strike(QUIET_POINT, QUIET_LIMIT_MS)
    const verdict = await untilEqual(platform, journal, {
      sinceMs,
      limitMs: EQUAL_LIMIT_MS,
      onWait: ({ differences: [first = ''], differences: { length } }) => {
        waitsFor = `${length} differences left, as ${first}`
      },
    })
    waitsFor = null
    await isStruck
    compared += verdict.compared
    const found = [...verdict.differences, ...(await seals.changes())]
    differences.push(...found)
    const took = Math.round((Date.now() - sinceMs) / 1000)
    tell(
      `round ${round}: ${verdict.compared} rows compared, ${found.length} differences, after ${took} s`,
    )
    for (const line of found.slice(0, SHOWN_MAX)) tell(`  ${line}`)
    if (found.length > 0) platform.keepData()
  }

  const progress = setInterval(() => {
    const { kills, faults: all } = faults.counts
    tell(waitsFor ?? `${traffic.counts.events} events, ${kills} kills, ${all} faults`)
  }, PROGRESS_MS)
  try {
    for (let round = 1; !isOver(endMs) && differences.length === 0; round += 1) {
      traffic.flow()
      const untilMs = Math.min(endMs, Date.now() + roundMs)
      await Promise.all([
        ...lanes.map((lane) => strikeLane(lane, untilMs)),
        faultLane(untilMs),
        pastLane(untilMs),
      ])
      await compareRound(round)
    }
  } finally {
    clearInterval(progress)
  }

  const { events, ...sent } = traffic.counts
  return {
    kills: faults.counts.kills,
    faults: faults.counts.faults + fullDisks,
    events,
    compared,
    differences: differences.length,
    found: differences.slice(0, SHOWN_MAX),
    sometimes: {
      ...Object.fromEntries(faults.hits()),
      ...sent,
      ...(disk === null ? {} : { full_disks: fullDisks }),
      imports: journal.imports.length,
      ...seals.seen,
      late_recounts: await lateRecounts(platform),
      lost_answers: platform.proxy.suffered.get('lost answer') ?? 0,
      slow_bodies: platform.proxy.suffered.get('slow body') ?? 0,
      rebalances: platform.countInLogs('joined the group'),
      sealers_refused: platform.countInLogs('another sealer has taken over'),
    },
  }
}

/** Quarters that were published, and published again with another count. */
async function lateRecounts({ rollups }: TrialPlatform): Promise<number> {
  const [row] = await rollups.rows(
    `select count() from (
       select video_id, quarter from rollups.video_quarters
       group by video_id, quarter having uniqExact(generation) > 1)`,
  )
  return Number(row?.[0] ?? 0)
}
