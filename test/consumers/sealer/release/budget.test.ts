// What PRIVACY.md prints is what the best possible attacker reaches against the default policy, computed exactly.
import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { defaultPolicyFile } from '#infra/runtime/config.ts'
import { readPolicy } from '#infra/runtime/policy.ts'
import {
  allAttributesCells,
  attributeCells,
  privacyTables,
  savedCells,
  sharedCells,
} from '../../../bench/privacy/promises.ts'
import { withTable } from '../../../support/document-tables.ts'
import { chanceOfBestAttacker } from './best-attacker.ts'

// Hundreds of cells in integers of thousands of digits take a second, and longer on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const policy = readPolicy(defaultPolicyFile)
const { standard, strict } = policy.presets
const page = readFileSync(new URL('../../../../PRIVACY.md', import.meta.url), 'utf8')

test('the tables of the page are those of the policy; npm run privacy writes them', () => {
  for (const [name, table] of Object.entries(privacyTables(policy))) {
    expect(withTable(page, name, table)).toBe(page)
  }
})

/** As they were computed independently, when the promise was made. */
describe('the promise comes to', () => {
  test.each([
    ['whether somebody saved a video', savedCells(standard), 65.2],
    ['whether somebody shared a video', sharedCells(standard), 65.2],
    ['one attribute', attributeCells(standard), 56.2],
    ['all attributes at once', allAttributesCells(standard), 65.0],
    ['whether somebody saved a video, strict', savedCells(strict), 57.8],
    ['one attribute, strict', attributeCells(strict), 53.1],
    ['all attributes at once, strict', allAttributesCells(strict), 57.6],
  ])('%s', (_about, cells, percent) => {
    expect((100 * chanceOfBestAttacker(cells)).toFixed(1)).toBe(percent.toFixed(1))
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
