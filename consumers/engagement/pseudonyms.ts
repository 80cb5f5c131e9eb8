// Takes the user out of a fact: a person is one AES block of (user, video), so two videos cannot be linked.
import { createCipheriv } from 'node:crypto'
import type { EngagementColumns } from './engagement-columns.ts'

export interface Pseudonyms {
  /**
   * Writes the person of each row, two Int32 a row, low half first.
   * @throws Error when `person` is shorter than `columns.rows`.
   */
  fill(columns: Acts, person: Int32Array): void
  /** The same for one pair of ids, as erasure recomputes it for every video. */
  personOf(userId: bigint, videoId: bigint): bigint
  /** Stands for a user where no video is at hand; no video has the id 0, so it is nobody's person. */
  keyedHash(userId: bigint): bigint
}

export type Acts = Pick<EngagementColumns, 'rows' | 'user_id' | 'video_id'>

/** Blocks of one call: their 64 KiB stay in the cache, and more gain less than 1 ns a row. */
const ROWS_PER_CALL = 4096
const BLOCK_BYTES = 16

/**
 * @param key 32 secret bytes. Losing or changing them doubles every person and ends erasure; the hash
 * of erasures has a key of its own.
 * @throws Error for a key of another length.
 */
export function createPseudonyms(key: Uint8Array): Pseudonyms {
  const encrypt = createBlockCipher(key)
  const blocks = new Int32Array((ROWS_PER_CALL * BLOCK_BYTES) / 4)
  const blockBytes = new Uint8Array(blocks.buffer)
  const personOf = (userId: bigint, videoId: bigint): bigint => {
    const block = Buffer.alloc(BLOCK_BYTES)
    block.writeBigUInt64LE(userId, 0)
    block.writeBigUInt64LE(videoId, 8)
    return encrypt(block).readBigUInt64LE(0)
  }
  return {
    fill(columns, person) {
      const { rows } = columns
      if (person.length < rows * 2)
        throw new Error('the column of persons is shorter than the rows')
      for (let from = 0; from < rows; from += ROWS_PER_CALL) {
        const count = Math.min(ROWS_PER_CALL, rows - from)
        gather(columns, from, count, blocks)
        const bytes = blockBytes.subarray(0, count * BLOCK_BYTES)
        // Copied back, since node promises no alignment of what it returns.
        bytes.set(encrypt(bytes))
        scatter(blocks, count, person.subarray(from * 2))
      }
    },
    personOf,
    keyedHash: (userId) => personOf(userId, 0n),
  }
}

/** Encrypts whole blocks, each on its own: in ECB mode one cipher serves for ever. */
function createBlockCipher(key: Uint8Array): (blocks: Uint8Array) => Buffer {
  const cipher = createCipheriv('aes-256-ecb', key, null)
  cipher.setAutoPadding(false)
  return (blocks) => cipher.update(blocks)
}

/** Block of a row: user id, then video id, each 8 bytes, least first. */
function gather(
  { user_id, video_id }: Acts,
  from: number,
  count: number,
  blocks: Int32Array,
): void {
  for (let row = 0; row < count; row++) {
    const pair = (from + row) * 2
    blocks[row * 4] = user_id[pair] ?? 0
    blocks[row * 4 + 1] = user_id[pair + 1] ?? 0
    blocks[row * 4 + 2] = video_id[pair] ?? 0
    blocks[row * 4 + 3] = video_id[pair + 1] ?? 0
  }
}

/** A person is the first 8 bytes of its block. */
function scatter(blocks: Int32Array, count: number, person: Int32Array): void {
  for (let row = 0; row < count; row++) {
    person[row * 2] = blocks[row * 4] ?? 0
    person[row * 2 + 1] = blocks[row * 4 + 1] ?? 0
  }
}
