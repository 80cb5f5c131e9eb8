// What `backup` and `restore` work with: servers that run or are started for them, connections, and steps on the terminal.
import type { Surroundings } from '../backup/connections.ts'
import { connect } from '../backup/connections.ts'
import { systemClock } from '../runtime/clock.ts'
import { readConfig } from '../runtime/config.ts'
import { openServersAlone } from '../servers/servers-alone.ts'
import { createSteps, screenOf } from './start-steps.ts'

export interface OpenSurroundings extends Surroundings, AsyncDisposable {
  readonly line: (text: string) => void
}

/** @throws PipelineError or ConfigError saying what to do. */
export async function openSurroundings(): Promise<OpenSurroundings> {
  const { common, platform } = readConfig(['common', 'platform'])
  const dataDir = common.KEEPSAKE_DATA_DIR
  const steps = createSteps(screenOf(process.stdout), systemClock)
  await using stack = new AsyncDisposableStack()
  const servers = stack.use(
    await openServersAlone({
      dataDir,
      given: {
        kafkaBrokers: platform.KAFKA_BROKERS?.join(','),
        vaultUrl: platform.VAULT_URL,
        rollupsUrl: platform.ROLLUPS_URL,
      },
      clock: systemClock,
      tell: ({ from, level, text }) => steps.line(`  ${from}: ${level}: ${text}`),
      step: (title, work) => steps.step(title, work),
    }),
  )
  const connections = stack.use(await connect({ dataDir, platform, servers, clock: systemClock }))
  const opened = stack.move()
  return {
    dataDir,
    clock: systemClock,
    servers,
    connections,
    step: (title, work) => steps.step(title, work),
    line: (text) => steps.line(text),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
