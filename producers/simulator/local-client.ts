// A client of the collector whose tokens the local issuer signs, each used for half of its life.
import { createApiClient } from '#infra/runtime/api-client.ts'
import type { ApiClient } from '#infra/runtime/api-client.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { LocalIssuer } from '#infra/runtime/tokens.ts'

const LIFETIME_S = 12 * 3600
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
  let token: { readonly text: string; readonly signedAtMs: number } | null = null
  return createApiClient({
    url,
    patienceMs: PATIENCE_MS,
    signal: stop,
    async token() {
      if (token === null || clock.nowMs() - token.signedAtMs > (LIFETIME_S * 1000) / 2) {
        const text = await issuer.sign({ subject: 'simulator', scopes, lifetimeS: LIFETIME_S })
        token = { text, signedAtMs: clock.nowMs() }
      }
      return token.text
    },
  })
}
