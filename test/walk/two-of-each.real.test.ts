// Two of a process at once: a second consumer shares the work, a second sealer takes over, and nothing counts twice.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { inheritedEnvironment } from '#infra/runtime/config.ts'
import {
  catalogue,
  eventually,
  eventuallyRows,
  kill,
  platform,
  post,
  store,
  tokens,
} from '../support/outside.ts'
import { createEventMaker, utcDay } from '../support/events.ts'

const creator = '840701'
const spares: ChildProcess[] = []

afterAll(async () => {
  for (const spare of spares) {
    if (spare.exitCode !== null || spare.signalCode !== null) continue
    spare.kill('SIGTERM')
    await once(spare, 'exit')
  }
})

/** Starts another process beside the platform's own. */
function startSpare(main: string, user: string): ChildProcess {
  const secret = (server: string): string => join(platform.dataDir, 'secrets', `${server}-${user}`)
  const spare = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...inheritedEnvironment(),
      KAFKA_BROKERS: platform.kafkaBrokers,
      VAULT_URL: platform.vaultUrl,
      VAULT_USER: user,
      VAULT_PASSWORD_FILE: secret('vault'),
      ROLLUPS_URL: platform.rollupsUrl,
      ROLLUPS_USER: user,
      ROLLUPS_PASSWORD_FILE: secret('rollups'),
      PSEUDONYM_KEY_FILE: join(platform.dataDir, 'keys', 'pseudonyms'),
    },
  })
  spares.push(spare)
  return spare
}

async function untilStarted(spare: ChildProcess): Promise<void> {
  let output = ''
  spare.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await eventually('a spare process', async () =>
    output.includes('"msg":"started"') ? { found: true } : { seen: output.slice(-200) },
  )
}

const generationsSchema = z.object({ epochs: z.number(), newest: z.string() })

async function generations(): Promise<z.infer<typeof generationsSchema>> {
  await using admin = store('rollups', 'admin')
  const [row] = await admin.rows(
    generationsSchema,
    `select toUInt32(uniqExact(bitShiftRight(generation, 40))) as epochs,
       toString(max(generation)) as newest from rollups.generations`,
  )
  return row ?? { epochs: 0, newest: '0' }
}

test('two consumers and two sealers publish every event once, whichever of them dies', async () => {
  const nowMs = Date.now()
  const video = 8_407_011
  await catalogue(creator, [String(video)])
  const { make, shuffle } = createEventMaker(47)
  const events = Array.from({ length: 4000 }, (_, index) =>
    make('view', { user: 10 + index, video, creator, atMs: nowMs - index * 10 }),
  )
  const twice = shuffle([...events, ...events])
  const before = await generations()

  const consumer = startSpare('consumers/facts/main.ts', 'facts_writer')
  const sealer = startSpare('consumers/sealer/main.ts', 'sealer')
  await Promise.all([untilStarted(consumer), untilStarted(sealer)])
  await post(twice.slice(0, 3000))
  await kill('sealer')
  await post(twice.slice(3000, 5000))
  consumer.kill('SIGKILL')
  await post(twice.slice(5000, 7000))
  sealer.kill('SIGKILL')
  await post(twice.slice(7000))

  const query = {
    metrics: 'views',
    dimensions: 'video',
    start_date: utcDay(nowMs - 86_400_000),
    end_date: utcDay(nowMs),
  }
  await eventuallyRows(await tokens.creator(creator), query, [[String(video), 4000]], 90_000)
  const after = await generations()
  expect(after.epochs).toBeGreaterThan(before.epochs)
  expect(BigInt(after.newest)).toBeGreaterThan(BigInt(before.newest))
}, 180_000)
