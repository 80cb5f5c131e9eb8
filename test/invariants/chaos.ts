// `npm run chaos`: a platform under fire for as long as one likes, held against what was sent; the last line is JSON.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runCourse } from './course.ts'
import type { CourseResult } from './course.ts'
import { openLoopDisk, openSmallDisk } from './disks.ts'
import type { SmallDisk } from './disks.ts'
import { runGate } from './gate.ts'
import { placeServersOn, runPowerCuts } from './power-cuts.ts'
import { openTrialPlatform } from './trial-platform.ts'

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
  --small-disk MB     the platform's data on a disk so small that it is filled now and
                      then; needs root
  --power-cut N       instead: cut the power under both ClickHouse servers N times;
                      needs root

Ctrl-C ends it after a last comparison. The last line is JSON. Exit codes: 0, or
1: a difference (with --mutations: a mistake that was not found), 3: no difference,
but something that should happen in such a run never did.
`

const EXIT_QUIET = 3
const LOOP_DISK_MB = 2048

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    'round-seconds': { type: 'string', default: '240' },
    'until-struck': { type: 'boolean', default: false },
    mutations: { type: 'boolean', default: false },
    control: { type: 'boolean', default: false },
    part: { type: 'string', default: '1/1' },
    'small-disk': { type: 'string' },
    'power-cut': { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const startedMs = Date.now()

function tell(line: string): void {
  const seconds = Math.round((Date.now() - startedMs) / 1000)
  process.stderr.write(`${String(seconds).padStart(5)} s  ${line}\n`)
}

async function main(): Promise<number> {
  const stopped = new AbortController()
  process.once('SIGINT', () => stopped.abort())
  process.once('SIGTERM', () => stopped.abort())
  tell('starting a platform ...')
  if (values['power-cut'] !== undefined) return cutPower(Number(values['power-cut']))
  await using stack = new AsyncDisposableStack()
  const disk =
    values['small-disk'] === undefined ? null : stack.use(smallDisk(Number(values['small-disk'])))
  const platform = stack.use(await openTrialPlatform({ tell, dataDir: disk?.folder }))
  if (values.mutations || values.control) {
    const results = await runGate({
      platform,
      tell,
      isControl: values.control,
      part: partOf(values.part),
    })
    process.stdout.write(`${JSON.stringify(results)}\n`)
    const isGood = ({ difference }: { readonly difference: string | null }): boolean =>
      values.control ? difference === null : difference !== null
    return results.every(isGood) ? 0 : 1
  }
  const result = await runCourse({
    platform,
    tell,
    stop: stopped.signal,
    seed: Number(values.seed),
    lengthMs: Number(values.minutes) * 60_000,
    roundMs: Number(values['round-seconds']) * 1000,
    untilStruck: values['until-struck'],
    disk,
  })
  for (const name of neverHappened(result)) tell(`never happened: ${name}`)
  process.stdout.write(`${JSON.stringify(result)}\n`)
  if (result.differences > 0) return 1
  return neverHappened(result).length > 0 ? EXIT_QUIET : 0
}

function partOf(text: string): readonly [number, number] {
  const [part = 1, parts = 1] = text.split('/').map(Number)
  return [part, parts]
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'keepsake-trial-'))
}

function smallDisk(megabytes: number): SmallDisk {
  return openSmallDisk(newFolder(), megabytes)
}

async function cutPower(cuts: number): Promise<number> {
  using disk = openLoopDisk(newFolder(), LOOP_DISK_MB)
  const dataDir = newFolder()
  placeServersOn(disk, dataDir)
  await using platform = await openTrialPlatform({ tell, dataDir })
  const result = await runPowerCuts({ platform, disk, tell, seed: Number(values.seed), cuts })
  for (const difference of result.differences) tell(difference)
  process.stdout.write(`${JSON.stringify({ ...result, differences: result.differences.length })}\n`)
  return result.differences.length > 0 ? 1 : 0
}

function neverHappened({ sometimes }: CourseResult): readonly string[] {
  return Object.entries(sometimes).flatMap(([name, times]) => (times === 0 ? [name] : []))
}

if (values.help) process.stdout.write(help)
else process.exitCode = await main()
