// The policies that leaves are decided by: each that was ever in force is published and stays so, with the time since which it binds.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { policySchema, presetInForce } from '#schemas/policy.ts'
import type { Policy } from '#schemas/policy.ts'
import { createLadder } from './ladder.ts'
import type { LeafPolicies, LeafPolicy } from './leaf-decider.ts'

const rowSchema = z.object({ version: z.string(), text: z.string(), since_s: z.number() })

export async function readPolicies(rollups: ClickhouseStore): Promise<LeafPolicies> {
  const rows = await rollups.rows(
    rowSchema,
    `select version, text, toUnixTimestamp(since) as since_s
     from rollups.policy final order by since, version`,
  )
  const all = rows.map(({ version, text, since_s: sinceS }) => {
    const policy = policySchema.parse(JSON.parse(text))
    return { sinceS, policy: leafPolicyOf(version, policy), graceS: policy.ladder.grace_s }
  })
  const [first] = all
  const last = all.at(-1)
  if (first === undefined || last === undefined) throw new Error('no policy was ever published')
  return {
    // Leaves older than any policy have the first.
    at: (fromS) => (all.findLast(({ sinceS }) => sinceS <= fromS) ?? first).policy,
    graceS: last.graceS,
  }
}

function leafPolicyOf(name: string, policy: Policy): LeafPolicy {
  return {
    name,
    ladder: createLadder(policy.ladder),
    epsilons: presetInForce(policy).totals,
  }
}
