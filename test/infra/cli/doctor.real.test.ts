// The doctor on a real platform: well when all is well, and each usual fault is named with its remedy, in time.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { clickhouseUsers } from '#infra/clickhouse/users.ts'
import type { ClickhouseServer } from '#infra/clickhouse/users.ts'
import { inheritedEnvironment, readConfig } from '#infra/runtime/config.ts'
import { topics } from '#schemas/topics.ts'
import { platform } from '../../support/outside.ts'

const usersOf = (server: ClickhouseServer): number =>
  clickhouseUsers.filter((user) => user.server === server).length

const reportSchema = z.object({
  counts: z.object({ ok: z.number(), warning: z.number(), fault: z.number() }),
  findings: z.array(
    z.object({
      section: z.string(),
      level: z.enum(['ok', 'warning', 'fault']),
      says: z.string(),
      remedy: z.string().optional(),
    }),
  ),
})
type Report = z.infer<typeof reportSchema>

interface Examination {
  readonly code: number | null
  readonly text: string
  readonly tookMs: number
}

async function doctor(
  variables: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Examination> {
  const startedAtMs = Date.now()
  const child = spawn(process.execPath, ['infra/cli/keepsake.ts', 'doctor', ...args], {
    env: { ...inheritedEnvironment(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code]: unknown[] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, text, tookMs: Date.now() - startedAtMs }
}

async function examine(
  variables: Readonly<Record<string, string>>,
): Promise<Report & Pick<Examination, 'code' | 'tookMs'>> {
  const { text, code, tookMs } = await doctor(variables, '--json')
  return { ...reportSchema.parse(JSON.parse(text)), code, tookMs }
}

const faultsOf = ({ findings }: Report): readonly string[] =>
  findings
    .filter(({ level }) => level === 'fault')
    .map(({ section, says, remedy }) => `${section}: ${says} -> ${remedy}`)

/** As it was started: ports of services are free ones that it chose. */
const up = {
  KEEPSAKE_DATA_DIR: platform.dataDir,
  COLLECTOR_PORT: '0',
  SAVES_PORT: '0',
  REPORTS_PORT: '0',
}

/** A copy of the data folder without what runs on it, and its servers named by variables. */
const copy = mkdtempSync(join(tmpdir(), 'keepsake-doctor-'))
const named = {
  ...up,
  KEEPSAKE_DATA_DIR: copy,
  KAFKA_BROKERS: platform.kafkaBrokers,
  VAULT_URL: platform.vaultUrl,
  ROLLUPS_URL: platform.rollupsUrl,
}

beforeAll(() => {
  const { common } = readConfig(['common'])
  symlinkSync(join(common.KEEPSAKE_DATA_DIR, 'jars'), join(copy, 'jars'))
  for (const folder of ['keys', 'secrets']) {
    cpSync(join(platform.dataDir, folder), join(copy, folder), { recursive: true })
    chmodSync(join(copy, folder), 0o700)
  }
})
afterAll(() => rmSync(copy, { recursive: true }))

/** Runs `work` with a file of the copy changed, and puts it back. */
async function withFile<T>(
  path: string,
  content: string | null,
  work: () => Promise<T>,
): Promise<T> {
  const file = join(copy, path)
  const before = readFileSync(file)
  if (content === null) rmSync(file)
  else writeFileSync(file, content)
  try {
    return await work()
  } finally {
    writeFileSync(file, before, { mode: 0o600 })
  }
}

describe('the doctor', () => {
  test('finds no fault in a platform that runs, and looks at every part of it', async () => {
    const report = await examine(up)
    expect(faultsOf(report)).toEqual([])
    expect(report.code).toBe(0)
    const said = report.findings.map(({ section, says }) => `${section}: ${says}`)
    for (const wanted of [
      /^kafka: 1 broker at 127\.0\.0\.1:\d+/,
      new RegExp(`^kafka: all ${Object.keys(topics).length} topics`),
      /^vault: .*ClickHouse 26\./,
      new RegExp(`^vault: all ${usersOf('vault')} users are let in`),
      /^rollups: its tables are those of this keepsake/,
      /^clocks: vault is within/,
      /^ports: \d+ is where collector listens/,
      /^processes: ready: /,
    ]) {
      expect(said).toContainEqual(expect.stringMatching(wanted))
    }
  })

  test('says what would be started where nothing runs', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'keepsake-doctor-empty-'))
    const { common } = readConfig(['common'])
    symlinkSync(join(common.KEEPSAKE_DATA_DIR, 'jars'), join(empty, 'jars'))
    try {
      const report = await examine({ ...up, KEEPSAKE_DATA_DIR: empty })
      expect(faultsOf(report)).toEqual([])
      for (const server of ['kafka', 'vault', 'rollups']) {
        expect(report.findings).toContainEqual({
          section: server,
          level: 'ok',
          says: `${server} does not run; npm start runs it here, as a process`,
        })
      }
    } finally {
      rmSync(empty, { recursive: true })
    }
  })

  test('names the process that has a port, and the variable to set', async () => {
    const server: Server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    try {
      const report = await examine({ ...named, COLLECTOR_PORT: port })
      const who = process.platform === 'linux' ? `process ${process.pid} \\(node\\)` : '.*'
      expect(faultsOf(report)).toEqual([
        expect.stringMatching(
          new RegExp(`^ports: ${port} is taken by ${who}, .* -> .*COLLECTOR_PORT`),
        ),
      ])
      expect(report.code).toBe(1)
    } finally {
      server.close()
    }
  })

  test('tells within ten seconds of brokers and servers that are not there', async () => {
    const report = await examine({
      ...named,
      // The second is an address that nobody answers from at all.
      KAFKA_BROKERS: '127.0.0.1:1,192.0.2.1:9092',
      VAULT_URL: 'http://127.0.0.1:1',
    })
    expect(faultsOf(report)).toEqual([
      expect.stringMatching(
        /^kafka: nobody listens on 127\.0\.0\.1:1, 192\.0\.2\.1:9092 -> .*KAFKA_BROKERS/,
      ),
      expect.stringMatching(/^vault: http:\/\/127\.0\.0\.1:1 does not answer -> .*VAULT_URL/),
    ])
    // The rollups are there, and are examined as ever.
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        section: 'rollups',
        says: `all ${usersOf('rollups')} users are let in by their passwords`,
      }),
    )
    expect(report.tookMs).toBeLessThan(10_000)
  })

  test('tells in time of something that listens and is no broker', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    try {
      const report = await examine({ ...named, KAFKA_BROKERS: `127.0.0.1:${port}` })
      expect(faultsOf(report)).toEqual([
        expect.stringMatching(/^kafka: .*does not answer us as Kafka -> .*KAFKA_USER/),
      ])
      expect(report.tookMs).toBeLessThan(10_000)
    } finally {
      server.close()
    }
  })

  test('tells of a key that is gone what its loss means', async () => {
    // A vault that was started here has made data with it.
    mkdirSync(join(copy, 'vault', 'data'), { recursive: true, mode: 0o700 })
    const report = await withFile('keys/pseudonyms', null, () => examine(named))
    expect(faultsOf(report)).toEqual([
      expect.stringMatching(
        /^keys and secrets: missing: the key of pseudonyms .* -> Losing it counts every person anew: restore it from a backup/,
      ),
    ])
  })

  test('tells whose password is wrong, by the file and not by its content', async () => {
    const wrong = 'Wr0ng-and-never-to-be-seen'
    const { text, code } = await withFile('secrets/vault-sealer', wrong, () => doctor(named))
    expect(code).toBe(1)
    expect(text).toMatch(/FAULT +user sealer is refused with the password in secrets\/vault-sealer/)
    expect(text).not.toContain(wrong)
    for (const secret of ['secrets/vault-admin', 'secrets/rollups-analyst', 'keys/pseudonyms']) {
      expect(text).not.toContain(readFileSync(join(copy, secret), 'utf8').trim())
    }
    const admin = await withFile('secrets/rollups-admin', wrong, () => examine(named))
    expect(faultsOf(admin)).toEqual([
      expect.stringMatching(
        /^rollups: .* refuses user admin with the password in secrets\/rollups-admin/,
      ),
    ])
  })

  test('tells of a key that others can read, with the command', async () => {
    const file = join(copy, 'keys', 'page-tokens')
    chmodSync(file, 0o644)
    chmodSync(join(copy, 'keys'), 0o755)
    try {
      expect(faultsOf(await examine(named))).toEqual([
        `keys and secrets: the key of page tokens can be read by other users (keys/page-tokens) -> Run: chmod 600 ${file}; and make it anew if they may have seen it.`,
      ])
    } finally {
      chmodSync(file, 0o600)
      chmodSync(join(copy, 'keys'), 0o700)
    }
  })

  test('tells every fault of the configuration, and goes on without what is wrong', async () => {
    const report = await examine({ ...named, SAVES_PORT: 'none', VAULT_URL: 'vault:8123' })
    expect(faultsOf(report)).toEqual([
      expect.stringMatching(/^configuration: VAULT_URL: must be/),
      expect.stringMatching(/^configuration: SAVES_PORT: must be a port/),
    ])
    expect(report.findings).toContainEqual(
      expect.objectContaining({ section: 'kafka', level: 'ok' }),
    )
  })

  test('writes plain lines of 80 columns into a pipe', async () => {
    const { text, code } = await doctor(up)
    expect(code).toBe(0)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(text).not.toContain('\u001B')
    expect(text).toMatch(/^(all \d+ checks are well|no fault, \d+ warnings? in \d+ checks)$/m)
  })
})
