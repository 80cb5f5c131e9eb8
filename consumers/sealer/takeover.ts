// A sealer's takeover: from then on an older one can publish nothing, however late its statements arrive.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { EventLog, FencedProducer } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { topics, transactionalIds } from '#schemas/topics.ts'
import type { Takeover } from '#schemas/touched.ts'
import { epochOf } from './fence.ts'
import { readLastGeneration } from './generations.ts'

export interface TakeoverOptions {
  readonly eventLog: Pick<EventLog, 'openFencedProducer'>
  readonly vault: ClickhouseStore
  readonly rollups: ClickhouseStore
  readonly clock: Clock
}

export interface InCharge {
  /** Higher than any before. */
  readonly epoch: bigint
  /** Writes to the log until another takes over; to be closed by who has taken over. */
  readonly producer: FencedProducer
}

/**
 * Takes over from any older sealer: numbers this one by a record of the log, makes the number known
 * where numbers are published and where people are marked, and waits until no statement runs there
 * that began before. One that begins later finds the number and is refused (`fence.ts`), and what an
 * older one still appends is refused by the broker. A statement whose sender hangs in the middle of
 * its body is waited for, up to the 30 s after which the server gives it up.
 * @throws PipelineError.
 */
export async function takeOver(options: TakeoverOptions): Promise<InCharge> {
  const { eventLog, vault, rollups, clock } = options
  const codec = openAvroCodec<Takeover>('takeover-v1')
  await using stack = new AsyncDisposableStack()
  const producer = stack.use(await eventLog.openFencedProducer(transactionalIds.sealer))
  const value = codec.encode({ sealer: randomUUID(), taken_at: BigInt(clock.nowMs()) })
  const newest = await newestEpoch({ vault, rollups })
  let epoch: bigint
  // More than one record only where the log was lost and began anew, behind what is published.
  do epoch = await producer.append(topics.takeovers.name, 0, [{ value }])
  while (epoch <= newest)
  const taken = { epoch, taken_at: clock.nowMs() }
  await rollups.command(takeoverStatement('directory'), taken)
  await vault.command(takeoverStatement('vault'), taken)
  await rollups.command(`kill query where user = currentUser() and query_kind = 'Insert' sync`)
  await vault.command(`kill query where user = currentUser() and query_kind = 'Insert' sync`)
  stack.move()
  return { epoch, producer }
}

type Stores = Pick<TakeoverOptions, 'vault' | 'rollups'>

/** Where each server keeps its takeovers. */
type Database = 'directory' | 'vault'

function takeoverStatement(database: Database): string {
  return `insert into ${database}.takeovers (epoch, taken_at)
     values ({epoch:UInt64}, fromUnixTimestamp64Milli({taken_at:Int64}))`
}

const newestSchema = z.object({ newest: z.string().transform(BigInt) })

/** The highest epoch that is known to either server; -1: none. */
async function newestEpoch({ vault, rollups }: Stores): Promise<bigint> {
  const newestOf = async (store: ClickhouseStore, database: Database): Promise<bigint> => {
    const [row] = await store.rows(
      newestSchema,
      `select toString(max(epoch)) as newest from ${database}.takeovers having count() > 0`,
    )
    return row?.newest ?? -1n
  }
  const last = await readLastGeneration(rollups)
  const known = [
    await newestOf(rollups, 'directory'),
    await newestOf(vault, 'vault'),
    last === null ? -1n : epochOf(last.generation),
  ]
  return known.reduce((newest, epoch) => (epoch > newest ? epoch : newest))
}
