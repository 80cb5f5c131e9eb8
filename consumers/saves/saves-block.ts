// Turns decoded saves and unsaves into one Native block of `vault.saves`: what was done, and the version that decides which act stands.
import { eventTypes } from '#schemas/dimensions.ts'
import { savesColumns } from '#schemas/tables.ts'
import type { SavesColumn } from '#schemas/tables.ts'
import type { EngagementColumns } from '../engagement/engagement-columns.ts'
import { nativeBlock } from '../engagement/native-block.ts'

/** The statement that takes the parts of `savesBlock`. */
export const SAVES_INSERT = `insert into vault.saves (${savesColumns
  .map(({ name }) => name)
  .join(', ')}) format Native`

/** The types of events that `savesBlock` understands; others must not be among its rows. */
export const savedTypes = ['save', 'unsave'] as const

const SAVE = eventTypes.indexOf('save')

/** All rows as the body of one insert. A copy: `columns` may be reset at once. */
export function savesBlock(columns: EngagementColumns): readonly Uint8Array[] {
  const { rows } = columns
  const saved = savedOf(columns)
  const data = {
    user_id: columns.user_id.slice(0, rows * 2),
    video_id: columns.video_id.slice(0, rows * 2),
    saved,
    saved_at: columns.occurred_at.slice(0, rows * 2),
    version: versionsOf(columns, saved),
  } satisfies Record<SavesColumn, Uint8Array | Int32Array>
  return nativeBlock(
    rows,
    savesColumns.map(({ name, type }) => ({ name, type, data: data[name] })),
  )
}

function savedOf({ rows, type }: EngagementColumns): Uint8Array {
  const saved = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) saved[row] = Number(type[row] === SAVE)
  return saved
}

/**
 * `saveVersion` of `#schemas/save-version.ts` for a whole column, in 32-bit halves: `ms << 21`, then
 * the bit *off*, then the last 20 bits of the event id, whose bytes stand in the order of the UUID.
 */
function versionsOf(columns: EngagementColumns, saved: Uint8Array): Int32Array {
  const { rows, occurred_at, event_id } = columns
  const versions = new Int32Array(rows * 2)
  for (let row = 0; row < rows; row++) {
    const low = occurred_at[row * 2] ?? 0
    const high = occurred_at[row * 2 + 1] ?? 0
    const lastBytes = event_id[row * 4 + 3] ?? 0
    const hash20 =
      (((lastBytes >>> 8) & 0x0f) << 16) | (((lastBytes >>> 16) & 0xff) << 8) | (lastBytes >>> 24)
    const off = 1 - (saved[row] ?? 0)
    versions[row * 2] = (low << 21) | (off << 20) | hash20
    versions[row * 2 + 1] = (high << 21) | (low >>> 11)
  }
  return versions
}
