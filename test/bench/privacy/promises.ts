// What PRIVACY.md says of attackers: which cells one fact changes by one, and how often the best possible attacker is right who sees them.
import type { BucketRules, Policy, PolicyPreset } from '#schemas/policy.ts'
import { noiseDeviation, privacyLosses } from '#schemas/policy.ts'
import { chanceOfBestAttacker } from '../../consumers/sealer/release/best-attacker.ts'
import { tableOf } from '../../support/document-tables.ts'

/** Names of the tables, by which they stand in the page. */
export type PrivacyTable = 'promised' | 'not-promised' | 'noise' | 'buckets'

/** All tables of the page. Takes seconds: losses of hundreds of cells are convolved in integers. */
export function privacyTables(policy: Policy): Readonly<Record<PrivacyTable, string>> {
  return {
    promised: promisedTable(policy.presets),
    'not-promised': notPromisedTable(policy.presets.standard),
    noise: noiseTable(policy.presets),
    buckets: bucketTable(policy.buckets),
  }
}

/** Epsilons of the cells that a save changes by one, with the un-save that may follow. */
export function savedCells({ totals, breakdowns }: PolicyPreset): readonly number[] {
  return [totals.saves, totals.unsaves, ...times(breakdowns.dimensions, [breakdowns.epsilon])]
}

export function sharedCells({ totals, breakdowns }: PolicyPreset): readonly number[] {
  return [totals.shares, ...times(breakdowns.dimensions, [breakdowns.epsilon])]
}

/** Cells that change by one where an act has another value of one dimension. */
export function attributeCells({ breakdowns }: PolicyPreset): readonly number[] {
  return [breakdowns.epsilon, breakdowns.epsilon]
}

export function allAttributesCells(preset: PolicyPreset): readonly number[] {
  return times(preset.breakdowns.dimensions, attributeCells(preset))
}

/** Cells that change where a save lies in another leaf; or in another bucket of breakdowns as well. */
function leafCells({ totals }: PolicyPreset): readonly number[] {
  return [totals.saves, totals.saves]
}

function bucketCells(preset: PolicyPreset): readonly number[] {
  return [...leafCells(preset), ...allAttributesCells(preset)]
}

function times(count: number, epsilons: readonly number[]): readonly number[] {
  return Array.from({ length: count }, () => epsilons).flat()
}

function chance(cells: readonly number[]): string {
  return `${(100 * chanceOfBestAttacker(cells)).toFixed(1)} %`
}

function promisedTable({ standard, strict }: Policy['presets']): string {
  const factor = (what: string): string => {
    const found = privacyLosses(standard).find((loss) => loss.what === what)
    if (found === undefined) throw new Error(`the budget says nothing of ${what}`)
    return `e^${standard.promise[found.promised]}`
  }
  const about = (
    text: string,
    what: string,
    cellsOf: (preset: PolicyPreset) => readonly number[],
  ): readonly string[] => [text, factor(what), chance(cellsOf(standard)), chance(cellsOf(strict))]
  return tableOf(
    ['about', 'largest factor', '`standard`', '`strict`'],
    [
      about(
        'whether a person saved a video, taking it off the list again included',
        'whether a person saved a video',
        savedCells,
      ),
      about('whether a person shared a video', 'whether a person shared a video', sharedCells),
      about(
        'one attribute, such as the age, of a person who is known to have acted',
        'one attribute of a person who acted',
        attributeCells,
      ),
      about(
        'all five attributes of that person at once',
        'all attributes of a person who acted',
        allAttributesCells,
      ),
    ],
  )
}

function notPromisedTable(preset: PolicyPreset): string {
  const saves = [preset.totals.saves]
  return tableOf(
    ['about', 'best attacker, `standard`'],
    [
      [
        'presence of a view, like, comment, follow, stitch or duet, and how long somebody watched',
        'these are exact',
      ],
      ['_when_ somebody saved, given that they did, by the totals', chance(leafCells(preset))],
      ['the same, where the two times lie in different breakdowns', chance(bucketCells(preset))],
      [
        'whether one person saved 10, or 50, given videos, all or none: by the totals',
        `${chance(times(10, saves))}, ${chance(times(50, saves))}`,
      ],
      [
        'the same by all tables, each video taken off the list again',
        `${chance(times(10, savedCells(preset)))}, ${chance(times(50, savedCells(preset)))}`,
      ],
      [
        'one attribute of a person who acted on 10 given videos',
        chance(times(10, attributeCells(preset))),
      ],
    ],
  )
}

function noiseTable({ standard, strict }: Policy['presets']): string {
  const row = (
    name: string,
    cell: string,
    epsilonOf: (preset: PolicyPreset) => number,
  ): readonly string[] => [
    name,
    cell,
    ...[standard, strict].map(
      (preset) => `${epsilonOf(preset)}: ${noiseDeviation(epsilonOf(preset)).toFixed(1)}`,
    ),
  ]
  return tableOf(
    ['numbers', 'one is', '`standard`, epsilon: deviation', '`strict`'],
    [
      row('saves, and shares', 'of a video and leaf', ({ totals }) => totals.saves),
      row('un-saves', 'of a video and leaf', ({ totals }) => totals.unsaves),
      row(
        'people by region, age, gender, traffic source or device',
        'of a video or pool, a metric, a bucket and a value',
        ({ breakdowns }) => breakdowns.epsilon,
      ),
    ],
  )
}

function bucketTable(rules: BucketRules): string {
  const many = (people: number): string => `${people.toLocaleString('en')} people`
  const days = (count: number): string => `${count} days`
  return tableOf(
    ['a bucket of', 'ends with', 'or with', 'once it is', 'and at that age with fewer'],
    [
      [
        'a video, the first',
        many(rules.first_people),
        '',
        '',
        `passes at ${days(rules.pooled_days)} into the pool of its creator`,
      ],
      [
        'a video, later ones',
        many(rules.people),
        many(rules.aged_people),
        `${days(rules.aged_days)} old`,
        `passes at ${days(rules.pooled_days)} into the pool of its creator`,
      ],
      [
        'a pool',
        many(rules.pool_people),
        many(rules.pool_aged_people),
        `${days(rules.pool_aged_days)} old`,
        'waits',
      ],
    ],
  )
}
