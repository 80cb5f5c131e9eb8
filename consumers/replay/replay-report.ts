// What a replay shows, in words.
import { count, duration, some } from '#infra/cli/progress.ts'
import { spans } from '#schemas/spans.ts'
import type { Replayed } from './replay.ts'

const SHOWN_CHANGES = 10

/** Whether facts or published numbers are, or by a real run would be, other than before. */
export function hasChanged({ fresh, replaced, published }: Replayed): boolean {
  return fresh > 0 || replaced > 0 || (published?.changed.length ?? 0) > 0
}

export function renderReplayed(replayed: Replayed, unstored: bigint): readonly string[] {
  const { published, uncounted, liveQuarters, catalogueChanged, refused } = replayed
  const { records, blocks, events, erased, readMs } = replayed
  const refusals = [...refused].map(([reason, times]) => `${count(times)} ${reason}`)
  const rate = readMs === 0 ? '' : `, ${count((events * 1000) / readMs)} a second`
  return [
    `${some(records, 'record')} in ${some(blocks, 'block')} within ${duration(readMs / 1000)}${rate}`,
    ...(refusals.length === 0
      ? []
      : [`refused, as when they first came: ${refusals.join(', ')}; dead.v1 has them already`]),
    ...(erased === 0 ? [] : [`left out: ${some(erased, 'event')} of users who were erased`]),
    ...(unstored === 0n
      ? []
      : [
          `${some(Number(unstored), 'record')} of that time left to the facts consumer, which has them still to store`,
        ]),
    ...(liveQuarters === 0
      ? []
      : [
          `live events came in meanwhile, for ${some(liveQuarters, 'quarter')}: what they touch was not compared`,
        ]),
    ...(published === null || published.leftOut === 0
      ? []
      : [
          `${some(published.leftOut, 'span')} not compared: touched by others, or waiting to be counted since before`,
        ]),
    ...(uncounted === 0
      ? []
      : [
          `${some(uncounted, 'span')} still to be counted again: what is said of numbers below is not final; ask npm run -s keepsake -- verify later`,
        ]),
    ...(published?.changed.slice(0, SHOWN_CHANGES) ?? []).map(
      ({ table, startS }) => `  changed: ${table}, ${spanText(startS)}`,
    ),
    ...(published !== null && published.changed.length > SHOWN_CHANGES ? ['  ...'] : []),
    ...(catalogueChanged && published !== null && published.changed.length > 0
      ? ['videos were catalogued meanwhile: numbers may have changed by that']
      : []),
    summaryOf(replayed),
  ]
}

/** As `10 events read, 0 facts new, 0 replaced; 2,688 quarters and 28 days compared: 0 changed`. */
function summaryOf({ events, fresh, replaced, published }: Replayed): string {
  const read = `${some(events, 'event')} read`
  if (published === null) {
    return `${read}, ${some(fresh, 'fact')} would be new, ${count(replaced)} would be replaced; nothing was written`
  }
  const { quarters, days, changed } = published
  const compared = `${some(quarters, 'quarter')} and ${some(days, 'day')} compared`
  return `${read}, ${some(fresh, 'fact')} new, ${count(replaced)} replaced; ${compared}: ${count(changed.length)} changed`
}

function spanText(startS: number): string {
  const text = new Date(startS * 1000).toISOString()
  return startS % spans.day.seconds === 0 ? text.slice(0, 10) : `${text.slice(0, 16)}Z`
}
