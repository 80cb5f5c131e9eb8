// Each usual fault is judged by what it would cost, and has a remedy that can be followed.
import { describe, expect, test } from 'vitest'
import { judgeServer } from '#infra/doctor/clickhouse.ts'
import type { ServerLook } from '#infra/doctor/clickhouse.ts'
import { judgeSkew, judgeStamps } from '#infra/doctor/clocks.ts'
import { judgeConfiguration } from '#infra/doctor/configuration.ts'
import type { Configuration } from '#infra/doctor/configuration.ts'
import { judgeDataFolder } from '#infra/doctor/data-folder.ts'
import type { DataFolder } from '#infra/doctor/data-folder.ts'
import type { Verdict } from '#infra/doctor/finding.ts'
import { listeningInodes } from '#infra/doctor/port-holder.ts'
import { judgePorts } from '#infra/doctor/ports.ts'
import { judgeProcesses } from '#infra/doctor/processes.ts'
import { judgeSecrets } from '#infra/doctor/secrets.ts'
import type { SecretFile } from '#infra/doctor/secrets.ts'
import { knownVariables } from '#infra/runtime/config.ts'
import type { ProcessView } from '#infra/status/snapshot.ts'

const told = (verdicts: readonly Verdict[]): readonly string[] =>
  verdicts.flatMap(({ level, says, remedy }) =>
    level === 'ok' ? [] : [`${level}: ${says} -> ${remedy}`],
  )

describe('the configuration', () => {
  const well: Configuration = {
    faults: [],
    inFile: ['SAVES_PORT', 'JAVA_HOME'],
    known: knownVariables(),
    addresses: {},
    state: null,
  }

  test('that can be read is well', () => {
    expect(told(judgeConfiguration(well))).toEqual([])
  })

  test('is told with all its faults together, and with what nothing reads', () => {
    const faults = [
      'SAVES_PORT: must be a port, 0 to 65535',
      'VAULT_URL: must be an http or https URL',
    ]
    const inFile = ['KAFKA_BROKER', 'QWERTY']
    expect(told(judgeConfiguration({ ...well, faults, inFile }))).toEqual([
      expect.stringMatching(/^fault: SAVES_PORT: must be a port/),
      expect.stringMatching(/^fault: VAULT_URL: /),
      expect.stringMatching(/^warning: KAFKA_BROKER in \.env .*-> Is KAFKA_BROKERS meant\?/),
      expect.stringMatching(/^warning: QWERTY in \.env is read by nothing -> Correct/),
    ])
  })

  test('that was changed since the start takes effect with the next', () => {
    const state = {
      pid: 1,
      identity: '',
      started_at: '',
      kafka_brokers: 'a:1',
      vault_url: 'http://v',
      rollups_url: 'http://r',
      processes: [],
      ports: {},
    }
    const addresses = { KAFKA_BROKERS: 'b:1', VAULT_URL: 'http://v' }
    expect(told(judgeConfiguration({ ...well, addresses, state }))).toEqual([
      expect.stringMatching(/^warning: KAFKA_BROKERS is b:1, .* uses a:1 -> Restart/),
    ])
  })
})

describe('the data folder', () => {
  const GB = 1e9
  const disk = (freeBytes: number, totalBytes: number): DataFolder['disk'] => ({
    parts: [['vault', 3 * GB]],
    dataBytes: 3 * GB,
    freeBytes,
    totalBytes,
  })
  const folder: DataFolder = {
    path: '/d',
    found: { mode: 0o700, isOurs: true },
    isWritable: true,
    disk: disk(50 * GB, 100 * GB),
  }
  const judge = (changed: Partial<DataFolder>): readonly string[] =>
    told(judgeDataFolder({ ...folder, ...changed }))

  test('that is its owner’s alone and has room is well, also before the first start', () => {
    expect(judge({})).toEqual([])
    expect(judge({ found: null })).toEqual([])
  })

  test('that cannot be written is a fault; that others can enter, a warning with the command', () => {
    expect(judge({ isWritable: false })).toEqual([
      expect.stringMatching(/^fault: \/d cannot be written/),
    ])
    expect(judge({ found: { mode: 0o755, isOurs: true } })).toEqual([
      expect.stringMatching(/^warning: .* -> Run: chmod 700 \/d$/),
    ])
    expect(judge({ found: { mode: 0o700, isOurs: false } })).toEqual([
      expect.stringMatching(/^warning: \/d belongs to another user/),
    ])
  })

  test.each([
    [
      'under a gigabyte is full',
      0.9 * GB,
      5 * GB,
      /^fault: the disk is full: 900 MB .*keepsake takes 3\.0 GB \(vault 3\.0 GB\)/,
    ],
    [
      'under five gigabytes is nearly full',
      4 * GB,
      20 * GB,
      /^warning: the disk is nearly full: 4\.0 GB/,
    ],
    ['under a tenth is nearly full', 50 * GB, 1000 * GB, /^warning: .*\(5 %\)/],
  ])('on a disk that has %s', (_, free, total, says) => {
    expect(judge({ disk: disk(free, total) })).toEqual([expect.stringMatching(says)])
  })
})

