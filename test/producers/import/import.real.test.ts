// A platform's log over the real road: dirty, packed, repeated, shuffled, stopped and killed; every total equals a count of its rows.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { openTableReader } from '#infra/kafka/table-reader.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { createLog } from '#infra/runtime/log.ts'
import type { ImportHold } from '#schemas/import-hold.ts'
import { createEventMaker, seeded, utcDay } from '../../support/events.ts'
import { expectEqualRows } from '../../support/equal-rows.ts'
import { eventually, platform, report, tokens } from '../../support/outside.ts'
import { lastFinished } from '../../support/published.ts'
import { metricNames, tally } from '../../support/tally.ts'
import type { Act } from '../../support/tally.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepsake-import-'))
afterAll(() => rmSync(folder, { recursive: true }))

const DAY = 86_400_000
const firstMs = Date.parse('2024-03-03T00:00:00Z')
const days = 6
const range = { start_date: utcDay(firstMs), end_date: utcDay(firstMs + days * DAY) }
/** Old quarters are counted in turn. */
const COUNTED_LIMIT_MS = 150_000

const map = {
  format: 'csv',
  delimiter: ';',
  namespace: 'real-test',
  occurred_at: { column: 'at_us', unit: 'us' },
  user_id: { column: 'user', offset: 86_000_000 },
  video_id: { column: 'video', offset: 86_000_000 },
  creator_id: { column: 'author', offset: 86_000_000 },
  region: { column: 'land', values: { germany: 'DE', brazil: 'BR' }, otherwise: 'ZZ' },
  events: [
    {
      type: 'view',
      when: { played_s: { present: true } },
      watched_ms: { column: 'played_s', unit: 's' },
      duration_ms: 9000,
    },
    { type: 'like', when: { act: { equals: 'like' } } },
    { type: 'comment', when: { act: { one_of: ['reply', 'comment'] } } },
  ],
  videos: { title: 'Video "{video}"', published_at: '2024-01-01T00:00:00Z' },
}

interface LogRow {
  readonly at_us: string
  readonly user: string
  readonly video: string
  readonly author: string
  readonly played_s: string
  readonly act: string
  readonly land: string
  readonly note: string
}

const columns = ['at_us', 'user', 'video', 'author', 'played_s', 'act', 'land', 'note'] as const
const OFFSET = 86_000_000

/** Rows of creators `author`, of whom each has four videos. Some rows are the creator's own views. */
function rowsOf(count: number, authors: readonly number[], seed: number): readonly LogRow[] {
  const random = seeded(seed)
  const below = (bound: number): number => Math.floor(random() * bound)
  const pick = (values: readonly string[]): string => values[below(values.length)] ?? ''
  return Array.from({ length: count }, (_, index) => {
    const author = authors[below(authors.length)] ?? 0
    return {
      at_us: String((firstMs + below(days * DAY)) * 1000 + below(1000)),
      user: String(random() < 0.02 ? author : 10 + below(300)),
      video: String(author * 10 + below(4)),
      author: String(author),
      played_s: random() < 0.8 ? String(below(12_000) / 1000) : '',
      act: pick(['like', 'comment', 'reply', '', '', '', '', 'hide']),
      land: pick(['germany', 'brazil', 'mars', '']),
      note: pick(['', 'plain', 'with "quotes"; and more', `over\ntwo lines ${index % 7}`]),
    }
  })
}

/** The truth: exact repeats once, nobody's acts on their own videos. */
function actsOf(rows: readonly LogRow[], author: number): readonly Act[] {
  const different = new Map(rows.map((row) => [JSON.stringify(row), row]))
  return [...different.values()].flatMap((row): readonly Act[] => {
    if (row.author !== String(author) || row.user === row.author) return []
    const base = {
      user: OFFSET + Number(row.user),
      video: OFFSET + Number(row.video),
      atMs: Math.floor(Number(row.at_us) / 1000),
      watched: Math.round(Number(row.played_s) * 1000),
      duration: 9000,
    }
    const types = [
      ...(row.played_s === '' ? [] : ['view']),
      ...(row.act === 'like' ? ['like'] : []),
      ...(row.act === 'reply' || row.act === 'comment' ? ['comment'] : []),
    ]
    return types.map((type) => ({ ...base, type }))
  })
}

