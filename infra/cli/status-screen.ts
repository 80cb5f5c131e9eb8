// The status on one screen: processes, and beside or below them the consumers, the numbers and the disk.
import { bytesText } from '../servers/disk-use.ts'
import type { DiskUse } from '../servers/disk-use.ts'
import type { ConsumerView, Numbers, ProcessView, Snapshot } from '../status/snapshot.ts'
import { cut } from './terminal.ts'
import type { Paint, Tone } from './terminal.ts'

export interface ScreenStyle {
  readonly width: number
  readonly paint: Paint
}

/** A piece of text and how it is to look; its length is measured before it is painted. */
interface Cell {
  readonly text: string
  readonly tone?: Tone
  readonly isNumber?: boolean
}
type Row = readonly Cell[]
/** Lines of equal length. */
interface Block {
  readonly width: number
  readonly lines: readonly { readonly plain: string; readonly painted: string }[]
}

const gaps = { narrow: 2, wide: 4 } as const
const UNKNOWN = '-'
/** Share of the disk that is left, from which on it is told. */
const NEARLY_FULL = 0.1

/** @returns lines of at most `width` where that is 80 or more; reasons come last. */
export function renderStatus(snapshot: Snapshot, style: ScreenStyle): readonly string[] {
  const { paint, width } = style
  const { processes, consumers, startedAtMs, atMs, dataDir } = snapshot
  if (startedAtMs === null) {
    return [`${paint('strong', 'nothing runs')} on ${dataDir}; start it with: npm start`]
  }
  const up = durationText(atMs - startedAtMs)
  const title = `keepsake on ${cut(dataDir, width - 24 - up.length)}, up ${up}`
  const left = tableOf([processHead, ...processes.map(processRow)], paint)
  const middle = tableOf([consumerHead, ...consumers.map(consumerRow)], paint)
  const right = tableOf(factRows(snapshot), paint)
  const troubles = processes.flatMap(troubleOf)
  return [
    paint('strong', cut(title, width)),
    '',
    ...arrange([left, middle, right], width),
    ...(troubles.length === 0
      ? []
      : ['', ...troubles.map((each) => paint('bad', cut(each, width)))]),
  ]
}

/** As many blocks beside each other as the width has room for, from the right. */
function arrange(
  [left, middle, right]: readonly [Block, Block, Block],
  width: number,
): readonly string[] {
  const { narrow, wide } = gaps
  const fits = (blocks: readonly Block[], gap: number): boolean =>
    blocks.reduce((sum, each) => sum + each.width, gap * (blocks.length - 1)) <= width
  if (fits([left, middle, right], wide)) return beside([left, middle, right], wide)
  const above = [...beside([left], narrow), '']
  if (fits([middle, right], wide)) return [...above, ...beside([middle, right], wide)]
  if (fits([middle, right], narrow)) return [...above, ...beside([middle, right], narrow)]
  return [...above, ...beside([middle], narrow), '', ...beside([right], narrow)]
}

function beside(blocks: readonly Block[], gap: number): readonly string[] {
  const height = Math.max(...blocks.map(({ lines }) => lines.length))
  return Array.from({ length: height }, (_, at) =>
    blocks
      .map(({ width, lines }) => {
        const { plain = '', painted = '' } = lines[at] ?? {}
        return `${painted}${' '.repeat(width - plain.length)}`
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  )
}

function tableOf(rows: readonly Row[], paint: Paint): Block {
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, { text }] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, text.length)
  }
  const lines = rows.map((row) => {
    const padded = row.map(({ text, isNumber }, at) =>
      isNumber === true ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0),
    )
    const painted = row.map(({ tone }, at) => {
      const text = padded[at] ?? ''
      return tone === undefined ? text : paint(tone, text)
    })
    return { plain: padded.join('  '), painted: painted.join('  ') }
  })
  return { width: Math.max(...lines.map(({ plain }) => plain.length)), lines }
}

function head(...names: readonly Cell[]): Row {
  return names.map((cell) => ({ ...cell, tone: 'faint' }))
}

const number = (text: string, tone?: Tone): Cell =>
  tone === undefined ? { text, isNumber: true } : { text, isNumber: true, tone }

