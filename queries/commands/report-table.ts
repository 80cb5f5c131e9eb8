// Prints a report as a table for people: numbers to the right, and a word on what is not whole.
import { z } from 'zod'

const valueSchema = z.union([z.string(), z.number(), z.null()])
const columnSchema = z.object({
  name: z.string(),
  role: z.string(),
  unit: z.string().optional(),
  exposure: z.string().optional(),
})
const marginsSchema = z.array(z.number().nullable())

/** What is read of an answer of `GET /v1/reports`. */
export const answerSchema = z.object({
  columns: z.array(columnSchema),
  rows: z.array(z.array(valueSchema)),
  states: z.array(z.array(z.string())),
  margins: z.array(marginsSchema).optional(),
  totals: z.object({
    row: z.array(valueSchema),
    states: z.array(z.string().nullable()),
    margins: marginsSchema.optional(),
  }),
  covers: z.record(z.string(), z.tuple([z.string(), z.string()])).optional(),
  freshness: z.object({ watermark: z.string().nullable() }),
  next_page_token: z.string().optional(),
})

export type ReportAnswer = Readonly<z.infer<typeof answerSchema>>
type Column = z.infer<typeof columnSchema>
type Value = z.infer<typeof valueSchema>

const GAP = '  '

export interface TableOptions {
  readonly width: number
  /** Whether numbers with noise are printed with their 95 % half-width. */
  readonly margins: boolean
}

/** Lines of at most `width` columns where one metric fits; more metrics go into further blocks. */
export function formatTable(answer: ReportAnswer, { width, margins }: TableOptions): string {
  const { columns, rows, states, totals } = answer
  const labels = columns.flatMap(({ role }, index) => (role === 'dimension' ? [index] : []))
  const metrics = columns.flatMap(({ role }, index) => (role === 'metric' ? [index] : []))
  const body = rows.map((values, at) =>
    cellsOf(columns, { values, states: states[at], margins: answer.margins?.[at] }, margins),
  )
  // Without dimensions the row is the total.
  const total = cellsOf(columns, { ...totals, values: totals.row }, margins)
  if (labels[0] !== undefined) body.push(total.with(labels[0], 'total'))
  const grid = [columns.map(({ name }) => name), ...body]
  const widths = columns.map((_, index) =>
    Math.max(...grid.map((line) => line[index]?.length ?? 0)),
  )
  const lines = blocksOf(labels, metrics, (block) => widthOf(block, widths) <= width).flatMap(
    (block) => [...grid.map((line) => lineOf(block, line, { widths, labels })), ''],
  )
  lines.push(...notesOf(answer))
  if (answer.next_page_token !== undefined) lines.push('There are more rows: see --max-results')
  return `${lines.join('\n').trimEnd()}\n`
}

/** What the marks mean, as far as there are any. */
function notesOf({ columns, states, totals, freshness, covers = {} }: ReportAnswer): string[] {
  const all = [...states, totals.states]
  const has = (state: string, index: number): boolean =>
    all.some((of: readonly (string | null)[]) => of[index] === state)
  const partial = columns.filter((_, index) => has('partial', index))
  const notes = partial.some(({ exposure }) => exposure !== 'guarded')
    ? [`* counted until ${freshness.watermark ?? 'nothing is'}`]
    : []
  for (const { name, exposure } of partial) {
    const until = covers[name]?.[1]
    if (exposure !== 'guarded') continue
    notes.push(
      until === undefined ? `* ${name}: something is left out` : `* ${name}: sealed until ${until}`,
    )
  }
  if (columns.some((_, index) => has('coarser', index))) {
    notes.push('~ inside of what is sealed at once, spread by views')
  }
  return notes
}

interface RowCells {
  readonly values: readonly Value[]
  readonly states: readonly (string | null)[] | undefined
  readonly margins?: readonly (number | null)[] | undefined
}

function cellsOf(
  columns: readonly Column[],
  { values, states, margins }: RowCells,
  showMargins: boolean,
): string[] {
  return columns.map(({ role, unit }, index) => {
    const value = values[index] ?? null
    const state = states?.[index] ?? null
    if (role === 'dimension') return String(value ?? '')
    if (typeof value !== 'number') return state === 'not_applicable' ? '-' : (state ?? '')
    const margin = margins?.[index] ?? 0
    const text = numberText(value, { unit, margin: showMargins ? margin : 0 })
    // Below its own half-width a number with noise tells no more than that.
    const isSmall = margin > 0 && (state === 'small' || Math.abs(value) < margin)
    const shown = isSmall ? `under ${numberText(margin, { unit, margin: 0 })}` : text
    if (state === 'coarser') return `~${shown}`
    return state === 'partial' ? `${shown}*` : shown
  })
}

interface NumberForm {
  readonly unit: string | undefined
  /** 0: none is printed. */
  readonly margin: number
}

function numberText(value: number, { unit, margin }: NumberForm): string {
  const isRatio = unit === 'ratio'
  const plain = (number: number): string =>
    isRatio ? (100 * number).toFixed(2) : number.toLocaleString('en-US')
  const text = margin > 0 ? `${plain(value)} ±${plain(margin)}` : plain(value)
  return isRatio ? `${text} %` : text
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
