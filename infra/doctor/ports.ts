// Whether the ports of the services are free, or ours already; and who has them otherwise.
import { isFreePort } from '../servers/ports.ts'
import type { PlatformState } from '../servers/platform-state.ts'
import { portVariables } from '../servers/processes.ts'
import type { ServicePorts } from '../servers/processes.ts'
import { fault, ok } from './finding.ts'
import type { Verdict } from './finding.ts'
import { findPortHolder } from './port-holder.ts'
import type { PortHolder } from './port-holder.ts'

export interface PortUse {
  readonly service: keyof ServicePorts
  readonly port: number
  /** `ours`: the running platform has it. A holder is null where nobody tells who it is. */
  readonly use: 'any' | 'free' | 'ours' | { readonly holder: PortHolder | null }
}

export function judgePorts(uses: readonly PortUse[]): readonly Verdict[] {
  return uses.map((use, index) => {
    const { service, port } = use
    const twin = uses.slice(0, index).find((other) => other.port === port && port !== 0)
    return twin === undefined ? judgePort(use) : judgeTwin(service, twin)
  })
}

function judgeTwin(service: keyof ServicePorts, twin: PortUse): Verdict {
  return fault(
    `${service} and ${twin.service} are both to have port ${twin.port}`,
    `Set ${portVariables[service]} or ${portVariables[twin.service]} to another port.`,
  )
}

function judgePort({ service, port, use }: PortUse): Verdict {
  if (use === 'any') return ok(`${service} takes any port that is free`)
  if (use === 'free') return ok(`${port} is free for ${service}`)
  if (use === 'ours') return ok(`${port} is where ${service} listens`)
  const who =
    use.holder === null ? 'another program' : `process ${use.holder.pid} (${use.holder.name})`
  return fault(
    `${port} is taken by ${who}, and ${service} is to have it`,
    `Stop that program, or set ${portVariables[service]} to another port.`,
  )
}

export function readPorts(
  wanted: ServicePorts,
  state: PlatformState | null,
): Promise<readonly PortUse[]> {
  const services = ['collector', 'saves', 'reports'] as const
  return Promise.all(
    services.map(async (service) => {
      // A platform that runs on port 0 listens on one that it chose.
      const port = wanted[service] || (state?.ports[service] ?? 0)
      return { service, port, use: await useOf(port, service, state) }
    }),
  )
}

async function useOf(
  port: number,
  service: keyof ServicePorts,
  state: PlatformState | null,
): Promise<PortUse['use']> {
  if (port === 0) return 'any'
  if (await isFreePort(port)) return 'free'
  const holder = await findPortHolder(port)
  const isOurs =
    state?.ports[service] === port &&
    (holder === null || state.processes.some(({ pid }) => pid === holder.pid))
  return isOurs ? 'ours' : { holder }
}
