// Prints a report as a table for people: numbers to the right, and a word on what is not whole.
import { z } from 'zod'

const valueSchema = z.union([z.string(), z.number(), z.null()])
const columnSchema = z.object({ name: z.string(), role: z.string(), unit: z.string().optional() })

/** What is read of an answer of `GET /v1/reports`. */
export const answerSchema = z.object({
  columns: z.array(columnSchema),
  rows: z.array(z.array(valueSchema)),
  states: z.array(z.array(z.string())),
  totals: z.object({ row: z.array(valueSchema), states: z.array(z.string().nullable()) }),
  freshness: z.object({ watermark: z.string().nullable() }),
  next_page_token: z.string().optional(),
})

export type ReportAnswer = Readonly<z.infer<typeof answerSchema>>
type Column = z.infer<typeof columnSchema>
type Value = z.infer<typeof valueSchema>

const GAP = '  '

/** Lines of at most `width` columns where one metric fits; more metrics go into further blocks. */
export function formatTable(answer: ReportAnswer, width: number): string {
  const { columns, rows, states, totals, freshness } = answer
  const labels = columns.flatMap(({ role }, index) => (role === 'dimension' ? [index] : []))
  const metrics = columns.flatMap(({ role }, index) => (role === 'metric' ? [index] : []))
  const body = rows.map((row, at) => cellsOf(columns, row, states[at] ?? []))
  // Without dimensions the row is the total.
  const total = cellsOf(columns, totals.row, totals.states)
  if (labels[0] !== undefined) body.push(total.with(labels[0], 'total'))
  const grid = [columns.map(({ name }) => name), ...body]
  const widths = columns.map((_, index) =>
    Math.max(...grid.map((line) => line[index]?.length ?? 0)),
  )
  const lines = blocksOf(labels, metrics, (block) => widthOf(block, widths) <= width).flatMap(
    (block) => [...grid.map((line) => lineOf(block, line, { widths, labels })), ''],
  )
  const partial = [...states.flat(), ...totals.states].includes('partial')
  if (partial) lines.push(`* counted until ${freshness.watermark ?? 'nothing is'}`)
  if (answer.next_page_token !== undefined) lines.push('There are more rows: see --max-results')
  return `${lines.join('\n').trimEnd()}\n`
}

function cellsOf(
  columns: readonly Column[],
  row: readonly Value[],
  states: readonly (string | null)[],
): string[] {
  return columns.map((column, index) => {
    const value = row[index] ?? null
    const state = states[index] ?? null
    if (column.role === 'dimension') return String(value ?? '')
    if (typeof value !== 'number') return state === 'not_applicable' ? '-' : (state ?? '')
    const text =
      column.unit === 'ratio' ? `${(100 * value).toFixed(2)} %` : value.toLocaleString('en-US')
    return state === 'partial' ? `${text}*` : text
  })
}

/** Metrics in blocks that fit, each with all the labels before it. */
function blocksOf(
  labels: readonly number[],
  metrics: readonly number[],
  fits: (block: readonly number[]) => boolean,
): readonly (readonly number[])[] {
  const blocks: number[][] = []
  for (const metric of metrics) {
    const last = blocks.at(-1)
    if (last !== undefined && fits([...last, metric])) last.push(metric)
    else blocks.push([...labels, metric])
  }
  return blocks
}

function widthOf(block: readonly number[], widths: readonly number[]): number {
  return block.reduce((sum, index) => sum + (widths[index] ?? 0) + GAP.length, -GAP.length)
}

function lineOf(
  block: readonly number[],
  line: readonly string[],
  { widths, labels }: { readonly widths: readonly number[]; readonly labels: readonly number[] },
): string {
  const cells = block.map((index) => {
    const text = line[index] ?? ''
    const width = widths[index] ?? 0
    return labels.includes(index) ? text.padEnd(width) : text.padStart(width)
  })
  return cells.join(GAP).trimEnd()
}
