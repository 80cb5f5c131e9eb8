// The policies that seals are decided by: each that was ever in force is published and stays so, with the time since which it binds.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { policySchema, presetInForce } from '#schemas/policy.ts'
import type { BucketRules, Policy } from '#schemas/policy.ts'
import type { GuardedMeasure } from '#schemas/guarded.ts'
import { createLadder } from '../leaves/ladder.ts'
import type { Ladder } from '../leaves/ladder.ts'

/** How leaves and buckets are cut and how much noise they bear. */
export interface SealPolicy {
  /** As it stands in every row that is published under it. */
  readonly name: string
  readonly ladder: Ladder
  readonly buckets: BucketRules
  /** Of a leaf. */
  readonly epsilons: Readonly<Record<GuardedMeasure, number>>
  /** Of a cell of a breakdown. */
  readonly cellEpsilon: number
}

/** A leaf or bucket has the policy that was in force when it began: a later one binds later acts alone. */
export interface SealPolicies {
  at(fromS: number): SealPolicy
  /** How far everything must be stored past the end of a leaf. */
  readonly graceS: number
}

const rowSchema = z.object({ version: z.string(), text: z.string(), since_s: z.number() })

export async function readPolicies(rollups: ClickhouseStore): Promise<SealPolicies> {
  const rows = await rollups.rows(
    rowSchema,
    `select version, text, toUnixTimestamp(since) as since_s
     from rollups.policy final order by since, version`,
  )
  const all = rows.map(({ version, text, since_s: sinceS }) => {
    const policy = policySchema.parse(JSON.parse(text))
    return { sinceS, policy: sealPolicyOf(version, policy), graceS: policy.ladder.grace_s }
  })
  const [first] = all
  const last = all.at(-1)
  if (first === undefined || last === undefined) throw new Error('no policy was ever published')
  return {
    // What is older than any policy has the first.
    at: (fromS) => (all.findLast(({ sinceS }) => sinceS <= fromS) ?? first).policy,
    graceS: last.graceS,
  }
}

function sealPolicyOf(name: string, policy: Policy): SealPolicy {
  const { totals, breakdowns } = presetInForce(policy)
  return {
    name,
    ladder: createLadder(policy.ladder),
    buckets: policy.buckets,
    epsilons: totals,
    cellEpsilon: breakdowns.epsilon,
  }
}
