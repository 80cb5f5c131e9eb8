// Follows the holds of imports as the log tells them: whoever answers for them, and whoever obeys them, says the same.
import { createHoldBook } from '#schemas/hold-rule.ts'
import type { HoldBook } from '#schemas/hold-rule.ts'
import type { ImportHold } from '#schemas/import-hold.ts'
import { topics } from '#schemas/topics.ts'
import { openAvroCodec } from './avro.ts'
import { openTableReader } from './table-reader.ts'
import type { TableReader, TableReaderOptions } from './table-reader.ts'

export interface HoldTable extends TableReader {
  readonly book: Omit<HoldBook, 'apply'>
  /** Append time of the newest record that was read; 0: none was. */
  readonly newestAppendMs: number
}

/** Opens the holds with everything that `imports.v1` tells. @throws PipelineError. */
export async function openHoldTable(
  options: Pick<TableReaderOptions, 'eventLog' | 'clock' | 'onCrash'>,
): Promise<HoldTable> {
  const codec = openAvroCodec<ImportHold>('import-hold-v1')
  const book = createHoldBook()
  let newestAppendMs = 0
  const reader = await openTableReader({
    ...options,
    topic: topics.imports.name,
    apply({ value, appendedAtMs }) {
      newestAppendMs = Math.max(newestAppendMs, appendedAtMs)
      const record = value === null ? null : codec.decode(value)
      if (record !== null) book.apply(record, appendedAtMs)
    },
  })
  return {
    book,
    get newestAppendMs() {
      return newestAppendMs
    },
    catchUp: () => reader.catchUp(),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  }
}
