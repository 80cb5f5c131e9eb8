// Tokens: what our issuer signs is good, and everything that was tampered with is not.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureIssuerKeys, issuerKeyFile, jwksFile } from '#infra/runtime/local-keys.ts'
import { createTokenVerifier, openLocalIssuer } from '#infra/runtime/tokens.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'keepsake-tokens-'))
const names = { issuer: 'us', audience: 'here' }
const verifier = (): ReturnType<typeof createTokenVerifier> =>
  createTokenVerifier({
    AUTH_JWKS_FILE: jwksFile(dataDir),
    AUTH_ISSUER: names.issuer,
    AUTH_AUDIENCE: names.audience,
  })

async function signed(claims: Record<string, unknown>, lifetime = '1h'): Promise<string> {
  const jwk: unknown = JSON.parse(readFileSync(issuerKeyFile(dataDir), 'utf8'))
  if (typeof jwk !== 'object' || jwk === null) throw new Error('no key')
  const key = await importJWK({ kty: 'EC', ...jwk }, 'ES256')
  return new SignJWT({ iss: 'us', aud: 'here', sub: '7', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'kid' in jwk ? String(jwk.kid) : '' })
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(key)
}

beforeAll(() => ensureIssuerKeys(dataDir))
afterAll(() => rmSync(dataDir, { recursive: true }))

describe('a token', () => {
  test('of the local issuer tells who speaks, and what they may', async () => {
    const issuer = await openLocalIssuer({ keyFile: issuerKeyFile(dataDir), ...names })
    const token = await issuer.sign({
      subject: '42',
      scopes: ['reports:read', 'saves:self'],
      creators: ['900'],
      lifetimeS: 60,
    })
    const caller = await verifier().verify(token)
    expect(caller?.subject).toBe('42')
    expect([...(caller?.scopes ?? [])]).toEqual(['reports:read', 'saves:self'])
    expect([...(caller?.creators ?? [])]).toEqual(['900'])
  })

  test('is refused when it is forged, expired, too long-lived, or meant for others', async () => {
    const tokens = verifier()
    const good = await signed({})
    expect(await tokens.verify(good)).not.toBeNull()
    const [head = '', body = '', signature = ''] = good.split('.')
    const other = Buffer.from(JSON.stringify({ sub: '8' })).toString('base64url')
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    const bad = [
      'a.b.c',
      '',
      `${head}.${other}.${signature}`,
      `${none}.${body}.`,
      await signed({ aud: 'elsewhere' }),
      await signed({ iss: 'them' }),
      await signed({ sub: undefined }),
      await signed({}, '-2 minutes'),
      await signed({}, '25h'),
    ]
    for (const token of bad) expect(await tokens.verify(token)).toBeNull()
  })

  test('keys are made once, and the private one is its owner’s alone', async () => {
    const before = readFileSync(issuerKeyFile(dataDir), 'utf8')
    await ensureIssuerKeys(dataDir)
    expect(readFileSync(issuerKeyFile(dataDir), 'utf8')).toBe(before)
    expect(readFileSync(jwksFile(dataDir), 'utf8')).not.toContain('"d"')
  })
})
