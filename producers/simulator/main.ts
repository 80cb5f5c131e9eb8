// The simulator: brings up a platform with a past whose truth is known, and keeps it alive slot after slot.
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { openKafka } from '#infra/kafka/open-kafka.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { runProcess } from '#infra/runtime/lifecycle.ts'
import { openOpsServer } from '#infra/runtime/ops-server.ts'
import { openLocalIssuer } from '#infra/runtime/tokens.ts'
import { createHistoryWriter } from '../history/history-writer.ts'
import { createLocalClient } from './local-client.ts'
import { createPeople } from './people.ts'
import { createPlatform } from './platform.ts'
import { simulatePast, simulatePresent } from './simulate.ts'
import { openSimulationFile, wantedScale } from './simulation-file.ts'
import { createTraffic } from './traffic.ts'
import { openTruthFile } from './truth-file.ts'

await runProcess('simulator', async ({ stack, log, clock, stop, fail }) => {
  const config = readConfig(['common', 'kafka', 'issuer', 'simulator'])
  const { COLLECTOR_URL: url } = config.simulator
  const issuer = await openLocalIssuer({
    keyFile: config.issuer.AUTH_ISSUER_KEY_FILE,
    issuer: config.issuer.AUTH_ISSUER,
    audience: config.issuer.AUTH_AUDIENCE,
  })
  const wanted = wantedScale(config.simulator)
  const file = openSimulationFile(config.common.KEEPSAKE_DATA_DIR, wanted, clock.nowMs())
  const { scale } = file.state
  const platform = createPlatform(scale, file.state.begin_ms)
  const traffic = createTraffic(platform, createPeople(scale))

  const eventLog = stack.use(openKafka(config.kafka, { log, clientId: 'simulator' }))
  const producer = stack.use(await eventLog.openProducer())
  const encoder = openEngagementEncoder()
  const writer = createHistoryWriter({ producer, encoder, clock, source: 'simulator', stop })
  const clientWith = (...scopes: readonly string[]) =>
    createLocalClient({ url, issuer, scopes, clock, stop })

  let part = 0
  let caughtUp = false
  const ops = stack.use(
    await openOpsServer({
      port: config.common.OPS_PORT,
      readiness: () =>
        caughtUp ? { ready: true } : { ready: false, why: 'the history is on its way' },
    }),
  )
  ops.gauge('simulator_history_part', 'Part of the history that has been made, 0..1.', () => part)
  ops.gauge(
    'simulator_history_events',
    'Events that this start has put straight into the log.',
    () => writer.acknowledged,
  )
  const options = {
    platform,
    traffic,
    file,
    truthFile: openTruthFile(file.truthPath),
    clock,
    stop,
    writer,
    encoder,
    client: clientWith('events:write', 'videos:write'),
    historyClient: clientWith('events:backfill'),
    onProgress(made: number) {
      part = made
    },
  }
  const simulating = (async () => {
    await simulatePast(options)
    caughtUp = true
    log.info({ events: writer.acknowledged }, 'the past is in the log')
    await simulatePresent(options)
  })()
  simulating.catch((error: unknown) => stop.aborted || fail(error))
  stack.defer(() => simulating.catch(() => undefined))
})
