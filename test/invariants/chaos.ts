// `npm run chaos`: a platform under fire for as long as one likes, held against what was sent; the last line is JSON.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand, UsageError } from '#infra/cli/command.ts'
import { openElapsedLines } from '../support/elapsed-lines.ts'
import { runCourse } from './course.ts'
import type { CourseOptions } from './course.ts'
import { openLoopDisk, openSmallDisk } from './disks.ts'
import { runGate } from './gate.ts'
import type { GateOptions } from './gate.ts'
import { placeServersOn, runPowerCuts } from './power-cuts.ts'
import { openTrialPlatform } from './trial-platform.ts'
import type { TrialPlatform } from './trial-platform.ts'

const help = `usage: npm run chaos -- [--minutes N] [--seed S] [options]

Starts a platform of its own, sends it events without end (repeated, shuffled, late,
disputed, broken), and strikes it meanwhile: every named point of every process in
turn, then whatever the seed says: kills, stops, lost answers, dead servers. After
each round it waits until all is counted and holds every table against the journal
of what was sent.
  --minutes N         how long to strike, default 5
  --seed S            another course of the same length, default 1
  --round-seconds N   from one comparison to the next, default 240
  --until-struck      end as soon as every named point was struck
  --mutations         instead: build known mistakes in, one after the other; the
                      comparison has to find each of them
  --control           the plays of --mutations without any mistake: all equal
  --part K/N          of both: every Nth play, beginning with the Kth
  --only TEXT,...     of both: plays whose name holds one of the texts
  --small-disk MB     the platform's data on a disk so small that it is filled now and
                      then; needs root
  --power-cut N       instead: cut the power under both ClickHouse servers N times;
                      needs root

Ctrl-C ends it after a last comparison. The last line is JSON. Exit codes: 0, or
1: a difference (with --mutations: a mistake that was not found), 3: no difference,
but something that should happen in such a run never did.
`

const EXIT_DIFFERENCE = 1
const EXIT_QUIET = 3
const LOOP_DISK_MB = 2048

const options = {
  minutes: { type: 'string', default: '5' },
  seed: { type: 'string', default: '1' },
  'round-seconds': { type: 'string', default: '240' },
  'until-struck': { type: 'boolean', default: false },
  mutations: { type: 'boolean', default: false },
  control: { type: 'boolean', default: false },
  part: { type: 'string', default: '1/1' },
  only: { type: 'string', default: '' },
  'small-disk': { type: 'string' },
  'power-cut': { type: 'string' },
} as const

const tell = openElapsedLines()

await runCommand(help, async (args) => {
  const { values } = parseArgs({ args: [...args], options })
  const seed = numberOf('--seed', values.seed)
  const lengthMs = numberOf('--minutes', values.minutes) * 60_000
  const roundMs = numberOf('--round-seconds', values['round-seconds']) * 1000
  const part = partOf(values.part)
  const cuts = values['power-cut']
  const megabytes = values['small-disk']
  if (cuts !== undefined) {
    process.exitCode = await cutPower(numberOf('--power-cut', cuts), seed)
  } else if (values.mutations || values.control) {
    process.exitCode = await passGate({ part, only: values.only, isControl: values.control })
  } else {
    const disk =
      megabytes === undefined
        ? null
        : openSmallDisk(newFolder(), numberOf('--small-disk', megabytes))
    const untilStruck = values['until-struck']
    const code = await strike({ seed, lengthMs, roundMs, untilStruck, disk })
    // What differs is to be looked at: a disk in memory is gone when it is unmounted.
    if (code === EXIT_DIFFERENCE && disk !== null) tell(`${disk.folder} stays mounted`)
    else disk?.[Symbol.dispose]()
    process.exitCode = code
  }
})

async function strike(wanted: Omit<CourseOptions, 'platform' | 'tell' | 'stop'>): Promise<number> {
  const stopped = new AbortController()
  process.once('SIGINT', () => stopped.abort())
  process.once('SIGTERM', () => stopped.abort())
  await using platform = await openPlatform(wanted.disk?.folder)
  const result = await runCourse({ ...wanted, platform, tell, stop: stopped.signal })
  const quiet = Object.entries(result.sometimes).filter(([, times]) => times === 0)
  for (const [name] of quiet) tell(`never happened: ${name}`)
  process.stdout.write(`${JSON.stringify(result)}\n`)
  if (result.differences > 0) return EXIT_DIFFERENCE
  return quiet.length > 0 ? EXIT_QUIET : 0
}

async function passGate(wanted: Omit<GateOptions, 'platform' | 'tell'>): Promise<number> {
  await using platform = await openPlatform()
  const { isControl } = wanted
  const results = await runGate({ ...wanted, platform, tell })
  process.stdout.write(`${JSON.stringify(results)}\n`)
  return results.every(({ difference }) => (difference === null) === isControl)
    ? 0
    : EXIT_DIFFERENCE
}

async function cutPower(cuts: number, seed: number): Promise<number> {
  using disk = openLoopDisk(newFolder(), LOOP_DISK_MB)
  const dataDir = newFolder()
  placeServersOn(disk, dataDir)
  await using platform = await openPlatform(dataDir)
  const result = await runPowerCuts({ platform, disk, tell, seed, cuts })
  for (const difference of result.differences) tell(difference)
  process.stdout.write(`${JSON.stringify({ ...result, differences: result.differences.length })}\n`)
  return result.differences.length > 0 ? EXIT_DIFFERENCE : 0
}

function openPlatform(dataDir?: string): Promise<TrialPlatform> {
  tell('starting a platform ...')
  return openTrialPlatform({ tell, dataDir })
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'keepsake-trial-'))
}

function numberOf(option: string, text: string): number {
  if (!/^\d{1,9}(\.\d+)?$/.test(text)) throw new UsageError(`${option} is a number`)
  return Number(text)
}

function partOf(text: string): GateOptions['part'] {
  const [, part, parts] = /^([1-9])\/([1-9])$/.exec(text) ?? []
  if (part === undefined || Number(part) > Number(parts)) throw new UsageError('--part is K/N')
  return [Number(part), Number(parts)]
}
