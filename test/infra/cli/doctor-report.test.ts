// Findings on a terminal: by section, in words, remedies below, within the width.
import { describe, expect, test } from 'vitest'
import { renderReport } from '#infra/cli/doctor-report.ts'
import { createPaint } from '#infra/cli/terminal.ts'
import type { Finding } from '#infra/doctor/finding.ts'

const findings: readonly Finding[] = [
  {
    section: 'ports',
    level: 'fault',
    says: '8081 is taken by process 42 (nginx), and collector is to have it',
    remedy: 'Stop that program, or set COLLECTOR_PORT to another port. '.repeat(3).trim(),
  },
  { section: 'machine', level: 'ok', says: 'Java 17.0.15' },
  { section: 'machine', level: 'warning', says: 'a warning', remedy: 'do this' },
]
const plain = createPaint(false)

describe('a report', () => {
  test.each([80, 160])('keeps within %i columns', (width) => {
    const lines = renderReport(findings, { width, paint: plain })
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
  })

  test('uses the width that is there', () => {
    const count = (width: number): number => renderReport(findings, { width, paint: plain }).length
    expect(count(160)).toBeLessThan(count(80))
  })

  test('goes by section, with levels under each other and remedies below their finding', () => {
    expect(renderReport(findings.slice(1), { width: 80, paint: plain })).toEqual([
      'machine',
      '  ok       Java 17.0.15',
      '  warning  a warning',
      '             do this',
      '',
      'no fault, 1 warning in 2 checks',
    ])
    const sections = renderReport(findings, { width: 80, paint: plain }).filter(
      (line) => /^[a-z ]+$/.test(line) && !line.startsWith(' '),
    )
    expect(sections).toEqual(['machine', 'ports'])
  })

  test('says FAULT in words, and sums up', () => {
    const lines = renderReport(findings, { width: 80, paint: plain })
    expect(lines.some((line) => line.startsWith('  FAULT    8081 is taken'))).toBe(true)
    expect(lines.at(-1)).toBe('1 fault and 1 warning in 3 checks')
    const well = renderReport(findings.slice(1, 2), { width: 80, paint: plain })
    expect(well.at(-1)).toBe('all 1 checks are well')
  })

  test('is the same text in colours', () => {
    const coloured = renderReport(findings, { width: 80, paint: createPaint(true) }).join('\n')
    expect(coloured).toContain('\u001B[31mFAULT')
    // oxlint-disable-next-line no-control-regex
    const bare = coloured.replaceAll(/\u001B\[\d+m/g, '')
    expect(bare).toBe(renderReport(findings, { width: 80, paint: plain }).join('\n'))
  })
})
