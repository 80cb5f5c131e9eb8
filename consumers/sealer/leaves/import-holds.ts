// What the holds of imports mean for leaves: those that a hold names stay open until what it brings is stored.
import { openHoldTable } from '#infra/kafka/hold-table.ts'
import { isNamed } from '#schemas/hold-rule.ts'
import type { HeldLeaf } from '#schemas/hold-rule.ts'

export interface ImportHolds extends AsyncDisposable {
  /**
   * Reads the log to its end. @param storedThroughMs every event appended before is stored: an import
   * ends its hold after its last act, so what is stored past the end is whole.
   * @returns whether a leaf is held. @throws PipelineError `log_unreachable`.
   */
  heldAt(storedThroughMs: number): Promise<(leaf: HeldLeaf) => boolean>
}

export async function openImportHolds(
  options: Parameters<typeof openHoldTable>[0],
): Promise<ImportHolds> {
  const holds = await openHoldTable(options)
  return {
    async heldAt(storedThroughMs) {
      await holds.catchUp()
      const open = holds.book.openAt(storedThroughMs)
      return (leaf) => open.some(({ scope }) => isNamed(scope, leaf))
    },
    [Symbol.asyncDispose]: () => holds[Symbol.asyncDispose](),
  }
}
