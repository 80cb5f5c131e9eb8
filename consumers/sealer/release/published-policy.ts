// Publishes the policy beside the numbers that it is the policy of, so that readers know how much noise they bear.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { ConfigError } from '#infra/runtime/config.ts'
import type { Policy } from '#schemas/policy.ts'
import { FENCE } from '../fence.ts'

const rowSchema = z.object({ text: z.string() })

/** At which pass, and when. */
export interface PublishedAt {
  readonly generation: bigint
  readonly nowMs: number
}

/**
 * Makes sure that `rollups.policy` has the policy, before anything is published under its version. A
 * version names one policy for ever, its preset included: numbers that were published under it bear
 * the noise that it said then.
 * @throws ConfigError where the version was published as another policy.
 * @throws PipelineError, `fenced` when a newer sealer has taken over.
 */
export async function publishPolicy(
  rollups: Pick<ClickhouseStore, 'rows' | 'insertSelect'>,
  policy: Policy,
  { generation, nowMs }: PublishedAt,
): Promise<void> {
  const { version, preset } = policy
  const text = JSON.stringify(policy)
  const published = await rollups.rows(
    rowSchema,
    'select text from rollups.policy final where version = {version:String}',
    { version },
  )
  if (published.some((row) => row.text !== text)) throw new ConfigError([takenVersion(version)])
  if (published.length > 0) return
  await rollups.insertSelect(publishPolicyStatement, {
    version,
    preset,
    text,
    since: Math.floor(nowMs / 1000),
    generation,
  })
}

/** Inserts nothing where the version with the preset is there. */
const publishPolicyStatement = `
    insert into rollups.policy (version, preset, text, since)
    select {version:String}, {preset:String}, {text:String}, toDateTime({since:UInt32}, 'UTC')
    where ({version:String}, {preset:String}) not in (select version, preset from rollups.policy)
      and ${FENCE}`

function takenVersion(version: string): string {
  return (
    `  POLICY_FILE: version ${version} was published with other contents, and its numbers stand: ` +
    'give a policy that was changed, also in its preset, a version of its own'
  )
}
