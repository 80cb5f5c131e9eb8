// The persons that one user has or would have on some videos, as rows for the vault: with a token each that nothing else can be learnt from.
import { createPseudonyms } from '../engagement/pseudonyms.ts'
import type { Pseudonyms } from '../engagement/pseudonyms.ts'

export interface Candidates {
  /**
   * @param videoIds UInt64 each, least byte first, as ClickHouse has them in RowBinary.
   * @returns rows of video, person and token in the same format.
   */
  rowsOf(videoIds: Buffer): Buffer
}

export interface CandidatesOptions {
  readonly userId: bigint
  /** The key that facts are written with. */
  readonly pseudonymKey: Uint8Array
  /** 32 random bytes that nobody keeps: by them a token is the same for a video however often it comes. */
  readonly tokenKey: Uint8Array
}

const ID_BYTES = 8
const ROW_BYTES = 24

export function createCandidates(options: CandidatesOptions): Candidates {
  const { userId, pseudonymKey, tokenKey } = options
  const persons = createPseudonyms(pseudonymKey)
  const tokens = createPseudonyms(tokenKey)
  const user = Buffer.alloc(ID_BYTES)
  user.writeBigUInt64LE(userId)
  return {
    rowsOf(videoIds) {
      const rows = videoIds.length / ID_BYTES
      const ids = { rows, user_id: columnOf(repeated(user, rows)), video_id: columnOf(videoIds) }
      const columns = [videoIds, fill(persons, ids), fill(tokens, ids)]
      const bytes = Buffer.alloc(rows * ROW_BYTES)
      for (let row = 0; row < rows; row++) {
        for (const [place, column] of columns.entries()) {
          const at = row * ROW_BYTES + place * ID_BYTES
          column.copy(bytes, at, row * ID_BYTES, (row + 1) * ID_BYTES)
        }
      }
      return bytes
    },
  }
}

function fill(pseudonyms: Pseudonyms, ids: Parameters<Pseudonyms['fill']>[0]): Buffer {
  const column = new Int32Array(ids.rows * 2)
  pseudonyms.fill(ids, column)
  return Buffer.from(column.buffer)
}

function repeated(id: Buffer, rows: number): Buffer {
  return Buffer.alloc(rows * ID_BYTES, id)
}

/** A copy, since typed arrays begin at multiples of their width. */
function columnOf(bytes: Buffer): Int32Array {
  return new Int32Array(new Uint8Array(bytes).buffer)
}
