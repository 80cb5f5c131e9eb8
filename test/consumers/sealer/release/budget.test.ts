// What PRIVACY.md prints is what the best possible attacker reaches against the default policy, computed exactly.
import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { defaultPolicyFile } from '#infra/runtime/config.ts'
import { readPolicy } from '#infra/runtime/policy.ts'
import type { PolicyPreset } from '#schemas/policy.ts'
import { chanceOfBestAttacker } from './best-attacker.ts'

// Hundreds of cells in integers of thousands of digits take a second, and longer on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const { standard, strict } = readPolicy(defaultPolicyFile).presets
const page = readFileSync(new URL('../../../../PRIVACY.md', import.meta.url), 'utf8')

function times(count: number, epsilons: readonly number[]): readonly number[] {
  return Array.from({ length: count }, () => epsilons).flat()
}

/** Cells that a save changes by one, with the un-save that may follow. */
function savedCells({ totals, breakdowns }: PolicyPreset): readonly number[] {
  return [totals.saves, totals.unsaves, ...times(breakdowns.dimensions, [breakdowns.epsilon])]
}

function sharedCells({ totals, breakdowns }: PolicyPreset): readonly number[] {
  return [totals.shares, ...times(breakdowns.dimensions, [breakdowns.epsilon])]
}

/** Cells that change by one where an act has another value of one dimension. */
function attributeCells({ breakdowns }: PolicyPreset): readonly number[] {
  return [breakdowns.epsilon, breakdowns.epsilon]
}

function allAttributesCells(preset: PolicyPreset): readonly number[] {
  return times(preset.breakdowns.dimensions, attributeCells(preset))
}

/** Cells that change where a save lies in another leaf; or in another bucket of breakdowns as well. */
function leafCells({ totals }: PolicyPreset): readonly number[] {
  return [totals.saves, totals.saves]
}

function bucketCells(preset: PolicyPreset): readonly number[] {
  return [...leafCells(preset), ...allAttributesCells(preset)]
}

type Printed = readonly [what: string, cells: readonly number[], percent: string]

const promised: readonly Printed[] = [
  ['whether somebody saved a video', savedCells(standard), '65.2 %'],
  ['whether somebody shared a video', sharedCells(standard), '65.2 %'],
  ['one attribute', attributeCells(standard), '56.2 %'],
  ['all attributes at once', allAttributesCells(standard), '65.0 %'],
  ['whether somebody saved a video, strict', savedCells(strict), '57.8 %'],
  ['whether somebody shared a video, strict', sharedCells(strict), '57.8 %'],
  ['one attribute, strict', attributeCells(strict), '53.1 %'],
  ['all attributes at once, strict', allAttributesCells(strict), '57.6 %'],
]

const notPromised: readonly Printed[] = [
  ['when, by the totals', leafCells(standard), '62.2 %'],
  ['when, across two buckets of breakdowns', bucketCells(standard), '70.0 %'],
  ['10 saves, totals alone', times(10, [standard.totals.saves]), '77.9 %'],
  ['50 saves, totals alone', times(50, [standard.totals.saves]), '96.0 %'],
  ['10 saves, all tables', times(10, savedCells(standard)), '89.3 %'],
  ['50 saves, all tables', times(50, savedCells(standard)), '99.7 %'],
  ['one attribute over 10 videos', times(10, attributeCells(standard)), '70.9 %'],
]

describe.each([
  ['is promised', promised],
  ['is not promised', notPromised],
])('what %s comes to what is printed:', (_what, rows) => {
  test.each(rows)('%s', (_about, cells, percent) => {
    expect(`${(100 * chanceOfBestAttacker(cells)).toFixed(1)} %`).toBe(percent)
    expect(page).toContain(percent)
  })
})

test('a single cell is a coin that says the truth with the chance e^epsilon / (1 + e^epsilon)', () => {
  for (const epsilon of [0.125, 0.25, 0.5, 1]) {
    const odds = Math.exp(epsilon)
    expect(chanceOfBestAttacker([epsilon])).toBeCloseTo(odds / (1 + odds), 8)
  }
})

test('no attacker is right more often than the promised epsilon allows', () => {
  for (const preset of [standard, strict]) {
    const { presence, attribute, all_attributes: all } = preset.promise
    const bound = (epsilon: number): number => Math.exp(epsilon) / (1 + Math.exp(epsilon))
    expect(chanceOfBestAttacker(savedCells(preset))).toBeLessThan(bound(presence))
    expect(chanceOfBestAttacker(sharedCells(preset))).toBeLessThan(bound(presence))
    expect(chanceOfBestAttacker(attributeCells(preset))).toBeLessThan(bound(attribute))
    expect(chanceOfBestAttacker(allAttributesCells(preset))).toBeLessThan(bound(all))
  }
})
