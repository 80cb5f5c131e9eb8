// What a start shows at its end: where everything is, logins for those who are there, and a first report as one of them.
import { z } from 'zod'
import type { Clock } from '../runtime/clock.ts'
import { issuerKeyFile } from '../runtime/local-keys.ts'
import { openLocalIssuer } from '../runtime/tokens.ts'
import type { Platform } from '../servers/platform.ts'
import { isLocalIssuer } from '../servers/token-issuer.ts'
import type { IssuerOptions } from '../servers/token-issuer.ts'
import {
  analystLogin,
  creatorLogin,
  creatorToken,
  readCreators,
  readViewers,
  viewerLogin,
} from './start-logins.ts'
import type { FirstReport, StartTable } from './start-table.ts'

const VIDEOS_SHOWN = 5
const REPORT_DAYS = 28
const DAY_MS = 86_400_000
/** The first numbers of a new platform are published a few seconds after its first events. */
const FIRST_NUMBERS_LIMIT_MS = 20_000
const RETRY_MS = 500

export interface WelcomeOptions {
  readonly issuer: IssuerOptions
  readonly simulated: boolean
  readonly clock: Clock
  readonly stop: AbortSignal
}

const hints = [
  ['stop', 'Ctrl-C; the next start continues with the same data'],
  ['token', 'npm run -s keepsake -- token --help'],
  ['status', 'npm run -s keepsake -- status'],
] as const

/** Everything below the progress lines of a start. */
export async function welcome(platform: Platform, options: WelcomeOptions): Promise<StartTable> {
  const base = { addresses: addressesOf(platform), hints }
  const analyst = analystLogin(platform)
  if (!isLocalIssuer(options.issuer)) {
    const report = 'Ask for one with a token of your issuer: GET /v1/reports'
    return { ...base, logins: [analyst], report }
  }
  const issuer = await openLocalIssuer({
    keyFile: issuerKeyFile(platform.dataDir),
    issuer: options.issuer.issuer,
    audience: options.issuer.audience,
  })
  const creators = await repeat(options, async () => {
    const found = await readCreators(platform)
    return found.length === 0 ? null : found
  })
  const first = creators?.[0]?.id
  const token = first === undefined ? null : await creatorToken(issuer, first)
  const report =
    first === undefined || token === null
      ? null
      : await repeat(options, () => readReport(platform, { token, creator: first, ...options }))
  const viewers = options.simulated ? await readViewers(platform) : []
  const logins = await Promise.all([
    ...(creators ?? []).map((creator) => creatorLogin(platform, issuer, creator)),
    ...viewers.map((viewer) => viewerLogin(platform, issuer, viewer)),
  ])
  return {
    ...base,
    logins: [...logins, analyst],
    report: report ?? 'Nothing to report yet: post events to /v1/events of the collector.',
  }
}

function addressesOf(platform: Platform): StartTable['addresses'] {
  const { collectorUrl, reportsUrl, savesUrl, ground } = platform
  return [
    ['collector', collectorUrl, '/v1/events, videos, creators, imports'],
    ['reports', reportsUrl, '/v1/reports, catalog, videos, notifications'],
    ['saves', savesUrl, '/v1/me/saves'],
    ['kafka', ground.kafkaBrokers, 'engagement.v1 and the other topics'],
    ['vault', ground.vaultUrl, 'facts and save lists; for our processes only'],
    ['rollups', ground.rollupsUrl, 'published numbers; SQL as user analyst'],
  ]
}

/** Asks until there is an answer; once where nobody makes up events, or no longer than the limit. */
async function repeat<T>(
  { simulated, clock, stop }: WelcomeOptions,
  ask: () => Promise<T | null>,
): Promise<T | null> {
  const deadline = clock.nowMs() + FIRST_NUMBERS_LIMIT_MS
  for (;;) {
    const answer = await ask()
    if (answer !== null || !simulated || stop.aborted || clock.nowMs() > deadline) return answer
    await clock.sleep(RETRY_MS, stop)
  }
}

const reportSchema = z.object({
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
})

/** Null while there is nothing to show; a text when there will not be. */
async function readReport(
  platform: Platform,
  about: { readonly token: string; readonly creator: string; readonly clock: Clock },
): Promise<FirstReport | string | null> {
  const { token, creator, clock } = about
  const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const from = date(clock.nowMs() - (REPORT_DAYS - 1) * DAY_MS)
  const to = date(clock.nowMs())
  const metrics = ['views', 'likes']
  const query = new URLSearchParams({
    start_date: from,
    end_date: to,
    metrics: metrics.join(','),
    dimensions: 'video',
    sort: '-views',
    max_results: String(VIDEOS_SHOWN),
  })
  const answer = await fetch(`${platform.reportsUrl}/v1/reports?${query.toString()}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (answer.status >= 500) return null
  if (!answer.ok) return `The report was refused: ${await answer.text()}`
  const { rows } = reportSchema.parse(await answer.json())
  if (rows.every((row) => row.slice(1).every((cell) => cell === null || cell === 0))) return null
  return {
    title: `creator ${creator}, ${from} to ${to}, most viewed first`,
    columns: ['video', ...metrics],
    rows: rows.map((row) => row.map((cell) => (cell === null ? '-' : String(cell)))),
  }
}
