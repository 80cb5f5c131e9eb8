// What was measured, in a table for people.
import { isBroken, isHeld } from './attack.ts'
import type { Finding } from './attack.ts'

const heads = [
  'attack',
  'what it tries',
  'advantage',
  'bound',
  'chance',
  'held',
  'control',
  'advantage',
  'broken',
]

/** A row for each attack and control, columns as wide as their longest cell. */
export function tableOf(findings: readonly Finding[]): string {
  const rows = findings.flatMap((finding) =>
    finding.controls.map((control, index) => {
      const { attack, tries, advantage, bound, error } = finding
      const measured = [advantage.toFixed(3), bound.toFixed(3), `+${error.toFixed(3)}`]
      const own = [attack, tries, ...measured, isHeld(finding) ? 'yes' : 'NO']
      return [
        ...(index === 0 ? own : own.map(() => '')),
        control.mistake,
        control.advantage.toFixed(3),
        isBroken(control) ? 'yes' : 'NO',
      ]
    }),
  )
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  return [heads, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
