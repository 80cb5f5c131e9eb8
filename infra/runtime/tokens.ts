// Who speaks: checks bearer tokens against the issuer's public keys, and can be a local issuer itself.
import { readFileSync } from 'node:fs'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import type { Config } from './config.ts'
import { readOrCreateSecret, writeFileOnce } from './secret-files.ts'

/** Signatures that are accepted; everything else, `none` above all, is refused. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA']
const LEEWAY_S = 60
const LIFETIME_MAX_S = 24 * 3600

/** A caller whose token was good. */
export interface Caller {
  /** `sub`: the user, or the name of a service. */
  readonly subject: string
  readonly scopes: ReadonlySet<string>
  /** Creators whose reports the caller may read. */
  readonly creators: ReadonlySet<string>
}

export interface TokenVerifier {
  /** The caller of a good token; null for one that is forged, expired or not meant for us. */
  verify(token: string): Promise<Caller | null>
}

interface TokenVerifierOptions {
  readonly jwksUrl?: string | undefined
  readonly jwksFile?: string | undefined
  readonly issuer: string
  readonly audience: string
}

const claimsSchema = z.object({
  sub: z.string().min(1).max(200),
  iat: z.number(),
  exp: z.number(),
  scope: z.string().max(2000).default(''),
  creator: z.union([z.string(), z.array(z.string()).max(1000)]).default([]),
})

/** Keys are cached for 10 minutes and read again once for a key id that is not known. */
export function createTokenVerifier(config: Config<'auth'>['auth']): TokenVerifier {
  const options: TokenVerifierOptions = {
    jwksUrl: config.AUTH_JWKS_URL,
    jwksFile: config.AUTH_JWKS_FILE,
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
  }
  const keys = keySource(options)
  return {
    async verify(token) {
      const payload = await verified(token, keys, options)
      if (payload === null) return null
      const claims = claimsSchema.safeParse(payload)
      if (!claims.success) return null
      const { sub, iat, exp, scope, creator } = claims.data
      if (exp - iat > LIFETIME_MAX_S) return null
      return {
        subject: sub,
        scopes: new Set(scope.split(' ').filter((each) => each !== '')),
        creators: new Set(typeof creator === 'string' ? [creator] : creator),
      }
    },
  }
}

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, audience }: TokenVerifierOptions,
): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: LEEWAY_S,
      requiredClaims: ['sub', 'iat', 'exp'],
    })
    return payload
  } catch (error) {
    // A bad token is data; keys that cannot be fetched are a failure of the world.
    if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return null
    throw error
  }
}

function keySource({ jwksUrl, jwksFile }: TokenVerifierOptions): JWTVerifyGetKey {
  if (jwksUrl !== undefined) {
    return createRemoteJWKSet(new URL(jwksUrl), { cacheMaxAge: 600_000, cooldownDuration: 5000 })
  }
  if (jwksFile === undefined) throw new Error('neither a JWKS URL nor a JWKS file is given')
  const read = (): JWTVerifyGetKey => createLocalJWKSet(JSON.parse(readFileSync(jwksFile, 'utf8')))
  let keys = read()
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      keys = read()
      return keys(header, token)
    }
  }
}

/** Signs tokens of our own for a laptop, where no platform issues them. */
export interface LocalIssuer {
  sign(claims: LocalClaims): Promise<string>
}

export interface LocalClaims {
  readonly subject: string
  readonly scopes: readonly string[]
  readonly creators?: readonly string[]
  readonly lifetimeS: number
}

export interface LocalIssuerOptions {
  readonly keyFile: string
  readonly issuer: string
  readonly audience: string
}

/** Makes the issuer's key pair once: the private key as `keyFile`, the public one as `jwksFile`. */
export async function createLocalIssuerKeys(keyFile: string, jwksFile: string): Promise<void> {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const fresh = JSON.stringify({ ...(await exportJWK(pair.privateKey)), kid: crypto.randomUUID() })
  const kept = readOrCreateSecret(keyFile, () => fresh)
  const { d: _private, ...open } = jwkSchema.parse(JSON.parse(kept))
  writeFileOnce(jwksFile, JSON.stringify({ keys: [{ ...open, alg: 'ES256', use: 'sig' }] }))
}

const jwkSchema = z.looseObject({ kty: z.literal('EC'), kid: z.string(), d: z.string() })

/** Opens the issuer whose key `createLocalIssuerKeys` made. */
export async function openLocalIssuer(options: LocalIssuerOptions): Promise<LocalIssuer> {
  const jwk = jwkSchema.parse(JSON.parse(readFileSync(options.keyFile, 'utf8')))
  const key = await importJWK(jwk, 'ES256')
  return {
    sign: ({ subject, scopes, creators, lifetimeS }) =>
      new SignJWT({
        scope: scopes.join(' '),
        ...(creators === undefined ? {} : { creator: [...creators] }),
      })
        .setProtectedHeader({ alg: 'ES256', kid: jwk.kid })
        .setSubject(subject)
        .setIssuer(options.issuer)
        .setAudience(options.audience)
        .setIssuedAt()
        .setExpirationTime(`${lifetimeS}s`)
        .sign(key),
  }
}
