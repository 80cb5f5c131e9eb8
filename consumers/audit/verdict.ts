// What an audit found, in words: what was compared, what was not and why, each fault, and one line that says it all.
import { count, some } from '#infra/cli/progress.ts'
import type { NumbersAudit } from './audit-numbers.ts'
import type { DecisionAudit, SealAudit } from './decision-audit.ts'
import type { Difference } from './day-comparison.ts'
import type { OffsetAudit } from './offset-holes.ts'

export interface Verdict {
  readonly offsets: OffsetAudit
  readonly numbers: NumbersAudit
  readonly decisions: DecisionAudit
}

const SHOWN_HOLES = 10
const SHOWN_ROWS = 20

/** Ends with `0 holes, 0 differences` where all is well. */
export function renderVerdict({ offsets, numbers, decisions }: Verdict): readonly string[] {
  const { holes, forgotten } = offsets
  const { differences, furtherSpans, waiting, daysWithoutFacts } = numbers
  const rows = [
    ...Map.groupBy(
      differences,
      ({ scope, id, table, at }) => `${scope} ${id} ${table} ${at}`,
    ).values(),
  ]
  return [
    `offsets: ${count(Number(offsets.offsets))} in ${some(offsets.partitions, 'partition')}, told of by ${some(offsets.blocks, 'stored block')}`,
    ...(forgotten === 0n
      ? []
      : [`         ${count(Number(forgotten))} older ones are out of what touched.v1 remembers`]),
    ...holes
      .slice(0, SHOWN_HOLES)
      .map(
        ({ partition, first, last, records }) =>
          `  partition ${partition}, offsets ${first} to ${last}: ${some(records, 'record')} committed and in no stored block`,
      ),
    ...(holes.length > SHOWN_HOLES ? ['  ...'] : []),
    `numbers: ${count(numbers.numbers)} in ${some(numbers.days, 'day')}, ${some(numbers.quarters, 'quarter')}`,
    ...(waiting === 0
      ? []
      : [`         ${some(waiting, 'span')} left out: to be counted again before long`]),
    ...(daysWithoutFacts === 0
      ? []
      : [
          `         ${some(daysWithoutFacts, 'day')} without facts any more: published numbers compared among themselves`,
        ]),
    ...rows.slice(0, SHOWN_ROWS).map((row) => `  ${renderRow(row)}`),
    ...(rows.length > SHOWN_ROWS ? ['  ...'] : []),
    ...(furtherSpans === 0 ? [] : [`  and some in ${some(furtherSpans, 'more span')}`]),
    ...renderSeals('leaves', 'leaf', decisions.leaves),
    ...renderSeals('buckets', 'bucket', decisions.buckets),
    ...(numbers.sealerStands
      ? [
          'The sealer has finished no pass meanwhile: npm run -s keepsake -- status says whether it runs.',
        ]
      : []),
    ...(holes.length === 0
      ? []
      : [
          'Records in a hole are stored by npm run -s keepsake -- replay, over the time of their append.',
        ]),
    ...(numbers.days === 0 ? ['There is nothing to compare: no day has facts or numbers.'] : []),
    `${some(holes.length, 'hole')}, ${some(differencesOf({ numbers, decisions }), 'difference')}`,
  ]
}

/** How many are not as they were decided; which, and whom they count, is nobody's business here. */
function renderSeals(plural: string, singular: string, audit: SealAudit): readonly string[] {
  const { decided, unequal, unpublished, undecided, repeated } = audit
  const faults: readonly (readonly [number, string])[] = [
    [unequal, 'published otherwise than decided: what is published stands'],
    [unpublished, 'decided and not published'],
    [undecided, 'published and not decided'],
    [repeated, 'decided once more: the first decision counts'],
  ]
  return [
    `${`${plural}:`.padEnd(8)} ${count(decided)} decided in decisions.v1`,
    ...faults
      .filter(([amount]) => amount > 0)
      .map(([amount, what]) => `  ${count(amount)} ${amount === 1 ? singular : plural} ${what}`),
  ]
}

/** A span whose numbers were not named one by one counts as one. */
function differencesOf({ numbers, decisions }: Pick<Verdict, 'numbers' | 'decisions'>): number {
  const ofSeals = [decisions.leaves, decisions.buckets].map(
    ({ unequal, unpublished, undecided, repeated }) => unequal + unpublished + undecided + repeated,
  )
  return ofSeals.reduce(
    (sum, each) => sum + each,
    numbers.differences.length + numbers.furtherSpans,
  )
}

export function isSound(verdict: Verdict): boolean {
  return verdict.offsets.holes.length === 0 && differencesOf(verdict) === 0
}

/** All numbers of one row that differ. */
function renderRow([first, ...more]: readonly Difference[]): string {
  if (first === undefined) return ''
  const { scope, id, table, at, metric, published, counted, from } = first
  const others = more.map((each) => `; ${each.metric} ${each.published}, ${each.counted}`)
  return `${scope} ${id}, ${table} ${at}: ${metric} is published as ${published}, and ${counted} by ${from}${others.join('')}`
}

export function verdictAsJson(verdict: Verdict): string {
  const { offsets, numbers, decisions } = verdict
  const whole = {
    holes: offsets.holes.length,
    differences: differencesOf(verdict),
    offsets,
    numbers,
    ...decisions,
  }
  return JSON.stringify(
    whole,
    (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value),
    2,
  )
}
