// The operators' port of a process, loopback only: is it alive, is it ready, and its metrics.
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { once } from 'node:events'
import { Gauge, Registry } from 'prom-client'

/** Whether a process can do its work, and if not, why (no ids, no secrets). */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly why: string }

export interface OpsServer extends AsyncDisposable {
  readonly port: number
  /** Adds a metric that is read when asked for. Never by event type, never a count of private acts. */
  gauge(name: string, help: string, read: () => number): void
}

export interface OpsServerOptions {
  /** 0 takes a free port. */
  readonly port: number
  readonly readiness: () => Readiness
}

/** Opens `GET /live`, `/ready` and `/metrics` (Prometheus text) on 127.0.0.1. */
export async function openOpsServer({ port, readiness }: OpsServerOptions): Promise<OpsServer> {
  const registry = new Registry()
  for (const metric of processMetrics) addGauge(registry, metric)
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type }).end(body)
    }
    switch (request.url) {
      case '/live':
        return answer(200, 'application/json', '{"live":true}')
      case '/ready': {
        const state = readiness()
        return answer(state.ready ? 200 : 503, 'application/json', JSON.stringify(state))
      }
      case '/metrics':
        void registry.metrics().then(
          (text) => answer(200, registry.contentType, text),
          () => answer(500, 'text/plain', 'metrics failed'),
        )
        return
      default:
        return answer(404, 'text/plain', 'not found: /live /ready /metrics')
    }
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: portOf(server),
    gauge: (name, help, read) => addGauge(registry, { name, help, read }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The port that a listening server got. */
export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('server has no port')
  return address.port
}

interface GaugeOptions {
  readonly name: string
  readonly help: string
  readonly read: () => number
}

function addGauge(registry: Registry, { name, help, read }: GaugeOptions): void {
  const metric = new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(read())
    },
  })
  registry.registerMetric(metric)
}

/** Memory, CPU and uptime, read when they are asked for: a timer of their own would cost idle CPU. */
const processMetrics: readonly GaugeOptions[] = [
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    read: () => process.memoryUsage.rss(),
  },
  {
    name: 'process_heap_used_bytes',
    help: 'JavaScript heap in use.',
    read: () => process.memoryUsage().heapUsed,
  },
  {
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU.',
    read() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
  },
  { name: 'process_uptime_seconds', help: 'Time since the start.', read: () => process.uptime() },
]
