// Which servers are to be examined: those of the running platform, else those that variables name, else none yet.
import type { PlatformState } from '../servers/platform-state.ts'
import type { ServerName, ServerSource } from '../servers/ground.ts'

export interface Target {
  /** Null: it does not run, and a start would run it. */
  readonly address: string | null
  /** Whether it is someone else's. */
  readonly isGiven: boolean
}

export type Targets = Readonly<Record<ServerName, Target>>

export interface NamedServers {
  readonly kafka: string | undefined
  readonly vault: string | undefined
  readonly rollups: string | undefined
}

/** A server of the running platform that is none of its processes is someone else's, or a container. */
export function chooseTargets(named: NamedServers, state: PlatformState | null): Targets {
  const target = (name: ServerName, running: string | undefined): Target => ({
    address: running ?? named[name] ?? null,
    isGiven: named[name] !== undefined,
  })
  return {
    kafka: target('kafka', state?.kafka_brokers),
    vault: target('vault', state?.vault_url),
    rollups: target('rollups', state?.rollups_url),
  }
}

/** Where a server would come from that nobody named and that does not run. */
export function sayWhatWouldStart(name: ServerName, source: ServerSource | null): string {
  switch (source) {
    case 'local':
      return `${name} does not run; npm start runs it here, as a process`
    case 'container':
      return `${name} does not run; npm start runs it in a container`
    case 'given':
    case null:
      return `${name} does not run, and cannot be started here`
    default:
      return source satisfies never
  }
}