describe('keys and secrets', () => {
  const modes = { file: 0o600, folder: 0o700 }
  const file = (kind: SecretFile['kind'], changed: Partial<SecretFile> = {}): SecretFile => ({
    what: 'the key',
    path: '/d/keys/k',
    kind,
    modes,
    ...changed,
  })
  const context = { dataDir: '/d', isFresh: false, hasVaultData: true }

  test('that are there for their owner only are well', () => {
    expect(told(judgeSecrets([file('pseudonyms'), file('renewable')], context))).toEqual([])
  })

  test('of a folder where nothing was started yet are not missed', () => {
    const fresh = { ...context, isFresh: true, hasVaultData: false }
    const files = [file('pseudonyms', { modes: null }), file('renewable', { modes: null })]
    expect(judgeSecrets(files, fresh)).toEqual([
      { level: 'ok', says: 'none yet: the first start makes them' },
    ])
  })

  test('that make persons are a fault to lose while there are data, others a warning', () => {
    expect(told(judgeSecrets([file('pseudonyms', { modes: null })], context))).toEqual([
      expect.stringMatching(
        /^fault: missing: the key \(keys\/k\), while the vault has data .* -> Losing it counts every person anew: restore it from a backup/,
      ),
    ])
    expect(told(judgeSecrets([file('renewable', { modes: null })], context))).toEqual([
      expect.stringMatching(/^warning: missing: the key/),
    ])
    expect(told(judgeSecrets([file('theirs', { modes: null })], context))).toEqual([
      expect.stringMatching(
        /^fault: missing: the key .* -> Put it there, below \/d, with mode 600/,
      ),
    ])
  })

  test('that are missing for one reason are told together, and never as being there', () => {
    const missing = [file('theirs', { modes: null }), file('theirs', { modes: null, what: 'b' })]
    expect(told(judgeSecrets(missing, context))).toEqual([
      expect.stringMatching(/^fault: missing: the key \(keys\/k\), b \(keys\/k\) -> /),
    ])
    const empty = { ...context, hasVaultData: false }
    const [verdict] = judgeSecrets([file('pseudonyms', { modes: null }), file('renewable')], empty)
    expect(verdict?.says).toBe(
      '1 of 2 are there, for their owner only; the next start makes the others',
    )
  })

  test('that others can read are a fault, or a warning where their folder keeps others out', () => {
    const open = { file: 0o644, folder: 0o755 }
    expect(told(judgeSecrets([file('renewable', { modes: open })], context))).toEqual([
      expect.stringMatching(
        /^fault: .* can be read by other users .* -> Run: chmod 600 \/d\/keys\/k/,
      ),
    ])
    const closed = { file: 0o640, folder: 0o700 }
    expect(told(judgeSecrets([file('renewable', { modes: closed })], context))).toEqual([
      expect.stringMatching(/^warning: only its folder keeps other users from/),
    ])
    expect(told(judgeSecrets([file('public', { modes: open })], context))).toEqual([])
  })
})

describe('ports', () => {
  test('that another program has are told with it and with the variable to set', () => {
    const holder = { pid: 42, name: 'nginx' }
    const uses = [
      { service: 'collector', port: 8081, use: { holder } },
      { service: 'saves', port: 8082, use: { holder: null } },
      { service: 'reports', port: 8080, use: 'ours' },
    ] as const
    expect(told(judgePorts(uses))).toEqual([
      expect.stringMatching(
        /^fault: 8081 is taken by process 42 \(nginx\), and collector .* COLLECTOR_PORT/,
      ),
      expect.stringMatching(/^fault: 8082 is taken by another program, .* SAVES_PORT/),
    ])
  })

  test('that two services are to share are a fault; any port that is free can be', () => {
    const free = (service: 'saves' | 'reports', port: number) =>
      ({ service, port, use: port === 0 ? 'any' : 'free' }) as const
    expect(told(judgePorts([free('saves', 9), free('reports', 9)]))).toEqual([
      expect.stringMatching(/^fault: reports and saves are both to have port 9/),
    ])
    expect(told(judgePorts([free('saves', 0), free('reports', 0)]))).toEqual([])
  })

  test('are found in the kernel’s table by listeners alone', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 372582 1',
      '   1: 0100007F:1F91 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 372583 1',
      '   2: 0100007F:1F92 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 372584 1',
    ].join('\n')
    expect(listeningInodes(table, 8081)).toEqual(['socket:[372582]'])
    expect(listeningInodes(table, 8083)).toEqual([])
  })
})

