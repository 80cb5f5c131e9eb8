// A sealer's takeover: from then on an older one can publish nothing, however late its statements arrive.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { topics, transactionalIds } from '#schemas/topics.ts'
import type { Takeover } from '#schemas/touched.ts'
import { epochOf } from './fence.ts'
import { readLastGeneration } from './generations.ts'

export interface TakeoverOptions {
  readonly eventLog: Pick<EventLog, 'openFencedProducer'>
  readonly rollups: ClickhouseStore
  readonly clock: Clock
}

/**
 * Takes over from any older sealer: numbers this one by a record of the log, makes the number known
 * where the numbers are published, and waits until no statement runs there that began before. One
 * that begins later finds the number and is refused (`fence.ts`). A statement whose sender hangs in the
 * middle of its body is waited for, up to the 30 s after which the server gives it up.
 * @returns the epoch, higher than any before. @throws PipelineError.
 */
export async function takeOver({ eventLog, rollups, clock }: TakeoverOptions): Promise<bigint> {
  const codec = openAvroCodec<Takeover>('takeover-v1')
  await using producer = await eventLog.openFencedProducer(transactionalIds.sealer)
  const value = codec.encode({ sealer: randomUUID(), taken_at: BigInt(clock.nowMs()) })
  const newest = await newestEpoch(rollups)
  let epoch: bigint
  // More than one record only where the log was lost and began anew, behind what is published.
  do epoch = await producer.append(topics.takeovers.name, 0, { value })
  while (epoch <= newest)
  await rollups.command(
    `insert into directory.takeovers (epoch, taken_at)
     values ({epoch:UInt64}, fromUnixTimestamp64Milli({taken_at:Int64}))`,
    { epoch, taken_at: clock.nowMs() },
  )
  await rollups.command(`kill query where user = currentUser() and query_kind = 'Insert' sync`)
  return epoch
}

const newestSchema = z.object({ newest: z.string().transform(BigInt) })

/** The highest epoch that is known where numbers are published; -1: none. */
async function newestEpoch(rollups: ClickhouseStore): Promise<bigint> {
  const [row] = await rollups.rows(
    newestSchema,
    'select toString(max(epoch)) as newest from directory.takeovers having count() > 0',
  )
  const last = await readLastGeneration(rollups)
  const counted = last === null ? -1n : epochOf(last.generation)
  const known = row?.newest ?? -1n
  return known > counted ? known : counted
}
