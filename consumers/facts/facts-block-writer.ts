// One block of facts on its way: stored in the vault, told to the sealer, and only then committed.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { DeadLetters } from '#infra/kafka/dead-letters.ts'
import type { LogConsumer, LogProducer } from '#infra/kafka/event-log.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { topics } from '#schemas/topics.ts'
import type { StoredRange, Touched } from '#schemas/touched.ts'
import { touchedSlots } from '../engagement/touched-slots.ts'
import type { ErasureLog } from '../engagement/erased-users.ts'
import { factsBlock, insertFacts } from '../engagement/facts-block.ts'
import type { Pseudonyms } from '../engagement/pseudonyms.ts'
import type { FrozenDays } from './frozen-days.ts'
import type { FactsBlock } from './record-block.ts'

export interface FactsBlockWriterOptions {
  readonly vault: ClickhouseStore
  readonly producer: LogProducer
  readonly deadLetters: DeadLetters
  readonly pseudonyms: Pseudonyms
  readonly frozenDays: Pick<FrozenDays, 'refresh'>
  readonly erasures: Pick<ErasureLog, 'users' | 'catchUp'>
}

export interface FactsBlockWriter {
  /**
   * Stores a block, without what erased users did. Every step can be repeated after any failure: rows are exact by key, touched
   * slots are counted anew, a dead letter may stand twice.
   * @throws PipelineError of the step that failed.
   */
  write(block: FactsBlock, consumer: Pick<LogConsumer, 'commit'>): Promise<void>
}

export function createFactsBlockWriter(options: FactsBlockWriterOptions): FactsBlockWriter {
  const { vault, producer, deadLetters, pseudonyms, frozenDays, erasures } = options
  const codec = openAvroCodec<Touched>('touched-v2')
  return {
    async write({ columns, persons, ranges, refusals }, consumer) {
      await frozenDays.refresh()
      await deadLetters.append(refusals)
      // Known by now, or this block is stored before its offsets are: an erasure waits for those.
      await erasures.catchUp()
      erasures.users.leaveOut(columns)
      if (columns.rows > 0) {
        pseudonyms.fill(columns, persons)
        await vault.insert(insertFacts, factsBlock(columns, persons))
      }
      // Before the commit: the sealer takes committed offsets as proof that it was told everything.
      const stored = [...ranges.values()]
      const value = codec.encode({ ...touchedSlots(columns), stored })
      await producer.append(topics.touched.name, 0, [{ value }])
      await commit(consumer, stored)
    },
  }
}

async function commit(
  consumer: Pick<LogConsumer, 'commit'>,
  stored: readonly StoredRange[],
): Promise<void> {
  try {
    await consumer.commit(
      stored.map(({ topic, partition, last_offset }) => ({
        topic,
        partition,
        offset: last_offset + 1n,
      })),
    )
  } catch (error) {
    // The group moved on: another member reads these records again, which is harmless by key.
    if (!(error instanceof PipelineError) || error.code !== 'stale_assignment') throw error
  }
}
