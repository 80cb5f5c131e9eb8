// The forms of identity on a wire: 64-bit ids as decimal strings, event ids as UUID version 7.
import { z } from 'zod'

/** Whether `text` is a decimal id of 1..2^63-1 without sign, leading zero or exponent. */
export function isId(text: string): boolean {
  if (!/^[1-9]\d{0,18}$/.test(text)) return false
  // 19 digits compare as text, since both sides have the same length.
  return text.length < 19 || text <= '9223372036854775807'
}

/** A user, video or creator: decimal string of 1..2^63-1. */
export const idSchema = z
  .string()
  .refine(isId, { error: 'must be a decimal string of 1..9223372036854775807' })

/** Matches the text form of a UUID version 7 (RFC 9562), either case. */
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

export function isUuid7(text: string): boolean {
  return UUID7.test(text)
}

/** Milliseconds since 1970 in the first 48 bits of a UUID version 7 (RFC 9562, 5.7). */
export function uuid7TimeMs(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}

/** Random bytes of a UUID version 7. */
export const UUID7_RANDOM_BYTES = 10

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A UUID version 7 (RFC 9562, 5.7): 48 bits of time, then random bits around version and variant. */
export function uuid7(atMs: number, random: Uint8Array): string {
  const time = atMs.toString(16).padStart(12, '0')
  const hex = (at: number, bits = 255, set = 0): string =>
    hexOfByte[((random[at] ?? 0) & bits) | set] ?? ''
  const version = hex(0, 0x0f, 0x70) + hex(1)
  const variant = hex(2, 0x3f, 0x80) + hex(3)
  const rest = hex(4) + hex(5) + hex(6) + hex(7) + hex(8) + hex(9)
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${rest}`
}
