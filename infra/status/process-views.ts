// Processes as they show themselves: by their port for operators, servers by an answer and by /proc.
import { readFileSync } from 'node:fs'
import { readMetrics, readReadiness } from '../runtime/ops-client.ts'
import type { ProcessState } from '../servers/platform-state.ts'
import type { ProcessView } from './snapshot.ts'

/** Metrics of a process by name; null while it does not answer. */
export type Metrics = ReadonlyMap<string, number> | null

export interface LookedAt {
  readonly view: ProcessView
  readonly metrics: Metrics
}

/** Looks at one of our own processes. */
export async function lookAtProcess(process: ProcessState): Promise<LookedAt> {
  const { name, pid, port = null, ops_port: opsPort = null, restarts = null } = process
  const base = { name, pid, port, opsPort, restarts }
  if (pid === null || opsPort === null) {
    const view = { ...base, memoryBytes: null, state: 'starting again', why: null } as const
    return { view, metrics: null }
  }
  const [readiness, metrics] = await Promise.all([readReadiness(opsPort), readMetrics(opsPort)])
  const memoryBytes = metrics?.get('process_resident_memory_bytes') ?? null
  return { view: { ...base, memoryBytes, ...stateOf(readiness) }, metrics }
}

/** A server: `process` is null where it is not ours, `answers` is what was seen of it from here. */
export function viewOfServer(
  name: string,
  process: ProcessState | null,
  answers: boolean,
): ProcessView {
  const pid = process?.pid ?? null
  return {
    name,
    pid,
    port: process?.port ?? null,
    opsPort: null,
    memoryBytes: pid === null ? null : residentBytes(pid),
    restarts: process?.restarts ?? null,
    state: answers
      ? 'ready'
      : process !== null && pid === null
        ? 'starting again'
        : 'does not answer',
    why: null,
  }
}

function stateOf(
  answer: Awaited<ReturnType<typeof readReadiness>>,
): Pick<ProcessView, 'state' | 'why'> {
  if (answer === null) return { state: 'does not answer', why: null }
  if (answer.ready) return { state: 'ready', why: null }
  return { state: 'not ready', why: answer.why ?? null }
}

/** Null where the system has no /proc, or the process is gone. */
function residentBytes(pid: number): number | null {
  try {
    const kB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kB === undefined ? null : Number(kB) * 1024
  } catch {
    return null
  }
}
