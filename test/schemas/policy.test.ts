// The policy: its sums are recomputed, and one that promises more than its noise keeps is refused in plain words.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { defaultPolicyFile, readConfig } from '#infra/runtime/config.ts'
import { policyFaults, readPolicy } from '#infra/runtime/policy.ts'
import {
  noiseDeviation,
  policySchema,
  presetInForce,
  privacyLosses,
  totalEpsilon,
} from '#schemas/policy.ts'
import type { Policy, PolicyPreset } from '#schemas/policy.ts'

const sound = readPolicy(defaultPolicyFile)
const folder = mkdtempSync(join(tmpdir(), 'policy-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A copy that `change` has been at. */
function changed(change: (policy: Policy) => void): Policy {
  const copy = structuredClone(sound)
  change(copy)
  return copy
}

function setBoth(policy: Policy, change: (preset: PolicyPreset, share: number) => void): void {
  change(policy.presets.standard, 1)
  change(policy.presets.strict, 0.5)
}

/** What a reader of the file is told. */
function faultsOf(policy: unknown): readonly string[] {
  const { error } = policySchema.safeParse(policy)
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

function fileOf(text: string): string {
  const path = join(folder, 'policy.json')
  writeFileSync(path, text)
  return path
}

describe('the budget of the default policy', () => {
  test('is what is promised, and no more', () => {
    const sums = (preset: PolicyPreset): readonly number[] =>
      privacyLosses(preset).map(({ epsilon }) => epsilon)
    expect(sums(sound.presets.standard)).toEqual([2, 1.75, 0.5, 2.5])
    expect(sums(sound.presets.strict)).toEqual([1, 0.875, 0.25, 1.25])
    const { presence, attribute, all_attributes: all } = sound.presets.standard.promise
    expect([presence, attribute, all]).toEqual([2, 0.5, 2.5])
  })

  test('bears noise with the deviations that are printed with numbers', () => {
    expect(noiseDeviation(0.5)).toBeCloseTo(2.8, 1)
    expect(noiseDeviation(0.25)).toBeCloseTo(5.6, 1)
  })

  test('is that of the preset in force', () => {
    const strict: Policy = { ...sound, preset: 'strict' }
    expect(presetInForce(strict)).toBe(strict.presets.strict)
    expect([totalEpsilon(sound, 'unsaves'), totalEpsilon(strict, 'unsaves')]).toEqual([0.25, 0.125])
  })
})

describe('a policy is refused that', () => {
  test('opens the total of a private act', () => {
    const open = { ...sound, exposure: { ...sound.exposure, shares: 'open' } }
    expect(faultsOf(open)).toEqual([
      'exposure.shares: must be guarded: a private act has no open total',
    ])
  })

  test('costs a save more than is promised, naming what is above what', () => {
    const policy = changed((each) =>
      setBoth(each, ({ totals }, share) => (totals.unsaves = 0.26 * share)),
    )
    expect(faultsOf(policy)).toEqual([
      'presets.standard.promise.presence: whether a person saved a video costs 2.01 (saves 0.5 + unsaves 0.26 + 5 dimensions x 0.25), above the promised 2',
      'presets.strict.promise.presence: whether a person saved a video costs 1.005 (saves 0.25 + unsaves 0.13 + 5 dimensions x 0.125), above the promised 1',
    ])
  })

  test('costs a share more than is promised', () => {
    const policy = changed((each) => setBoth(each, ({ totals }, share) => (totals.shares = share)))
    expect(faultsOf(policy)[0]).toBe(
      'presets.standard.promise.presence: whether a person shared a video costs 2.25 (shares 1 + 5 dimensions x 0.25), above the promised 2',
    )
  })

  test('tells more of attributes than is promised, of one or of all', () => {
    const one = changed((each) =>
      setBoth(each, ({ promise }, share) => (promise.attribute = 0.4 * share)),
    )
    expect(faultsOf(one)[0]).toBe(
      'presets.standard.promise.attribute: one attribute of a person who acted costs 0.5 (2 cells x 0.25), above the promised 0.4',
    )
    const all = changed((each) =>
      setBoth(each, ({ promise }, share) => (promise.all_attributes = 2 * share)),
    )
    expect(faultsOf(all)[0]).toBe(
      'presets.standard.promise.all_attributes: all attributes of a person who acted costs 2.5 (2 cells x 5 dimensions x 0.25), above the promised 2',
    )
  })

  test('is above its promise where it is not in force', () => {
    const policy = changed(({ presets }) => (presets.strict.promise.presence = 0.9))
    expect(faultsOf({ ...policy, preset: 'standard' })).not.toEqual([])
  })

  test('has a strict preset that is not half of the standard one', () => {
    const policy = changed(({ presets: { strict } }) => (strict.totals.saves = 0.2))
    expect(faultsOf(policy)).toEqual([
      "presets.strict.totals.saves: 0.2 is not half of standard's 0.5",
    ])
  })

  test('counts on fewer breakdowns than are published', () => {
    const { standard } = sound.presets
    const breakdowns = { ...standard.breakdowns, dimensions: 4 }
    const presets = { ...sound.presets, standard: { ...standard, breakdowns } }
    expect(faultsOf({ ...sound, presets })).toEqual([
      'presets.standard.breakdowns.dimensions: must be 5: people are broken down by region, age_band, gender, traffic_source, device',
    ])
  })

  test.each<[string, (buckets: Policy['buckets']) => void, string]>([
    [
      'an old one needs more people than a young one',
      (buckets) => (buckets.aged_people = 1001),
      'buckets.aged_people: 1001 is above people, which is 1000',
    ],
    [
      'none can be old enough before it passes into the pool',
      (buckets) => (buckets.aged_days = 29),
      'buckets.aged_days: 29 is above pooled_days, which is 28',
    ],
  ])('has buckets of which %s', (_what, change, fault) => {
    expect(faultsOf(changed(({ buckets }) => change(buckets)))).toEqual([fault])
  })

  test.each<[string, (ladder: Policy['ladder']) => void, string]>([
    [
      'whose steps go down',
      (ladder) => (ladder.steps = ['1h', '5m', '1d', '7d', '28d']),
      'ladder.steps: 1h, 5m, 1d, 7d, 28d: each must be longer than the one before',
    ],
    [
      'that ends before its longest step',
      (ladder) => (ladder.longest = [{ younger_than_days: null, step: '7d' }]),
      'ladder.steps: end in 28d, but the longest of all is 7d: they must be the same',
    ],
    [
      'whose longest step is none of its steps',
      (ladder) => (ladder.steps = ['5m', '7d', '28d']),
      'ladder.longest.0.step: 1d is none of ladder.steps',
    ],
    [
      'that says nothing of old videos',
      (ladder) => (ladder.longest = [{ younger_than_days: 28, step: '28d' }]),
      'ladder.longest: younger_than_days 28: must ascend, and end in null for all others',
    ],
    [
      'that says something after all others',
      (ladder) => ladder.longest.push({ younger_than_days: null, step: '28d' }),
      'ladder.longest: younger_than_days 2, 28, null, null: must ascend, and end in null for all others',
    ],
    [
      'that gives an older video shorter leaves',
      (ladder) => ladder.longest.splice(0, 1, { younger_than_days: 2, step: '28d' }),
      'ladder.longest: an older video must not have a shorter longest step',
    ],
  ])('has a ladder %s', (_what, change, fault) => {
    expect(faultsOf(changed(({ ladder }) => change(ladder)))).toEqual([fault])
  })

  test('has an epsilon of more digits than are counted', () => {
    const policy = changed(({ presets }) => (presets.standard.totals.saves = 0.1234567))
    expect(faultsOf(policy)).toContain('presets.standard.totals.saves: at most six decimal places')
  })

  test('sums are not wrong by how computers round: three tenths are 0.1 + 0.2', () => {
    const totals = { saves: 0.1, unsaves: 0.2, shares: 0.1 }
    const [save] = privacyLosses({ totals, breakdowns: { dimensions: 0, epsilon: 0.001 } })
    expect(save?.epsilon).toBe(0.3)
  })
})

describe('the file of the policy', () => {
  test("is the repository's own unless POLICY_FILE names another", () => {
    expect(readConfig(['policy'], {}).policy.POLICY_FILE).toBe(defaultPolicyFile)
    const { policy } = readConfig(['policy'], { POLICY_FILE: '/etc/policy.json' })
    expect(policy.POLICY_FILE).toBe('/etc/policy.json')
  })

  test('is told with the variable, the place and the fault', () => {
    const path = fileOf(JSON.stringify(changed(({ presets }) => (presets.strict.totals.saves = 1))))
    expect(policyFaults(path)).toContain(
      `POLICY_FILE: ${path}, presets.strict.totals.saves: 1 is not half of standard's 0.5`,
    )
    expect(() => readPolicy(path)).toThrow(/above the promised 1/)
  })

  test('that is missing or no JSON is told as that', () => {
    expect(policyFaults(join(folder, 'none'))[0]).toMatch(/^POLICY_FILE: .*none cannot be read/)
    expect(policyFaults(fileOf('{'))[0]).toMatch(/^POLICY_FILE: .* is not JSON/)
    expect(policyFaults(defaultPolicyFile)).toEqual([])
  })
})
