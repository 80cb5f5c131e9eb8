// `keepsake status`: what runs on this data folder, how far behind it is, and how fresh its numbers are; once, or again and again.
import { parseArgs } from 'node:util'
import { systemClock } from '../../runtime/clock.ts'
import { readConfig } from '../../runtime/config.ts'
import { openStatusReader } from '../../status/status-reader.ts'
import type { Snapshot } from '../../status/snapshot.ts'
import { runCommand, UsageError } from '../command.ts'
import { renderStatus } from '../status-screen.ts'
import type { ScreenStyle } from '../status-screen.ts'
import { createPaint, DEFAULT_WIDTH, openScreen, repeatUntil } from '../terminal.ts'

const help = `usage: npm run -s keepsake -- status [--watch [SECONDS]] [--json]

Shows the processes on KEEPSAKE_DATA_DIR with their ports, the lag of the consumers in
records, how fresh the numbers are, what waits to be counted again, how much was refused,
how many event ids came with two payloads, and the disk.
  --watch [SECONDS]   again every 2 or so many seconds, in place, until Ctrl-C
  --json              as JSON; with --watch one line each time

Exit code 1 when nothing runs or a process is not ready.
`

const WATCH_S = { usual: 2, longest: 3600 } as const
const { stdout } = process

await runCommand(help, async (args) => {
  const { isWatching, everyS, isJson } = readArguments(args)
  const { common, platform } = readConfig(['common', 'platform'])
  await using reader = openStatusReader({
    dataDir: common.KEEPSAKE_DATA_DIR,
    config: platform,
    clock: systemClock,
  })
  const paint = createPaint(stdout.isTTY && !isJson && platform.NO_COLOR === undefined)
  const style = (): ScreenStyle => ({ width: stdout.columns ?? DEFAULT_WIDTH, paint })
  const textOf = (snapshot: Snapshot): string =>
    isJson
      ? JSON.stringify(snapshot, null, isWatching ? undefined : 2)
      : renderStatus(snapshot, style()).join('\n')
  if (!isWatching) {
    const snapshot = await reader.read()
    stdout.write(`${textOf(snapshot)}\n`)
    if (!isWell(snapshot)) process.exitCode = 1
    return
  }

  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort())
  }
  // Whoever read along is gone.
  stdout.on('error', () => stop.abort())
  const every = { clock: systemClock, everyMs: everyS * 1000 }
  if (!stdout.isTTY || isJson) {
    await repeatUntil(stop.signal, every, async () => {
      const text = textOf(await reader.read())
      stdout.write(isJson ? `${text}\n` : `${text}\n\n`)
    })
    return
  }
  using screen = openScreen(stdout)
  let last: Snapshot | null = null
  const draw = (): void => {
    if (last === null) return
    const time = new Date(last.atMs).toISOString().slice(11, 19)
    const foot = paint('faint', `${time} UTC, every ${everyS} s; Ctrl-C ends`)
    screen.draw([...renderStatus(last, style()), '', foot])
  }
  stdout.on('resize', draw)
  await repeatUntil(stop.signal, every, async () => {
    last = await reader.read()
    draw()
  })
})

function readArguments(args: readonly string[]): {
  readonly isWatching: boolean
  readonly everyS: number
  readonly isJson: boolean
} {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      watch: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const [seconds, ...more] = positionals
  if (more.length > 0 || (seconds !== undefined && !values.watch)) {
    throw new UsageError(`what is ${more[0] ?? seconds}?`)
  }
  const everyS = seconds === undefined ? WATCH_S.usual : Number(seconds)
  if (!(everyS > 0 && everyS <= WATCH_S.longest)) {
    throw new UsageError(`SECONDS is a number above 0 and up to ${WATCH_S.longest}`)
  }
  return { isWatching: values.watch, everyS, isJson: values.json }
}

function isWell({ startedAtMs, processes }: Snapshot): boolean {
  return startedAtMs !== null && processes.every(({ state }) => state === 'ready')
}
