// The holds of imports, as the log tells them: leaves that they name stay open until what they bring is stored.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import { openTableReader } from '#infra/kafka/table-reader.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { createHoldBook, isNamed } from '#schemas/hold-rule.ts'
import type { HeldLeaf } from '#schemas/hold-rule.ts'
import type { ImportHold } from '#schemas/import-hold.ts'
import { topics } from '#schemas/topics.ts'

export interface ImportHolds extends AsyncDisposable {
  /**
   * Reads the log to its end. @param storedThroughMs every event appended before is stored: an import
   * ends its hold after its last act, so what is stored past the end is whole.
   * @returns whether a leaf is held. @throws PipelineError `log_unreachable`.
   */
  heldAt(storedThroughMs: number): Promise<(leaf: HeldLeaf) => boolean>
}

export interface ImportHoldsOptions {
  readonly eventLog: EventLog
  readonly clock: Clock
  readonly onCrash: (error: Error) => void
}

export async function openImportHolds(options: ImportHoldsOptions): Promise<ImportHolds> {
  const codec = openAvroCodec<ImportHold>('import-hold-v1')
  const book = createHoldBook()
  const reader = await openTableReader({
    ...options,
    topic: topics.imports.name,
    apply({ value, appendedAtMs }) {
      const record = value === null ? null : codec.decode(value)
      if (record !== null) book.apply(record, appendedAtMs)
    },
  })
  return {
    async heldAt(storedThroughMs) {
      await reader.catchUp()
      const open = book.openAt(storedThroughMs)
      return (leaf) => open.some(({ scope }) => isNamed(scope, leaf))
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  }
}
