// `keepsake send`: posts the events of an NDJSON file to the collector, as any client would.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { createApiClient } from '#infra/runtime/api-client.ts'
import type { ApiClient } from '#infra/runtime/api-client.ts'
import { runCommand, UsageError } from '#infra/cli/command.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { issuerKeyFile } from '#infra/runtime/local-keys.ts'
import { openLocalIssuer } from '#infra/runtime/tokens.ts'
import { eventLimits } from '#schemas/events/limits.ts'

const help = `usage: npm run -s keepsake -- send FILE [--backfill] [--url URL]

Sends the events of FILE, one JSON object a line, to the collector; - reads standard input.
Sending a file twice counts its events once. Exit code 1 when an event was rejected.
  --backfill   take events of any age (scope events:backfill)
  --url URL    the collector, default http://127.0.0.1:$COLLECTOR_PORT
`

/** Events of one request: well below what the collector takes, so that progress shows. */
const REQUEST_EVENTS = 2000
const REQUEST_BYTES_MAX = eventLimits.bodyBytesMax / 2
const PATIENCE_MS = 60_000
const TOKEN_LIFETIME_S = 12 * 3600
const SHOWN_REJECTIONS = 10

const answerSchema = z.object({
  accepted: z.number(),
  rejected: z.array(
    z.object({ index: z.number(), code: z.string(), field: z.string(), message: z.string() }),
  ),
})

interface Tally {
  accepted: number
  rejected: number
  lines: number
}

await runCommand(help, async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { backfill: { type: 'boolean' }, url: { type: 'string' } },
  })
  const [file] = positionals
  if (file === undefined || positionals.length > 1) throw new UsageError('name one FILE, or -')
  const { common, platform } = readConfig(['common', 'platform'])
  const issuer = await openLocalIssuer({
    keyFile: issuerKeyFile(common.KEEPSAKE_DATA_DIR),
    issuer: platform.AUTH_ISSUER,
    audience: platform.AUTH_AUDIENCE,
  })
  const scopes = [values.backfill === true ? 'events:backfill' : 'events:write']
  const token = await issuer.sign({ subject: 'send', scopes, lifetimeS: TOKEN_LIFETIME_S })
  const client = createApiClient({
    url: values.url ?? `http://127.0.0.1:${platform.COLLECTOR_PORT}`,
    token: async () => token,
    patienceMs: PATIENCE_MS,
  })
  const tally = await sendAll(client, file)
  process.stderr.write(`${tally.accepted} accepted, ${tally.rejected} rejected\n`)
  if (tally.rejected > 0) process.exitCode = 1
})

async function sendAll(client: ApiClient, file: string): Promise<Tally> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  const tally: Tally = { accepted: 0, rejected: 0, lines: 0 }
  let lines: string[] = []
  let bytes = 0
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue
    lines.push(line)
    bytes += line.length
    if (lines.length < REQUEST_EVENTS && bytes < REQUEST_BYTES_MAX) continue
    await sendSome(client, lines, tally)
    lines = []
    bytes = 0
  }
  if (lines.length > 0) await sendSome(client, lines, tally)
  return tally
}

async function sendSome(client: ApiClient, lines: readonly string[], tally: Tally): Promise<void> {
  const { status, text } = await client.send({
    method: 'POST',
    path: '/v1/events',
    body: lines.join('\n'),
    contentType: 'application/x-ndjson',
  })
  if (status !== 202 && status !== 422) throw new Error(`The collector answered ${status}: ${text}`)
  const { accepted, rejected } = answerSchema.parse(JSON.parse(text))
  for (const { index, code, field, message } of rejected) {
    if (tally.rejected++ >= SHOWN_REJECTIONS) break
    process.stderr.write(`event ${tally.lines + index + 1}: ${code} ${field} ${message}\n`)
  }
  tally.accepted += accepted
  tally.rejected = tally.lines + lines.length - tally.accepted
  tally.lines += lines.length
  if (process.stderr.isTTY) process.stderr.write(`${tally.accepted} accepted\r`)
}