describe('a ClickHouse server', () => {
  const migrations = { missing: [], changed: [], unknown: [] }
  const look: ServerLook = {
    server: 'vault',
    url: 'http://v',
    version: '26.7.2.1',
    refused: [],
    usersTried: 5,
    migrations,
    isGiven: false,
  }
  const judge = (changed: Partial<ServerLook>): readonly string[] =>
    told(judgeServer({ ...look, ...changed }))

  test('of the tested release with its tables and users is well', () => {
    expect(judge({})).toEqual([])
  })

  test('that is too old is a fault, of another release a warning', () => {
    expect(judge({ version: '25.8.1.1' })).toEqual([
      expect.stringMatching(/^fault: .*ClickHouse 25\.8\.1\.1 is too old: 26 or newer is needed/),
    ])
    expect(judge({ version: '26.9.1.1' })).toEqual([
      expect.stringMatching(
        /^warning: .*26\.9\.1\.1 is not the 26\.7 that keepsake is tested with/,
      ),
    ])
  })

  test('that refuses a user is told by the user and the file, never the password', () => {
    expect(judge({ refused: ['sealer'] })).toEqual([
      expect.stringMatching(/^fault: user sealer is refused .* secrets\/vault-sealer -> .*start/),
    ])
    expect(judge({ refused: ['sealer'], isGiven: true })).toEqual([
      expect.stringMatching(/ -> Put the right one into that file/),
    ])
  })

  test('is behind, ahead or changed by the names of its migrations', () => {
    const change = { missing: ['005-a.sql'], changed: ['001-b.sql'], unknown: ['009-c.sql'] }
    expect(judge({ migrations: change })).toEqual([
      expect.stringMatching(/^fault: .*lack 1 migration\(s\): 005-a\.sql -> .*npm start/),
      expect.stringMatching(/^fault: .*changed .*001-b\.sql -> .*migrations\/vault/),
      expect.stringMatching(/^warning: .*newer keepsake.*009-c\.sql/),
    ])
  })
})

describe('clocks', () => {
  test.each([
    [0, 'ok'],
    [1900, 'ok'],
    [2100, 'warning'],
    [-2100, 'warning'],
    [61_000, 'fault'],
    [-61_000, 'fault'],
  ])('that are %i ms apart are %s', (aheadMs, level) => {
    const verdict = judgeSkew('vault', { aheadMs, offMs: 10 })
    expect(verdict.level).toBe(level)
    if (level !== 'ok') expect(verdict.remedy).toContain('NTP')
  })

  test('are not blamed for an answer that took long', () => {
    expect(judgeSkew('vault', { aheadMs: 2500, offMs: 1500 }).level).toBe('ok')
  })

  test('say which of the two is ahead', () => {
    expect(judgeSkew('vault', { aheadMs: 5000, offMs: 0 }).says).toContain('5.0 s ahead of')
    expect(judgeSkew('vault', { aheadMs: -5000, offMs: 0 }).says).toContain('5.0 s behind')
  })

  test('of a broker show by what it stamped later than now', () => {
    expect(judgeStamps({ warning: false, fault: false }).level).toBe('ok')
    expect(judgeStamps({ warning: true, fault: false }).level).toBe('warning')
    expect(judgeStamps({ warning: true, fault: true }).level).toBe('fault')
  })
})

describe('processes', () => {
  const view = (changed: Partial<ProcessView>): ProcessView => ({
    name: 'facts',
    pid: 1,
    port: null,
    opsPort: 2,
    memoryBytes: null,
    restarts: 0,
    state: 'ready',
    why: null,
    ...changed,
  })
  const judge = (changed: Partial<ProcessView>): readonly string[] =>
    told(judgeProcesses([view(changed)], '/d/logs'))

  test('that are ready and stay up are well', () => {
    expect(judge({})).toEqual([])
    expect(judge({ restarts: 2 })).toEqual([])
  })

  test('that are not are told with why, and with the log to read', () => {
    expect(judge({ state: 'not ready', why: 'the log does not answer' })).toEqual([
      'fault: facts is not ready: the log does not answer -> Look at /d/logs/facts.log.',
    ])
    expect(judge({ state: 'starting again', pid: null })).toHaveLength(1)
    expect(judge({ state: 'does not answer' })).toHaveLength(1)
    expect(judge({ restarts: 3 })).toEqual([
      expect.stringMatching(/^warning: facts died .* 3 times/),
    ])
  })

  test('that still make up their history are at work, not at fault', () => {
    expect(judge({ name: 'simulator', state: 'not ready', why: 'sending history' })).toEqual([])
  })
})
