// Claims that only we can read, sealed for one subject and one hour: what page tokens of every route are made of.
import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import type { z } from 'zod'
import type { Clock } from '#infra/runtime/clock.ts'
import { ConfigError, readSecret } from '#infra/runtime/config.ts'

export interface SealedClaims<T> {
  /** Sealed anew each time: two tokens of the same claims differ. */
  seal(subject: string, claims: T): Promise<string>
  /** Null unless it is an unchanged token of this subject and audience, at most an hour old. */
  open(token: string, subject: string): Promise<T | null>
}

export interface SealOptions<T> {
  /** 32 bytes. */
  readonly key: Uint8Array
  /** Keeps tokens of other services, which may be sealed under the same key, from being taken. */
  readonly audience: string
  readonly claims: z.ZodType<T & Readonly<Record<string, unknown>>>
  readonly clock: Clock
}

export const SEAL_LIFETIME_S = 3600

/** Longest token that is looked at; ours have a few hundred characters. */
const TOKEN_CHARS_MAX = 2000

export function createSealedClaims<T extends Readonly<Record<string, unknown>>>(
  options: SealOptions<T>,
): SealedClaims<T> {
  const { key, audience, claims: schema, clock } = options
  return {
    seal(subject, claims) {
      const nowS = Math.floor(clock.nowMs() / 1000)
      return new EncryptJWT(claims)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setSubject(subject)
        .setAudience(audience)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + SEAL_LIFETIME_S)
        .encrypt(key)
    },
    async open(token, subject) {
      if (token.length > TOKEN_CHARS_MAX) return null
      try {
        const { payload } = await jwtDecrypt(token, key, {
          subject,
          audience,
          currentDate: new Date(clock.nowMs()),
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          requiredClaims: ['sub', 'aud', 'exp'],
        })
        return schema.safeParse(payload).data ?? null
      } catch (error) {
        if (error instanceof errors.JOSEError) return null
        throw error
      }
    },
  }
}

/** The key in a file of 64 hex digits. @throws ConfigError naming the variable. */
export function readSealKey(variable: string, path: string): Uint8Array {
  const text = readSecret(variable, path)
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw new ConfigError([`  ${variable}: must hold 64 hex digits`])
  return new Uint8Array(Buffer.from(text, 'hex'))
}
