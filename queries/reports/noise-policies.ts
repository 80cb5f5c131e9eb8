// How much noise leaves and cells of breakdowns bear: by the policy that each names, which is read once.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { GuardedMeasure } from '#schemas/guarded.ts'
import { noiseVariance } from '#schemas/policy.ts'

export interface NoisePolicy {
  readonly version: string
  /** When it was first in force. */
  readonly sinceMs: number
  /** Variance of the noise of a leaf. */
  readonly variance: Readonly<Record<GuardedMeasure, number>>
  /** Variance of the noise of a cell of a breakdown. */
  readonly cellVariance: number
}

export interface NoisePolicies {
  /** Those of these versions. @throws Error when one that a published leaf names is not published. */
  read(versions: ReadonlySet<string>): Promise<ReadonlyMap<string, NoisePolicy>>
}

const rowSchema = z.object({
  version: z.string(),
  preset: z.string(),
  text: z.string(),
  since_ms: z.coerce.number(),
})

/** Of a policy's text only what is needed: older ones may lack what newer ones have. */
const textSchema = z.object({
  presets: z.record(
    z.string(),
    z.object({
      totals: z.object({ saves: z.number(), unsaves: z.number(), shares: z.number() }),
      breakdowns: z.object({ epsilon: z.number() }),
    }),
  ),
})

type PolicyRow = z.infer<typeof rowSchema>

export function createNoisePolicies(store: ClickhouseStore): NoisePolicies {
  let known: ReadonlyMap<string, NoisePolicy> = new Map()
  return {
    async read(versions) {
      // A version never changes: what is known stays so.
      if (![...versions].every((version) => known.has(version))) {
        const rows = await store.rows(
          rowSchema,
          `select version, preset, text, toUnixTimestamp(since) * 1000 as since_ms
           from rollups.policy final`,
        )
        known = policiesOf(rows)
      }
      return new Map(
        [...versions].map((version) => {
          const policy = known.get(version)
          if (policy === undefined) throw new Error(`rollups.policy lacks the policy ${version}`)
          return [version, policy]
        }),
      )
    },
  }
}

/** Where a version was in force with two presets, the one with more noise: no margin is too narrow. */
export function policiesOf(rows: readonly PolicyRow[]): ReadonlyMap<string, NoisePolicy> {
  const policies = new Map<string, NoisePolicy>()
  for (const { version, preset, text, since_ms: sinceMs } of rows) {
    const found = textSchema.parse(JSON.parse(text)).presets[preset]
    if (found === undefined) throw new Error(`the policy ${version} has no preset ${preset}`)
    const { totals, breakdowns } = found
    const other = policies.get(version)
    const wider = (measure: GuardedMeasure): number =>
      Math.max(noiseVariance(totals[measure]), other?.variance[measure] ?? 0)
    policies.set(version, {
      version,
      sinceMs: Math.max(sinceMs, other?.sinceMs ?? 0),
      variance: { saves: wider('saves'), unsaves: wider('unsaves'), shares: wider('shares') },
      cellVariance: Math.max(noiseVariance(breakdowns.epsilon), other?.cellVariance ?? 0),
    })
  }
  return policies
}