function csvLine(row: LogRow): string {
  return columns
    .map((name) => (/["\n;]/.test(row[name]) ? `"${row[name].replaceAll('"', '""')}"` : row[name]))
    .join(';')
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const env = {
  ...process.env,
  KEEPSAKE_DATA_DIR: platform.dataDir,
  COLLECTOR_PORT: new URL(platform.collectorUrl).port,
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command to its end, whatever its exit code. */
function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env, maxBuffer: 1e8 }
    const words = ['infra/cli/keepsake.ts', 'import', ...args]
    execFile(process.execPath, words, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

async function expectCounted(rows: readonly LogRow[], author: number): Promise<void> {
  const acts = actsOf(rows, author)
  const creator = String(OFFSET + author)
  const whole = tally(acts)
  const wanted = metricNames.map((name) => whole[name])
  await eventually(
    `the totals of ${creator}`,
    async () => {
      const asked = { metrics: metricNames.join(), ...range }
      const { body } = await report(await tokens.creator(creator), asked)
      const equal = JSON.stringify(body['rows']) === JSON.stringify([wanted])
      return equal ? { found: true } : { seen: [body['rows'] ?? body, wanted] }
    },
    COUNTED_LIMIT_MS,
  )
  const query = { dimensions: 'video,day', ...range }
  const keyOf = ({ video, atMs }: Act): string => `${video} ${utcDay(atMs)}`
  expect(await expectEqualRows({ creator, query, acts, keyOf })).toBeGreaterThanOrEqual(4 * days)
}

/** Everything that was sent by now is counted. */
async function settled(): Promise<void> {
  const sentMs = Date.now()
  await eventually(
    'a watermark past what was sent',
    async () => {
      const last = await lastFinished()
      return (last?.watermarkMs ?? 0) > sentMs ? { found: last } : { seen: last }
    },
    COUNTED_LIMIT_MS,
  )
}

interface HoldActs extends AsyncDisposable {
  /** `opened`, `heartbeat` and `ended` of holds over a time of this file, as they are in the log. */
  readonly acts: readonly string[]
}

async function openHoldActs(): Promise<HoldActs> {
  const log = createLog({ name: 'test', level: 'silent' })
  const codec = openAvroCodec<ImportHold>('import-hold-v1')
  const acts: string[] = []
  const ours = new Set<string>()
  const stack = new AsyncDisposableStack()
  const brokers = [platform.kafkaBrokers]
  const eventLog = stack.use(openKafkaEventLog({ log, clientId: 'test', brokers }))
  stack.use(
    await openTableReader({
      eventLog,
      clock: systemClock,
      topic: 'imports.v1',
      apply({ value }) {
        const hold = value === null ? null : codec.decode(value)
        if (hold === null) return
        const { scope } = hold
        const within = scope !== null && Number(scope.from) >= firstMs - DAY
        if (within && Number(scope.to) <= firstMs + days * DAY) ours.add(hold.import_id)
        if (ours.has(hold.import_id)) acts.push(hold.act)
      },
      onCrash(error) {
        throw error
      },
    }),
  )
  return { acts, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

describe('a dirty log of three thousand rows', () => {
  const authors = [100, 101]
  const rows = rowsOf(3000, authors, 86)
  const repeated = [...rows, ...rows.slice(0, 300)]
  const odd = [
    '1709500000000000;0;1000;100;1;;;zero users are fine with an offset',
    `1709500000000000;${'9'.repeat(19)};1000;100;1;;;a user past all bounds`,
    'yesterday;5;1000;100;1;like;;a time that is none',
    '1709500000000000;5;1000;100;90000;like;;a play longer than a day',
    '1709500000000000;5;1000;100',
    '1709500000000000;5;1000;100;1;;;"never closed',
  ]
  const zero: LogRow = {
    at_us: '1709500000000000',
    user: '0',
    video: '1000',
    author: '100',
    played_s: '1',
    act: '',
    land: '',
    note: 'zero users are fine with an offset',
  }
  const lines = [...repeated.slice(0, 1000).map(csvLine), ...odd]
  const text = `\uFEFF${columns.join(';')}\r\n${[...lines, ...repeated.slice(1000).map(csvLine)].join('\r\n')}\r\n`
  const truth = [...rows, zero]
  const gz = file('log.csv.gz', gzipSync(text))
  const mapFile = file('map.json', JSON.stringify(map))

  test('is looked at without sending anything', async () => {
    const { code, stdout } = await run(gz, '--map', mapFile, '--dry-run')
    expect(code).toBe(1)
    expect(stdout).toContain('nothing was sent')
    expect(stdout).toMatch(/rows +3,306 {2}5 refused/)
    expect(stdout).toMatch(/otherwise +region: {2}"mars" \d+/)
    expect(stdout).toMatch(/duplicates +\d{3} events stand in the file twice/)
  })

  test('counts its sound rows once, under a hold, and names the others', async () => {
    await using holds = await openHoldActs()
    const { code, stdout, stderr } = await run(gz, '--map', mapFile)
    expect([code, stderr]).toEqual([1, expect.any(String)])
    expect(stdout).toMatch(/rows +3,306 {2}5 refused/)
    for (const [reason, row] of [
      ['out_of_range  user_id', 1002],
      ['wrong_type    occurred_at', 1003],
      ['out_of_range  watched_ms', 1004],
      ['has 4 cells where the header has 8', 1005],
      ['has a quote that is not closed', 1006],
    ] as const) {
      expect(stdout).toContain(reason)
      expect(stdout).toContain(` ${row}`)
    }
    expect(stdout).not.toContain('9'.repeat(19))
    const path = /refused rows to mend: (\S+)/.exec(stdout)?.[1] ?? ''
    expect(readFileSync(path, 'utf8').split('\n').slice(0, 2)).toEqual([columns.join(';'), odd[1]])
    for (const author of authors) await expectCounted(truth, author)
    await eventually('the end of the hold', async () =>
      holds.acts.at(-1) === 'ended' ? { found: true } : { seen: holds.acts },
    )
    expect(holds.acts).toContain('opened')
  }, 400_000)

  test('counts the same after a second time, and a third as shuffled NDJSON', async () => {
    const again = await run(gz, '--map', mapFile)
    expect(again.stdout).toMatch(/rows +3,306/)
    const { shuffle } = createEventMaker(86)
    const objects = shuffle(truth).map((row) => {
      const numbers = { user: Number(row.user), video: Number(row.video) }
      const played = row.played_s === '' ? null : Number(row.played_s)
      const otherOrder = Object.fromEntries(Object.entries(row).reverse())
      return JSON.stringify({ ...otherOrder, ...numbers, played_s: played })
    })
    const zst = file('log.zst', zstdCompressSync(objects.join('\n')))
    const ndjsonMap = file('ndjson.json', JSON.stringify({ ...map, format: 'ndjson' }))
    const third = await run(zst, '--map', ndjsonMap)
    expect([third.code, third.stderr]).toEqual([0, expect.any(String)])
    expect(third.stdout).toMatch(/rows +3,001/)
    await settled()
    for (const author of authors) await expectCounted(truth, author)
  }, 400_000)
})

describe('a log that takes long', () => {
  const author = 110
  const rows = rowsOf(150_000, [author], 87)
  const path = file('long.csv', `${columns.join(';')}\n${rows.map(csvLine).join('\n')}\n`)
  const mapFile = file('long.json', JSON.stringify({ ...map, namespace: 'real-test-long' }))

  const checkpoints = (): readonly string[] =>
    readdirSync(join(platform.dataDir, 'imports')).filter((name) => name.endsWith('.json'))

  /** Starts the command, sends it a signal when it has come past a checkpoint, and waits for its end. */
  async function strike(signal: 'SIGINT' | 'SIGKILL', past: number): Promise<Ended> {
    const words = ['producers/commands/import.ts', path, '--map', mapFile]
    const child = spawn(process.execPath, words, { env })
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => void (said.stdout += String(chunk)))
    child.stderr.on('data', (chunk) => void (said.stderr += String(chunk)))
    const ended = once(child, 'close')
    await eventually(
      'a checkpoint',
      async () => {
        const rowsSafe = checkpoints().map(safeRows)
        return rowsSafe.some((safe) => safe > past) ? { found: true } : { seen: [rowsSafe, said] }
      },
      120_000,
      5,
    )
    child.kill(signal)
    const [code] = await ended
    return { ...said, code: typeof code === 'number' ? code : -1 }
  }

  function safeRows(name: string): number {
    const text = readFileSync(join(platform.dataDir, 'imports', name), 'utf8')
    return Number(/"rows":(\d+),"withoutEvent"/.exec(text)?.[1])
  }

  test('goes on after Ctrl-C and after a death where it was, and counts every row once', async () => {
    await using holds = await openHoldActs()
    const before = holds.acts.length
    const stopped = await strike('SIGINT', 0)
    expect(stopped.code).toBe(130)
    expect(stopped.stdout).toContain('The same command goes on after the last row that was sent.')
    const [name = ''] = checkpoints()
    const killed = await strike('SIGKILL', safeRows(name))
    expect(killed.code).toBe(-1)
    expect(killed.stderr).toMatch(/resumed at row \d/)
    const whole = await run(path, '--map', mapFile)
    expect([whole.code, whole.stderr]).toEqual([0, expect.stringMatching(/resumed at row \d/)])
    expect(whole.stdout).toMatch(/rows +150,000/)
    expect(checkpoints()).toEqual([])
    await expectCounted(rows, author)
    const acts = holds.acts.slice(before).filter((act) => act !== 'heartbeat')
    expect(acts).toEqual(['opened', 'ended', 'opened', 'opened', 'ended'])
  }, 500_000)
})
