// Tokens of the local issuer for work that takes long: each is used for half of its life.
import type { Clock } from './clock.ts'
import type { LocalClaims, LocalIssuer } from './tokens.ts'

const LIFETIME_S = 12 * 3600

/** A source of tokens with these claims, for a client that asks before every request. */
export function renewedToken(
  issuer: LocalIssuer,
  claims: Omit<LocalClaims, 'lifetimeS'>,
  clock: Clock,
): () => Promise<string> {
  let token = { text: '', signedAtMs: Number.NEGATIVE_INFINITY }
  return async () => {
    if (clock.nowMs() - token.signedAtMs > (LIFETIME_S * 1000) / 2) {
      const text = await issuer.sign({ ...claims, lifetimeS: LIFETIME_S })
      token = { text, signedAtMs: clock.nowMs() }
    }
    return token.text
  }
}
