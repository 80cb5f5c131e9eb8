// A platform of a test's own, beside the one that all share: on servers that the test may break.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '#infra/runtime/clock.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { issuerKeyFile } from '#infra/runtime/local-keys.ts'
import { openLocalIssuer } from '#infra/runtime/tokens.ts'
import { openPlatform } from '#infra/servers/platform.ts'
import type { Platform, PlatformOptions } from '#infra/servers/platform.ts'
import { call } from './client.ts'

export interface OwnPlatform extends AsyncDisposable {
  readonly platform: Platform
  /** What processes warned about, and that they were started again. */
  readonly notices: readonly string[]
  readonly token: (subject: string, scopes: readonly string[]) => Promise<string>
  /** Puts public videos of one creator into the catalogue. @throws when one is refused. */
  catalogue(creator: string, videos: readonly number[], publishedMs?: number): Promise<void>
}

const PUBLISHED_MS = Date.parse('2026-01-01T00:00:00Z')

/** The longest that is accepted: trials may run for hours. */
const TOKEN_S = 24 * 3600

const issuerNames = { issuer: 'keepsake-local', audience: 'keepsake' }

export async function openOwnPlatform(
  options: Pick<PlatformOptions, 'dataDir' | 'jarsDir' | 'given' | 'kafkaAccess'> &
    Partial<Pick<PlatformOptions, 'tell'>>,
): Promise<OwnPlatform> {
  mkdirSync(join(options.dataDir), { recursive: true, mode: 0o700 })
  const notices: string[] = []
  const platform = await openPlatform({
    ...options,
    ports: { collector: 0, saves: 0, reports: 0 },
    issuer: issuerNames,
    simulation: null,
    sealerPassMs: readConfig(['sealer']).sealer.SEALER_PASS_MS,
    logLevel: 'info',
    clock: systemClock,
    stop: new AbortController().signal,
    tell(notice) {
      const { from, level, text } = notice
      notices.push(`${from}: ${level}: ${text}`)
      options.tell?.(notice)
    },
    step: (_title, work) => work(),
  })
  const keyFile = issuerKeyFile(options.dataDir)
  const issuer = await openLocalIssuer({ keyFile, ...issuerNames })
  const token = (subject: string, scopes: readonly string[]): Promise<string> =>
    issuer.sign({ subject, scopes, lifetimeS: TOKEN_S })
  return {
    platform,
    notices,
    token,
    async catalogue(creator, videos, publishedMs = PUBLISHED_MS) {
      const lines = videos.map((video) =>
        JSON.stringify({
          video_id: String(video),
          creator_id: creator,
          published_at: new Date(publishedMs).toISOString(),
          duration_ms: 9000,
          title: `video ${video}`,
        }),
      )
      const answer = await call('POST', `${platform.collectorUrl}/v1/videos`, {
        token: await token('test', ['videos:write']),
        body: lines.join('\n'),
        contentType: 'application/x-ndjson',
      })
      if (answer.status >= 300) throw new Error(`POST videos: ${answer.status} ${answer.text}`)
    },
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  }
}
