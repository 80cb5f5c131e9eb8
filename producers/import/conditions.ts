// Whether a row is to give an event: what a map says under `when`, over the texts of cells.
import type { Condition } from './import-map.ts'
import type { Columns } from './rows.ts'
import { wholeNumber } from './values-from-cells.ts'

export type Holds = (cells: readonly string[]) => boolean

/** All conditions of all columns must hold; none: always. */
export function conditionsOf(when: Readonly<Record<string, Condition>>, columns: Columns): Holds {
  const tests = Object.entries(when).flatMap(([column, condition]) => {
    const place = columns.placeOf(column)
    return textTests(condition).map((test) => ({ place, test }))
  })
  const [only] = tests
  if (only !== undefined && tests.length === 1) {
    const { place, test } = only
    return (cells) => test(cells[place] ?? '')
  }
  return (cells) => tests.every(({ place, test }) => test(cells[place] ?? ''))
}

type TextTest = (text: string) => boolean

function textTests(condition: Condition): readonly TextTest[] {
  const { equals, one_of, not, above, at_least, below, at_most, present } = condition
  const listed = new Set(one_of)
  const tests: (TextTest | null)[] = [
    equals === undefined ? null : (text) => text === equals,
    one_of === undefined ? null : (text) => listed.has(text),
    not === undefined ? null : (text) => text !== not,
    above === undefined ? null : (text) => numberOf(text) > above,
    at_least === undefined ? null : (text) => numberOf(text) >= at_least,
    below === undefined ? null : (text) => numberOf(text) < below,
    at_most === undefined ? null : (text) => numberOf(text) <= at_most,
    present === undefined ? null : (text) => (text !== '') === present,
  ]
  return tests.filter((test) => test !== null)
}

/** NaN, for which no comparison holds, where the text is empty or no number. */
function numberOf(text: string): number {
  const whole = wholeNumber(text)
  if (whole >= 0) return whole
  return text.trim() === '' ? Number.NaN : Number(text)
}
