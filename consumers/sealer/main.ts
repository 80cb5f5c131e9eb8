// The sealer: counts what is stored and publishes the numbers; one at a time, and a spare does no harm.
import { openRollups, openVault } from '#infra/clickhouse/open-store.ts'
import { openKafka } from '#infra/kafka/open-kafka.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { runProcess } from '#infra/runtime/lifecycle.ts'
import { openOpsServer } from '#infra/runtime/ops-server.ts'
import { readPolicy } from '#infra/runtime/policy.ts'
import { FIRST_COUNT } from './late-spans.ts'
import { createNoiseSource } from './release/noise-source.ts'
import { openSealer } from './sealer.ts'
import type { Sealer } from './sealer.ts'

await runProcess('sealer', async ({ stack, log, clock, stop, fail }) => {
  const config = readConfig(['common', 'kafka', 'vault', 'rollups', 'policy', 'noise', 'sealer'])
  const policy = readPolicy(config.policy.POLICY_FILE)
  const noise = createNoiseSource(config.noise.NOISE_KEYS_DIR, clock)
  let sealer: Sealer | undefined
  const ops = stack.use(
    await openOpsServer({
      port: config.common.OPS_PORT,
      readiness() {
        if (sealer === undefined) return { ready: false, why: 'starting' }
        return sealer.trouble === null ? { ready: true } : { ready: false, why: sealer.trouble }
      },
    }),
  )
  const vault = stack.use(openVault(config.vault, 'sealer'))
  const rollups = stack.use(openRollups(config.rollups, 'sealer'))
  const eventLog = stack.use(openKafka(config.kafka, { log, clientId: 'sealer' }))
  sealer = stack.use(
    await openSealer({
      log,
      clock,
      stop,
      fail,
      eventLog,
      vault,
      rollups,
      policy,
      noise,
      passEveryMs: config.sealer.SEALER_PASS_MS,
    }),
  )
  ops.gauge('sealer_watermark_seconds', 'Everything appended before is counted.', () =>
    Math.floor((sealer?.lastGeneration?.watermarkMs ?? 0) / 1000),
  )
  ops.gauge('sealer_late_spans', 'Closed quarters and days that wait to be counted again.', () =>
    sealer === undefined ? 0 : sealer.waiting.length,
  )
  ops.gauge('sealer_late_oldest_seconds', 'How long the longest of them has waited.', () => {
    const since = (sealer?.waiting ?? []).flatMap(({ sinceS }) =>
      sinceS === FIRST_COUNT ? [] : sinceS,
    )
    return since.length === 0 ? 0 : Math.max(0, clock.nowMs() / 1000 - Math.min(...since))
  })
})
