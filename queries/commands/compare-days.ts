// Compares reports with the truth, creator by creator, as any client with the right to see them could.
import { trueEventCounts, truePeopleCounts } from '#schemas/truth.ts'
import type { TrueCount } from '#schemas/truth.ts'
import { answerSchema } from './report-table.ts'
import type { ReportAnswer } from './report-table.ts'
import type { ReportsClient } from './reports-client.ts'
import type { TrueDays } from './true-days.ts'

export interface Difference {
  readonly videoId: string
  readonly day: string
  readonly metric: TrueCount
  readonly published: number
  readonly known: number
}

export interface Comparison {
  readonly compared: number
  readonly differences: readonly Difference[]
  /** Cells of each state that tells no exact number. */
  readonly withheld: ReadonlyMap<string, number>
  /** Videos that no report has. */
  readonly unlisted: number
}

const metrics: readonly TrueCount[] = [...trueEventCounts, ...truePeopleCounts]
const ofPeople: ReadonlySet<TrueCount> = new Set(truePeopleCounts)
const exactStates: ReadonlySet<string | undefined> = new Set(['value', 'zero'])
const ROWS_MAX = 10_000
/** Videos that are asked for by name. */
const ASKED_MAX = 500

/** Every metric of every video and day of the truth. `onProgress` hears of creators done. */
export async function compareDays(
  truth: TrueDays,
  reports: ReportsClient,
  onProgress: (creators: number) => void,
): Promise<Comparison> {
  const ends = new Map(truth.days.map((end) => [end.day, end]))
  const withheld = new Map<string, number>()
  const differences: Difference[] = []
  const unlisted = new Set(truth.videos)
  let compared = 0

  function compareRow({ rows, states }: ReportAnswer, at: number): void {
    const [videoId, day, ...cells] = rows[at] ?? []
    const end = ends.get(String(day))
    if (end === undefined) return
    unlisted.delete(String(videoId))
    const counts = truth.of(String(videoId), end.day)
    for (const [index, metric] of metrics.entries()) {
      if (ofPeople.has(metric) && !end.people) continue
      const state = states[at]?.[index + 2]
      if (!exactStates.has(state)) {
        withheld.set(String(state), (withheld.get(String(state)) ?? 0) + 1)
        continue
      }
      compared += 1
      const [published, known] = [Number(cells[index]), counts[metric] ?? 0]
      if (published === known) continue
      differences.push({ videoId: String(videoId), day: end.day, metric, published, known })
    }
  }

  async function compareAll(filters: string): Promise<void> {
    for await (const answer of pagesOf(reports, truth, filters)) {
      for (const at of answer.rows.keys()) compareRow(answer, at)
    }
  }

  for (const [done, creator] of truth.creators.entries()) {
    await compareAll(`creator==${creator}`)
    onProgress(done + 1)
  }
  // Deleted ones are on no list, and have their numbers all the same.
  const asked = [...unlisted].slice(0, ASKED_MAX)
  if (asked.length > 0) await compareAll(`video==${asked.join(',')}`)
  return { compared, differences, withheld, unlisted: unlisted.size }
}

async function* pagesOf(
  reports: ReportsClient,
  { days }: TrueDays,
  filters: string,
): AsyncGenerator<ReportAnswer> {
  const query = new URLSearchParams({
    start_date: days[0]?.day ?? '',
    end_date: days.at(-1)?.day ?? '',
    metrics: metrics.join(','),
    dimensions: 'video,day',
    filters,
    max_results: String(ROWS_MAX),
  })
  for (;;) {
    const text = await reports.ask(`/v1/reports?${query.toString()}`)
    const answer = answerSchema.parse(JSON.parse(text))
    yield answer
    if (answer.next_page_token === undefined) return
    query.set('page_token', answer.next_page_token)
  }
}