const processHead = head(
  { text: 'process' },
  number('pid'),
  number('port'),
  number('ops'),
  number('memory'),
  number('restarts'),
  { text: 'state' },
)

function processRow({ name, pid, port, opsPort, memoryBytes, restarts, state }: ProcessView): Row {
  const orNothing = (value: number | null): string => (value === null ? '' : String(value))
  return [
    { text: name },
    number(orNothing(pid)),
    number(orNothing(port)),
    number(orNothing(opsPort)),
    number(memoryBytes === null ? '' : bytesText(memoryBytes)),
    number(orNothing(restarts), restarts !== null && restarts > 0 ? 'warn' : undefined),
    { text: state, tone: state === 'ready' ? 'good' : 'bad' },
  ]
}

function troubleOf({ name, state, why }: ProcessView): readonly string[] {
  return state === 'not ready' ? [`${name} is not ready: ${why ?? 'it does not say why'}`] : []
}

const consumerHead = head({ text: 'consumer' }, { text: 'topic' }, number('behind'))

function consumerRow({ group, topic, behind }: ConsumerView): Row {
  const isSilent = behind === null
  return [
    { text: group },
    { text: topic },
    isSilent
      ? number(UNKNOWN, 'bad')
      : number(behind.toLocaleString('en'), behind > 0 ? 'warn' : undefined),
  ]
}

function factRows({ numbers, late, deadLetters, conflicts, disk }: Snapshot): readonly Row[] {
  const fact = (name: string, text: string | null, tone?: Tone): Row => [
    { text: name, tone: 'faint' },
    text === null
      ? { text: 'not known', tone: 'bad' }
      : { text, ...(tone === undefined ? {} : { tone }) },
  ]
  const count = (value: number | null, text: string): Parameters<typeof fact> | null =>
    value === null
      ? null
      : ['', `${value.toLocaleString('en')} ${text}`, value > 0 ? 'warn' : undefined]
  const [, dead = null, deadTone] = count(deadLetters, 'dead letters') ?? []
  const [, twice = null, twiceTone] = count(conflicts, 'ids with two payloads') ?? []
  return [
    fact('numbers', freshnessText(numbers)),
    fact('closed', closedText(numbers)),
    fact('waiting', lateText(late), late !== null && late.spans > 0 ? 'warn' : undefined),
    fact('refused', dead, deadTone),
    fact('conflicts', twice, twiceTone),
    fact('disk', disk === null ? null : diskText(disk), isNearlyFull(disk) ? 'warn' : undefined),
  ]
}

function isNearlyFull(disk: DiskUse | null): boolean {
  return disk !== null && disk.freeBytes < disk.totalBytes * NEARLY_FULL
}

function diskText(disk: DiskUse): string {
  const share = isNearlyFull(disk)
    ? ` (${Math.floor((disk.freeBytes / disk.totalBytes) * 100)} %)`
    : ''
  return `${bytesText(disk.dataBytes)} used, ${bytesText(disk.freeBytes)} left${share}`
}

function freshnessText(numbers: Numbers): string | null {
  switch (numbers.is) {
    case 'published':
      return `hold all up to ${durationText(numbers.ageMs)} ago`
    case 'none':
      return 'nothing is published yet'
    case 'unknown':
      return null
    default:
      return numbers satisfies never
  }
}

function closedText(numbers: Numbers): string | null {
  switch (numbers.is) {
    case 'published': {
      const through = new Date(numbers.completeThroughMs).toISOString()
      return `through ${through.slice(0, 10)} ${through.slice(11, 16)} UTC`
    }
    case 'none':
      return 'no quarter yet'
    case 'unknown':
      return null
    default:
      return numbers satisfies never
  }
}

function lateText(late: Snapshot['late']): string | null {
  if (late === null) return null
  if (late.spans === 0) return 'nothing to count again'
  const since = durationText(late.oldestS * 1000)
  return `${late.spans.toLocaleString('en')} spans, first ${since} ago`
}

/** `8 s`, `12 min`, `3 h 5 min`, `4 d 2 h`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}
