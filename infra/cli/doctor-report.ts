// The findings of an examination as a terminal shows them: by section, faults in words and not by colour alone, remedies below.
import { some } from './progress.ts'
import { countLevels, sections } from '../doctor/finding.ts'
import type { Finding, Level } from '../doctor/finding.ts'
import { wrap } from './terminal.ts'
import type { Paint, Tone } from './terminal.ts'

const labels: Readonly<Record<Level, string>> = { ok: 'ok', warning: 'warning', fault: 'FAULT' }
const tones: Readonly<Record<Level, Tone>> = { ok: 'good', warning: 'warn', fault: 'bad' }
const INDENT = '  '
const LABEL_CHARS = Math.max(...Object.values(labels).map((label) => label.length))
/** Longer lines are hard to follow, however wide the terminal. */
const TEXT_CHARS_MAX = 120

export interface ReportStyle {
  readonly width: number
  readonly paint: Paint
}

/** @returns lines of at most `width`, unless a single word is longer. */
export function renderReport(findings: readonly Finding[], style: ReportStyle): readonly string[] {
  const { paint } = style
  const told = sections.flatMap((section) => {
    const here = findings.filter((finding) => finding.section === section)
    if (here.length === 0) return []
    return [paint('strong', section), ...here.flatMap((each) => renderFinding(each, style))]
  })
  return [...told, '', summaryOf(findings, paint)]
}

function renderFinding(
  { level, says, remedy }: Finding,
  { width, paint }: ReportStyle,
): readonly string[] {
  const before = INDENT.length + LABEL_CHARS + 2
  const room = Math.min(width - before, TEXT_CHARS_MAX)
  const margin = ' '.repeat(before)
  const [first = '', ...rest] = wrap(says, room)
  const label = paint(tones[level], labels[level].padEnd(LABEL_CHARS))
  const remedies = remedy === undefined ? [] : wrap(remedy, room - 2)
  return [
    `${INDENT}${label}  ${first}`,
    ...rest.map((line) => `${margin}${line}`),
    ...remedies.map((line) => `${margin}  ${line}`),
  ]
}

function summaryOf(findings: readonly Finding[], paint: Paint): string {
  const counts = countLevels(findings)
  const warnings = some(counts.warning, 'warning')
  if (counts.fault > 0) {
    return paint(
      'bad',
      `${some(counts.fault, 'fault')} and ${warnings} in ${findings.length} checks`,
    )
  }
  if (counts.warning > 0) return paint('warn', `no fault, ${warnings} in ${findings.length} checks`)
  return paint('good', `all ${findings.length} checks are well`)
}
