// A patient client of the collector whose tokens the local issuer signs.
import { createApiClient } from '#infra/runtime/api-client.ts'
import type { ApiClient } from '#infra/runtime/api-client.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { renewedToken } from '#infra/runtime/renewed-token.ts'
import type { LocalIssuer } from '#infra/runtime/tokens.ts'

/** How long a request is repeated while the collector is away. */
const PATIENCE_MS = 3600_000

export interface LocalClientOptions {
  readonly url: string
  readonly issuer: LocalIssuer
  readonly scopes: readonly string[]
  readonly clock: Clock
  readonly stop: AbortSignal
}

export function createLocalClient(options: LocalClientOptions): ApiClient {
  const { url, issuer, scopes, clock, stop } = options
  return createApiClient({
    url,
    token: renewedToken(issuer, { subject: 'simulator', scopes }, clock),
    patienceMs: PATIENCE_MS,
    signal: stop,
  })
}
