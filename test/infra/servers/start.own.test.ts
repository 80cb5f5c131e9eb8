// `npm start` from its first second to its last: what it leaves behind is data and nothing else, however it ends.
import { afterAll, describe, expect, test } from 'vitest'
import { issuerKeyFile } from '#infra/runtime/local-keys.ts'
import { openLocalIssuer } from '#infra/runtime/tokens.ts'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import type { PlatformState } from '#infra/servers/platform-state.ts'
import { identityOf } from '#infra/servers/process-identity.ts'
import { openStarts } from '../../support/starts.ts'
import type { Start } from '../../support/starts.ts'

const starts = openStarts()
const { dataDir } = starts
const start = (): Start => starts.start('--no-simulator')
afterAll(() => starts[Symbol.asyncDispose]())

function living({ processes }: PlatformState): readonly string[] {
  return processes
    .filter(({ pid, identity }) => pid !== null && identityOf(pid) === identity)
    .map(({ name }) => name)
}

const names = [
  'vault',
  'rollups',
  'kafka',
  'collector',
  'facts',
  'saves',
  'notifications',
  'sealer',
  'saves-api',
  'reports',
]

async function bearer(scope: string, creators: readonly string[]): Promise<string> {
  const about = { issuer: 'keepsake-local', audience: 'keepsake' }
  const issuer = await openLocalIssuer({ keyFile: issuerKeyFile(dataDir), ...about })
  return `Bearer ${await issuer.sign({ subject: 'test', scopes: [scope], creators, lifetimeS: 600 })}`
}

async function putVideo({ ports }: PlatformState): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${ports['collector']}/v1/videos/77`, {
    method: 'PUT',
    headers: {
      authorization: await bearer('videos:write', []),
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      creator_id: '900',
      published_at: '2026-01-01T00:00:00Z',
      duration_ms: 9000,
      title: 'kept',
    }),
  })
  return answer.status
}

async function titles({ ports }: PlatformState): Promise<string> {
  const authorization = await bearer('reports:read', ['900'])
  const url = `http://127.0.0.1:${ports['reports']}/v1/videos`
  return (await fetch(url, { headers: { authorization } })).text()
}

describe('a start', () => {
  let run: Start
  let state: PlatformState

  test('brings up every server and process, and shows where they are', async () => {
    run = start()
    state = await starts.untilUp(run)
    expect([...living(state)].sort()).toEqual([...names].sort())
    expect(run.output()).toContain(`http://127.0.0.1:${state.ports['reports']}`)
    expect(run.output()).toMatch(/^analyst /m)
  })

  test('is refused on a folder where another one lives, and does it no harm', async () => {
    const second = start()
    expect(await starts.ended(second)).toBe(1)
    expect(second.output()).toContain('already runs')
    expect(living(state)).toHaveLength(names.length)
  })

  test('lets nobody in without a password, also after a server died', async () => {
    const vault = state.processes.find(({ name }) => name === 'vault')
    process.kill(vault?.pid ?? 0, 'SIGKILL')
    const now = (): PlatformState | null => readPlatformState(dataDir)
    const pidNow = (): number | null | undefined =>
      now()?.processes.find(({ name }) => name === 'vault')?.pid
    await expect.poll(() => [vault?.pid, null].includes(pidNow()), { timeout: 2000 }).toBe(false)
    const answers = async (query: string): Promise<number> =>
      (await fetch(`${state.vault_url}/?query=select+1${query}`)).status
    await expect
      .poll(
        () =>
          fetch(`${state.vault_url}/ping`).then(
            ({ ok }) => ok,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true)
    for (const who of [
      '',
      '&user=default',
      '&user=default&password=',
      '&user=default&session_id=a',
    ]) {
      expect([who, await answers(who)]).not.toEqual([who, 200])
    }
    state = now() ?? state
  })

  test('leaves no process behind when it is killed', async () => {
    expect(await putVideo(state)).toBeLessThan(300)
    await expect.poll(() => titles(state), { timeout: 20_000 }).toContain('kept')
    run.child.kill('SIGKILL')
    await expect.poll(() => living(state), { timeout: 12_000 }).toEqual([])
  })

  test('continues with the same data on the same ports', async () => {
    run = start()
    const before = state.ports
    state = await starts.untilUp(run)
    expect(state.ports).toEqual(before)
    await expect.poll(() => titles(state), { timeout: 20_000 }).toContain('kept')
  })

  test('ends in order and without a trace on Ctrl-C', async () => {
    run.child.kill('SIGINT')
    expect(await starts.ended(run)).toBe(0)
    expect(living(state)).toEqual([])
    expect(readPlatformState(dataDir)).toBeNull()
  })
})
