// Every port of a platform: those of servers and operators are free ones that are kept, those of clients are what was asked for.
import { join } from 'node:path'
import { PipelineError } from '../runtime/errors.ts'
import type { GroundPorts } from './ground.ts'
import { runFolder } from './platform-state.ts'
import { choosePorts, isFreePort } from './ports.ts'
import { portVariables } from './processes.ts'
import type { ServicePorts } from './processes.ts'

export interface PlatformPorts {
  readonly ground: GroundPorts
  readonly services: ServicePorts
  /** Loopback port for operators of each of our processes, by its name. */
  readonly ops: Readonly<Record<string, number>>
}

const groundNames = ['kafka', 'kafka_controller', 'vault', 'rollups'] as const
const serviceNames = ['collector', 'saves', 'reports'] as const

/**
 * Chooses the ports of a platform on `dataDir`. A wanted port of 0 means any that is free.
 * @throws PipelineError `setup_failed` when a port that was asked for is another's.
 */
export async function choosePlatformPorts(
  dataDir: string,
  wanted: ServicePorts,
  processNames: readonly string[],
): Promise<PlatformPorts> {
  for (const name of serviceNames) await mustBeFree(name, wanted[name])
  const keptIn = (file: string): string => join(runFolder(dataDir), file)
  const chosen = await choosePorts(keptIn('ports.json'), [...groundNames, ...serviceNames])
  const { collector, saves, reports, ...ground } = chosen
  return {
    ground,
    services: {
      collector: wanted.collector || collector,
      saves: wanted.saves || saves,
      reports: wanted.reports || reports,
    },
    ops: await choosePorts(keptIn('ops-ports.json'), processNames),
  }
}

async function mustBeFree(name: keyof ServicePorts, port: number): Promise<void> {
  if (port === 0 || (await isFreePort(port))) return
  throw new PipelineError(
    'setup_failed',
    `Port ${port} (${name}) is taken by another program. Stop that program, or set ` +
      `${portVariables[name]} to another port.`,
  )
}
