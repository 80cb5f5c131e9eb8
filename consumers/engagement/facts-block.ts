// What the vault gets to see of decoded events: a block of facts, a person in place of each user.
import { regions } from '#schemas/dimensions.ts'
import { factsColumns } from '#schemas/tables.ts'
import type { FactsColumn } from '#schemas/tables.ts'
import type { EngagementColumns } from './engagement-columns.ts'
import { nativeBlock } from './native-block.ts'
import type { NativeColumn } from './native-block.ts'

/** The statement that takes the parts of `factsBlock`. */
export const insertFacts = `insert into vault.facts (${factsColumns.map(({ name }) => name).join(', ')}) format Native`

/**
 * All rows as the body of one `insertFacts`: views, so `columns` and `person` must stay as they are
 * until the insert was acknowledged. `user_id` and `collection_id` are not among them.
 * @param person one UInt64 a row, as `Pseudonyms.fill` writes it.
 */
export function factsBlock(columns: EngagementColumns, person: Int32Array): readonly Uint8Array[] {
  const { rows } = columns
  const named = factsColumns.map(({ name, type }) => ({
    name,
    type,
    data: dataOf(name, columns, person),
  }))
  return nativeBlock(rows, named)
}

function dataOf(
  name: FactsColumn,
  columns: EngagementColumns,
  person: Int32Array,
): NativeColumn['data'] {
  const { rows } = columns
  switch (name) {
    case 'person':
      return person.subarray(0, rows * 2)
    case 'region':
      return { dictionary: regions, indexes: columns.region.subarray(0, rows) }
    default: {
      const column = columns[name]
      return column.subarray(0, (column.length / columns.capacity) * rows)
    }
  }
}
