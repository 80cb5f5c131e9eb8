// Which spans leave something out: acts on videos that were not public are told by whole UTC days alone.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { openMeasures } from '#schemas/measures.ts'
import { dayText, spans } from '#schemas/spans.ts'
import type { ReportPlan } from './plan.ts'
import { ownerOf } from './render-read.ts'
import { overlapOf } from './time-buckets.ts'
import type { Span } from './time-buckets.ts'

export interface LeftOut {
  /** Whether a span of a video (null: of all that the report is about) cuts a day with such acts. */
  leavesOut(videoId: string | null, span: Span): boolean
}

const rowSchema = z.object({ id: z.string(), day_s: z.number() })

export async function readLeftOut(store: ClickhouseStore, plan: ReportPlan): Promise<LeftOut> {
  // The open counts that go with guarded ones are of the same pieces.
  const read = plan.read ?? plan.guarded?.openRead ?? null
  const cut = (read?.pieces ?? []).filter(({ grain }) => grain !== 'days')
  const [first] = cut
  const last = cut.at(-1)
  if (read === null || first === undefined || last === undefined) return { leavesOut: () => false }
  const owner = ownerOf(read.subject)
  const acts = Object.keys(openMeasures).join(' + ')
  const rows = await store.rows(
    rowSchema,
    `select ${read.byVideo ? 'toString(owner)' : `''`} as id, at as day_s
     from (
       select ${owner.column} as owner, toUnixTimestamp(toDateTime(day, 'UTC')) as at,
         argMax(${acts}, generation) as acts
       from rollups.${owner.table}_restricted_days
       where ${owner.condition} and day >= {from_day:Date} and day <= {to_day:Date}
         and generation <= {generation:UInt64}
       group by owner, day
     )
     where acts > 0
     group by id, day_s`,
    {
      ...owner.params,
      from_day: dayText(first.fromS),
      to_day: dayText(last.toS),
      generation: read.generation,
    },
  )
  const days = Map.groupBy(rows, ({ id }) => id)
  return {
    leavesOut(videoId, span) {
      const parts = cut
        .map((piece) => overlapOf(piece, span))
        .filter(({ fromS, toS }) => fromS < toS)
      // Of a day that is not over it is not known yet what a hidden video has.
      const isHidden = videoId === null ? plan.hidden.size > 0 : plan.hidden.has(videoId)
      const openFromS = plan.horizon?.peopleThroughS ?? 0
      if (isHidden && parts.some(({ toS }) => toS > openFromS)) return true
      return (days.get(videoId ?? '') ?? []).some(({ day_s: dayS }) =>
        parts.some(({ fromS, toS }) => fromS < dayS + spans.day.seconds && toS > dayS),
      )
    },
  }
}
