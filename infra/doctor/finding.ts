// What an examination comes to: one sentence for each thing looked at, and the remedy where something is wrong.

export type Level = 'ok' | 'warning' | 'fault'

/** One check's result. `remedy` says what to do, and is there unless all is well. */
export interface Verdict {
  readonly level: Level
  readonly says: string
  readonly remedy?: string
}

/** In the order in which they are told. */
export const sections = [
  'machine',
  'configuration',
  'data folder',
  'keys and secrets',
  'ports',
  'kafka',
  'vault',
  'rollups',
  'clocks',
  'processes',
] as const
export type Section = (typeof sections)[number]

export interface Finding extends Verdict {
  readonly section: Section
}

export function ok(says: string): Verdict {
  return { level: 'ok', says }
}

/** It works, and something will bite some day. */
export function warning(says: string, remedy: string): Verdict {
  return { level: 'warning', says, remedy }
}

/** It does not work, or loses something. */
export function fault(says: string, remedy: string): Verdict {
  return { level: 'fault', says, remedy }
}

/** How many there are of each level. */
export function countLevels(findings: readonly Verdict[]): Readonly<Record<Level, number>> {
  const count = (level: Level): number => findings.filter((each) => each.level === level).length
  return { ok: count('ok'), warning: count('warning'), fault: count('fault') }
}
