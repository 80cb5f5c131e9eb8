// Late minutes, quarters and days as they are written down: a sealer that starts knows what its predecessor had left.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { LateSpan } from './late-spans.ts'

const rowSchema = z
  .object({ span: z.enum(['minute', 'quarter', 'day']), start_s: z.number(), since_s: z.number() })
  .transform(({ span, start_s, since_s }): LateSpan => ({
    span,
    startS: start_s,
    sinceS: since_s,
  }))

export interface LateLedger {
  /** What waits, as last written by any sealer. */
  read(): Promise<readonly LateSpan[]>
  /** Writes what changed: `waiting` are all that wait now. */
  write(waiting: readonly LateSpan[], generation: bigint): Promise<void>
}

export function createLateLedger(vault: ClickhouseStore): LateLedger {
  /** What the ledger says waits. */
  let known = new Map<string, LateSpan>()
  /** What of it this sealer has said: nothing that an older one still writes can say otherwise. */
  let said = new Map<string, LateSpan>()
  return {
    async read() {
      const rows = await vault.rows(
        rowSchema,
        `select span, toUnixTimestamp(start) as start_s, toUnixTimestamp(since) as since_s
         from vault.late_spans final where waiting`,
      )
      known = new Map(rows.map((late) => [keyOf(late), late]))
      return rows
    },
    async write(waiting, generation) {
      const now = new Map(waiting.map((late) => [keyOf(late), late]))
      const begun = [...now].filter(([key, late]) => said.get(key)?.sinceS !== late.sinceS)
      const over = [...known].filter(([key]) => !now.has(key))
      const lines = [
        ...begun.map(([, late]) => lineOf(late, true, generation)),
        ...over.map(([, late]) => lineOf(late, false, generation)),
      ]
      if (lines.length > 0) {
        await vault.insert(
          `insert into vault.late_spans (span, start, since, waiting, generation) format JSONEachRow`,
          [Buffer.from(lines.join('\n'))],
        )
      }
      known = now
      said = now
    },
  }
}

function keyOf({ span, startS }: LateSpan): string {
  return `${span} ${startS}`
}

function lineOf({ span, startS, sinceS }: LateSpan, waiting: boolean, generation: bigint): string {
  return JSON.stringify({
    span,
    start: startS,
    since: sinceS,
    waiting,
    generation: generation.toString(),
  })
}
