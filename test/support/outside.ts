// The platform as an outside client sees it: tokens, HTTP, and waiting for a condition, never for a time.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseServer } from '#infra/clickhouse/users.ts'
import { issuerKeyFile } from '#infra/runtime/local-keys.ts'
import { openLocalIssuer } from '#infra/runtime/tokens.ts'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import { call, eventually } from './client.ts'
import type { Answer, Json } from './client.ts'
import { platformOfLane } from './running-platform.ts'

export { call, eventually } from './client.ts'
export type { Answer, CallOptions, Json } from './client.ts'

/** Of this file's lane: no other file uses it meanwhile. */
export const platform = await platformOfLane()

const issuer = await openLocalIssuer({
  keyFile: issuerKeyFile(platform.dataDir),
  issuer: 'keepsake-local',
  audience: 'keepsake',
})

const sign = (subject: string, scopes: readonly string[], creators?: readonly string[]) =>
  issuer.sign({ subject, scopes, lifetimeS: 600, ...(creators === undefined ? {} : { creators }) })

export const tokens = {
  service: (...scopes: readonly string[]) => sign('test', scopes),
  viewer: (userId: string) => sign(userId, ['saves:self']),
  creator: (...creatorIds: readonly string[]) => sign('creator', ['reports:read'], creatorIds),
  analyst: () => sign('analyst', ['reports:all']),
}

export const collector = (path: string): string => `${platform.collectorUrl}${path}`
export const saves = (path: string): string => `${platform.savesUrl}${path}`
export const reports = (path: string): string => `${platform.reportsUrl}${path}`

/** Asks for a report. */
export function report(token: string, query: Readonly<Record<string, string>>): Promise<Answer> {
  return call('GET', reports(`/v1/reports?${new URLSearchParams(query).toString()}`), { token })
}

/** What the catalogue is told of a video. */
export interface CataloguedVideo {
  readonly videoId: string
  readonly creatorId: string
  readonly publishedMs: number
  readonly visibility?: string
}

/** Puts videos into the catalogue. @throws when one is refused. */
export async function putVideos(videos: readonly CataloguedVideo[]): Promise<void> {
  const token = await tokens.service('videos:write')
  for (const { videoId, creatorId, publishedMs, visibility = 'public' } of videos) {
    const answer = await call('PUT', collector(`/v1/videos/${videoId}`), {
      token,
      body: {
        creator_id: creatorId,
        published_at: new Date(publishedMs).toISOString(),
        duration_ms: 9000,
        title: `video ${videoId}`,
        visibility,
      },
    })
    if (answer.status >= 300) throw new Error(`PUT video: ${answer.status} ${answer.text}`)
  }
}

/** Puts videos of a creator into the catalogue, public since the beginning of the year. */
export function catalogue(creatorId: string, videoIds: readonly string[]): Promise<void> {
  const publishedMs = Date.parse('2026-01-01T00:00:00Z')
  return putVideos(videoIds.map((videoId) => ({ videoId, creatorId, publishedMs })))
}

/** Posts events in requests of `size`. @throws unless every one is accepted. */
export async function post(
  events: readonly Json[],
  size = 200,
  scope = 'events:write',
): Promise<void> {
  const token = await tokens.service(scope)
  for (let from = 0; from < events.length; from += size) {
    const some = events.slice(from, from + size)
    const answer = await call('POST', collector('/v1/events'), { token, body: { events: some } })
    if (answer.status !== 202 || answer.body['accepted'] !== some.length) {
      throw new Error(`POST events: ${answer.status} ${answer.text.slice(0, 500)}`)
    }
  }
}

/** Posts events as a careful client does: what was not accepted for sure is sent again. */
export async function postPatiently(events: readonly Json[], size = 200): Promise<void> {
  for (let from = 0; from < events.length; from += size) {
    await eventually('an accepted request', () =>
      post(events.slice(from, from + size), size).then(
        () => ({ found: true }),
        (seen: unknown) => ({ seen: String(seen) }),
      ),
    )
  }
}

/** Waits until a report's rows are these. */
export function eventuallyRows(
  token: string,
  query: Readonly<Record<string, string>>,
  rows: readonly (readonly unknown[])[],
  limitMs?: number,
): Promise<Answer> {
  const wanted = JSON.stringify(rows)
  const look = async () => {
    const answer = await report(token, query)
    const found = answer.status === 200 && JSON.stringify(answer.body['rows']) === wanted
    return found ? { found: answer } : { seen: [answer.status, answer.body['rows'] ?? answer.text] }
  }
  return eventually(`rows ${wanted.slice(0, 200)}`, look, limitMs)
}

/** Kills a process of the platform with SIGKILL; its supervisor starts it again. @returns its pid. */
export function kill(name: string): Promise<number> {
  return signal(name, 'SIGKILL')
}

/** Has a process of the platform stand still, until SIGCONT or SIGKILL. @returns its pid. */
export function halt(name: string): Promise<number> {
  return signal(name, 'SIGSTOP')
}

function signal(name: string, sent: 'SIGKILL' | 'SIGSTOP'): Promise<number> {
  return eventually(`process ${name}`, async () => {
    const pid = pidOf(name)
    if (pid === null) return { seen: 'being started' }
    process.kill(pid, sent)
    return { found: pid }
  })
}

/** The pid of a process of the platform; null while it is being started again. */
export function pidOf(name: string): number | null {
  const state = readPlatformState(platform.dataDir)
  return state?.processes.find((each) => each.name === name)?.pid ?? null
}

/** A server as one of its users. */
export function store(server: ClickhouseServer, user: string): ClickhouseStore {
  const url = server === 'vault' ? platform.vaultUrl : platform.rollupsUrl
  return openClickhouseStore({ url, user, password: passwordOf(server, user), application: 'test' })
}

export function passwordOf(server: ClickhouseServer, user: string): string {
  return readFileSync(join(platform.dataDir, 'secrets', `${server}-${user}`), 'utf8').trim()
}

/** Runs a command of the command line on the platform. @throws when it ends with another code than 0. */
export async function keepsake(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await keepsakeEnd(...args)
  if (code !== 0) throw new Error(`keepsake ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

export interface CommandEnd {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the command line on the platform, whatever code it ends with. */
export function keepsakeEnd(...args: readonly string[]): Promise<CommandEnd> {
  return keepsakeWith('', ...args)
}

/** The same with a standard input. */
export async function keepsakeWith(input: string, ...args: readonly string[]): Promise<CommandEnd> {
  const env = {
    ...process.env,
    KEEPSAKE_DATA_DIR: platform.dataDir,
    COLLECTOR_PORT: new URL(platform.collectorUrl).port,
    SAVES_PORT: new URL(platform.savesUrl).port,
    REPORTS_PORT: new URL(platform.reportsUrl).port,
  }
  return new Promise((resolve) => {
    const program = ['infra/cli/keepsake.ts', ...args]
    const child = execFile(process.execPath, program, { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
    child.stdin?.end(input)
  })
}
