// The status of a real platform, once and watched: what is there, what is gone, and an end that leaves nothing behind.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { inheritedEnvironment } from '#infra/runtime/config.ts'
import { createEventMaker } from '../../support/events.ts'
import { eventually, keepsake, kill, platform, postPatiently } from '../../support/outside.ts'

const snapshotSchema = z.object({
  startedAtMs: z.number().nullable(),
  processes: z.array(
    z.object({
      name: z.string(),
      pid: z.number().nullable(),
      memoryBytes: z.number().nullable(),
      restarts: z.number().nullable(),
      state: z.string(),
    }),
  ),
  consumers: z.array(z.object({ group: z.string(), behind: z.number().nullable() })),
  numbers: z.object({ is: z.string(), ageMs: z.number().optional() }),
  late: z.object({ spans: z.number() }).nullable(),
  deadLetters: z.number().nullable(),
  disk: z.object({ dataBytes: z.number(), freeBytes: z.number() }).nullable(),
})
type Snapshot = z.infer<typeof snapshotSchema>

const started: ChildProcess[] = []
afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
})

interface Watch {
  readonly child: ChildProcess
  readonly text: () => string
}

function watch(dataDir: string, ...args: readonly string[]): Watch {
  const child = spawn(process.execPath, ['infra/cli/keepsake.ts', 'status', '--watch', ...args], {
    env: { ...inheritedEnvironment(), KEEPSAKE_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.push(child)
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { child, text: () => text }
}

/** The whole lines of a watch with --json, each a snapshot. */
function snapshotsOf({ text }: Watch): readonly Snapshot[] {
  return text()
    .split('\n')
    .slice(0, -1)
    .map((line) => snapshotSchema.parse(JSON.parse(line)))
}

describe('the status', () => {
  test('shows servers and processes with memory and restarts, lag, numbers and disk', async () => {
    const snapshot = snapshotSchema.parse(JSON.parse(await keepsake('status', '--json')))
    const names = snapshot.processes.map(({ name }) => name)
    expect(names.slice(0, 3)).toEqual(['kafka', 'vault', 'rollups'])
    expect(names).toContain('sealer')
    for (const { state, pid, restarts, memoryBytes } of snapshot.processes) {
      expect([state, typeof pid, typeof restarts]).toEqual(['ready', 'number', 'number'])
      if (process.platform === 'linux') expect(memoryBytes).toBeGreaterThan(10e6)
    }
    expect(snapshot.consumers.map(({ behind }) => typeof behind)).toEqual(
      snapshot.consumers.map(() => 'number'),
    )
    expect(snapshot.deadLetters).not.toBeNull()
    expect(snapshot.disk?.dataBytes).toBeGreaterThan(0)
  })

  test('fits 80 columns and 24 lines', async () => {
    const lines = (await keepsake('status')).trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(22)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('of a folder where nothing runs says how to start, and fails', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'keepsake-status-'))
    const child = spawn(process.execPath, ['infra/cli/keepsake.ts', 'status'], {
      env: { ...inheritedEnvironment(), KEEPSAKE_DATA_DIR: empty },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const [code]: unknown[] = await once(child, 'close')
    rmSync(empty, { recursive: true })
    expect(code).toBe(1)
    expect(text).toBe(`nothing runs on ${empty}; start it with: npm start\n`)
  })
})

describe('a watched status', () => {
  test('prints a block each interval into a pipe, and ends on Ctrl-C', async () => {
    const watched = watch(platform.dataDir, '0.5')
    const blocks = () => watched.text().match(/^keepsake on /gm)?.length ?? 0
    await eventually('three blocks', async () =>
      blocks() >= 3 ? { found: true } : { seen: watched.text() },
    )
    expect(watched.text()).not.toContain('\u001B')
    watched.child.kill('SIGINT')
    const [code]: unknown[] = await once(watched.child, 'exit')
    expect(code).toBe(0)
  })

  // A broker that was killed reads its log again first, which takes a busy machine half a minute.
  test(
    'goes on while Kafka is gone, shows it as gone, and as back when it is back',
    { timeout: 180_000 },
    async () => {
      const watched = watch(platform.dataDir, '0.2', '--json')
      const last = (): Snapshot | undefined => snapshotsOf(watched).at(-1)
      await eventually('a first look', async () =>
        last()?.deadLetters !== undefined ? { found: true } : { seen: watched.text() },
      )
      await kill('kafka')
      const gone = await eventually('a look without Kafka', async () => {
        const found = snapshotsOf(watched).find(({ deadLetters }) => deadLetters === null)
        return found === undefined ? { seen: last() } : { found }
      })
      expect(gone.processes.find(({ name }) => name === 'kafka')?.state).not.toBe('ready')
      expect(gone.processes.find(({ name }) => name === 'vault')?.state).toBe('ready')
      expect(gone.consumers.every(({ behind }) => behind === null)).toBe(true)
      expect(gone.numbers.is).not.toBe('unknown')
      const lookBack = async () => {
        const look = last()
        return look?.deadLetters === null || look === undefined ? { seen: look } : { found: look }
      }
      const back = await eventually('a look with Kafka', lookBack, 120_000)
      expect(back.processes.find(({ name }) => name === 'kafka')).toMatchObject({ state: 'ready' })
      expect(back.processes.find(({ name }) => name === 'kafka')?.restarts).toBeGreaterThan(0)

      // Consumers join their groups again some 20 s later: whoever comes next is not to wait for them.
      const { make } = createEventMaker(884)
      const place = { user: 884_001, video: 8_840_011, creator: '884101', atMs: Date.now() }
      await postPatiently([make('view', place)])
      const postedMs = Date.now()
      const lookCounted = async () => {
        const look = last()
        const isTaken = look?.consumers.every(({ behind }) => behind === 0) ?? false
        const ageMs = look?.numbers.ageMs ?? Infinity
        // A look is up to a second old.
        const isCounted = ageMs + 1000 < Date.now() - postedMs
        return isTaken && isCounted ? { found: look } : { seen: look }
      }
      await eventually('what came in since to be counted', lookCounted, 120_000)
      watched.child.kill('SIGTERM')
      await once(watched.child, 'exit')
    },
  )
})
