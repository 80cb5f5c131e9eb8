// How far the reading of given offsets is: what is wanted of a batch, where it goes on, and when all is read.
import type { LogRecord, OffsetRange } from '../event-log.ts'

export interface RangeCursor {
  /** Whether every range was read to its end. */
  readonly isDone: boolean
  /** Next offset to read of a partition; null: nothing more of it is wanted. */
  nextOf(partition: number): bigint | null
  /** Whether a record lies in its partition's range and was not passed yet. */
  wants(record: Pick<LogRecord, 'partition' | 'offset'>): boolean
  /** Says that a partition was read up to, not with, `next`. */
  advance(partition: number, next: bigint): void
}

export function createRangeCursor(ranges: readonly OffsetRange[]): RangeCursor {
  const left = new Map(
    ranges.filter(({ from, to }) => from < to).map((range) => [range.partition, range]),
  )
  return {
    get isDone() {
      return left.size === 0
    },
    nextOf: (partition) => left.get(partition)?.from ?? null,
    wants({ partition, offset }) {
      const range = left.get(partition)
      return range !== undefined && offset >= range.from && offset < range.to
    },
    advance(partition, next) {
      const range = left.get(partition)
      if (range === undefined) return
      if (next >= range.to) left.delete(partition)
      else if (next > range.from) left.set(partition, { ...range, from: next })
    },
  }
}

/** How the group of whoever reads ranges of a topic is named; a random part follows. */
export function rangeGroupPrefix(topic: string): string {
  return `range-${topic}-`
}
