// The policy stands beside the numbers that it is the policy of, and a version names one for ever.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { generationOf } from '#consumers/sealer/fence.ts'
import { publishPolicy } from '#consumers/sealer/release/published-policy.ts'
import { takeOver } from '#consumers/sealer/takeover.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { defaultPolicyFile } from '#infra/runtime/config.ts'
import { readPolicy } from '#infra/runtime/policy.ts'
import type { Policy } from '#schemas/policy.ts'
import { store } from '../../../support/outside.ts'
import { openTestLog } from '../../../support/produce.ts'

/**
 * Above every epoch of the platform's sealers: nobody has taken over from it. Binds from a time on that
 * no leaf of another file reaches.
 */
const at = { generation: generationOf(1_000_000n, 0n), nowMs: Date.parse('2100-01-01T00:00:00Z') }
const policy: Policy = { ...readPolicy(defaultPolicyFile), version: 'published-policy-test' }

async function published(): Promise<readonly unknown[]> {
  await using analyst = store('rollups', 'analyst')
  return analyst.rows(
    z.unknown(),
    `select preset, text, toUnixTimestamp(since) * 1000 as since_ms from rollups.policy
     where version = {version:String}`,
    { version: policy.version },
  )
}

test('a policy is published once, as it is and with its beginning, for everybody with SQL', async () => {
  await using rollups = store('rollups', 'sealer')
  await publishPolicy(rollups, policy, at)
  await publishPolicy(rollups, policy, { ...at, nowMs: at.nowMs + 60_000 })
  expect(await published()).toEqual([
    { preset: 'standard', text: JSON.stringify(policy), since_ms: at.nowMs },
  ])
})

test('another policy of the same version is refused, and so is another preset of it', async () => {
  await using rollups = store('rollups', 'sealer')
  await publishPolicy(rollups, policy, at)
  const noisier = structuredClone(policy)
  noisier.ladder.grace_s += 1
  for (const other of [noisier, { ...policy, preset: 'strict' } as const]) {
    await expect(publishPolicy(rollups, other, at)).rejects.toThrow(
      /POLICY_FILE: version published-policy-test was published with other contents/,
    )
  }
  expect(await published()).toHaveLength(1)
})

test('an older sealer publishes no policy', async () => {
  await using rollups = store('rollups', 'sealer')
  await using vault = store('vault', 'sealer')
  const other = { ...policy, version: 'published-policy-test-fenced' }
  await using eventLog = openTestLog()
  const { epoch, producer } = await takeOver({ eventLog, vault, rollups, clock: systemClock })
  await using _producer = producer
  const older = generationOf(epoch - 1n, 0n)
  await expect(publishPolicy(rollups, other, { ...at, generation: older })).rejects.toMatchObject({
    code: 'fenced',
  })
})
