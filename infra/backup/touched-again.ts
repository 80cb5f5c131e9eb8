// Hands the sealer once more what was touched and not yet counted when a backup was taken, without what came after it.
import { consumerGroups, topics } from '#schemas/topics.ts'
import type { EventLog, LogRecord } from '../kafka/event-log.ts'
import type { Clock } from '../runtime/clock.ts'
import { PipelineError } from '../runtime/errors.ts'
import type { GroupPosition } from './positions.ts'

const PARTITION = 0
const READ_LIMIT_MS = 120_000

export interface TouchedRange {
  readonly from: bigint
  readonly to: bigint
}

/**
 * Appends the records of a range of `touched.v1` once more, and gives the position before them.
 *
 * With the vault back at its backup, later records of the topic tell of facts that are not there yet:
 * the sealer would take them for stored and close quarters over them. Those facts are read again and
 * touch their slots anew. What the range tells of is in the backup, since it was read before.
 */
export async function appendTouchedAgain(
  { from, to }: TouchedRange,
  { eventLog, clock }: { readonly eventLog: EventLog; readonly clock: Clock },
): Promise<GroupPosition> {
  const topic = topics.touched.name
  const again = from < to ? await readTouched({ from, to }, { eventLog, clock }) : []
  const [range] = await eventLog.offsetsOf(topic)
  const offset = range?.high ?? 0n
  if (again.length > 0) {
    await using producer = await eventLog.openProducer()
    const records = again.map(({ value }) => ({ value }))
    await producer.append(topic, PARTITION, records)
  }
  return { group: consumerGroups.sealer, topic, partition: PARTITION, offset }
}

async function readTouched(
  range: TouchedRange,
  { eventLog, clock }: { readonly eventLog: EventLog; readonly clock: Clock },
): Promise<readonly LogRecord[]> {
  const found: LogRecord[] = []
  const tooLong = new AbortController()
  using _limit = clock.after(READ_LIMIT_MS, () => tooLong.abort())
  await eventLog.readRanges({
    topic: topics.touched.name,
    ranges: [{ partition: PARTITION, ...range }],
    stop: tooLong.signal,
    take: async (records) => void found.push(...records),
  })
  if (tooLong.signal.aborted) {
    throw new PipelineError('log_unreachable', `${topics.touched.name} was not read in time.`)
  }
  return found
}
