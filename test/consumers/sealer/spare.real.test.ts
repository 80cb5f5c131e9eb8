// A spare sealer beside the one that works: it takes nothing away, neither events nor the catalogue.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inheritedEnvironment } from '#infra/runtime/config.ts'
import { noiseKeysDir } from '#infra/runtime/local-keys.ts'
import {
  catalogue,
  eventually,
  eventuallyRows,
  platform,
  post,
  tokens,
} from '../../support/outside.ts'
import { createEventMaker, utcDay } from '../../support/events.ts'

const creator = '895501'
const video = 8_955_011

test('a video that is made known while a spare waits is counted', async () => {
  const secret = (server: string): string => join(platform.dataDir, 'secrets', `${server}-sealer`)
  const spare = spawn(process.execPath, ['consumers/sealer/main.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...inheritedEnvironment(),
      KAFKA_BROKERS: platform.kafkaBrokers,
      VAULT_URL: platform.vaultUrl,
      VAULT_USER: 'sealer',
      VAULT_PASSWORD_FILE: secret('vault'),
      ROLLUPS_URL: platform.rollupsUrl,
      ROLLUPS_USER: 'sealer',
      ROLLUPS_PASSWORD_FILE: secret('rollups'),
      NOISE_KEYS_DIR: noiseKeysDir(platform.dataDir),
    },
  })
  try {
    let output = ''
    spare.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await eventually('the spare in the group', async () =>
      output.includes('"group":"sealer"') ? { found: true } : { seen: output },
    )
    await catalogue(creator, [String(video)])
    const nowMs = Date.now()
    const { make } = createEventMaker(95)
    await post([make('view', { user: 5, video, creator, atMs: nowMs - 1000 })])
    const query = {
      metrics: 'views',
      dimensions: 'video',
      start_date: utcDay(nowMs - 86_400_000),
      end_date: utcDay(nowMs),
    }
    await eventuallyRows(await tokens.creator(creator), query, [[String(video), 1]], 60_000)
    expect(output).toMatch(/"group":"sealer","partitions":[04],/)
  } finally {
    spare.kill('SIGTERM')
    await once(spare, 'exit')
  }
}, 120_000)
