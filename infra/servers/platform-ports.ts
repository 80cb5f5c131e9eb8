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
  // All at once, so that no two of them get the same.
  const opsNames = processNames.map(opsNameOf)
  const names = [...groundNames, ...serviceNames, ...opsNames]
  const chosen = await choosePorts(join(runFolder(dataDir), 'ports.json'), names)
  const { kafka = 0, kafka_controller = 0, vault = 0, rollups = 0 } = chosen
  const { collector = 0, saves = 0, reports = 0 } = chosen
  return {
    ground: { kafka, kafka_controller, vault, rollups },
    services: {
      collector: wanted.collector || collector,
      saves: wanted.saves || saves,
      reports: wanted.reports || reports,
    },
    ops: Object.fromEntries(processNames.map((name) => [name, chosen[opsNameOf(name)] ?? 0])),
  }
}

/** Name under which a process's port for operators is kept. */
function opsNameOf(process: string): string {
  return `${process}_ops`
}

async function mustBeFree(name: keyof ServicePorts, port: number): Promise<void> {
  if (port === 0 || (await isFreePort(port))) return
  throw new PipelineError(
    'setup_failed',
    `Port ${port} (${name}) is taken by another program. Stop that program, or set ` +
      `${portVariables[name]} to another port.`,
  )
}
