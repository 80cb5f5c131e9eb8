// What runs on a data folder right now: claimed by one start at a time, read by `status` and the other commands.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../runtime/clock.ts'
import { PipelineError } from '../runtime/errors.ts'
import { readOrCreateSecret } from '../runtime/secret-files.ts'
import { readJsonFile, writeFileWhole } from './json-file.ts'
import { endLeftovers, identityOf } from './process-identity.ts'

const processSchema = z.object({
  name: z.string(),
  /** Null while it is being started again. */
  pid: z.number().nullable(),
  identity: z.string(),
  port: z.number().optional(),
  /** Loopback port of `/live`, `/ready` and `/metrics`; servers have none. */
  ops_port: z.number().optional(),
  /** How often it was started again since the start of the platform. */
  restarts: z.number().optional(),
})

const stateSchema = z.object({
  /** Of the supervisor. */
  pid: z.number(),
  identity: z.string(),
  started_at: z.string(),
  kafka_brokers: z.string(),
  vault_url: z.string(),
  rollups_url: z.string(),
  processes: z.array(processSchema),
  ports: z.record(z.string(), z.number()),
})

export type PlatformState = Readonly<z.infer<typeof stateSchema>>
export type ProcessState = Readonly<z.infer<typeof processSchema>>

const claimSchema = z.object({ pid: z.number(), identity: z.string() })

export function runFolder(dataDir: string): string {
  return join(dataDir, 'run')
}

function stateFile(dataDir: string): string {
  return join(runFolder(dataDir), 'state.json')
}

/** The state of the platform that runs on a data folder; null when none does. */
export function readPlatformState(dataDir: string): PlatformState | null {
  const state = readJsonFile(stateFile(dataDir), stateSchema)
  return state !== null && identityOf(state.pid) === state.identity ? state : null
}

export interface DataFolderClaim extends Disposable {
  /** Replaces the state in one step. */
  write(state: Omit<PlatformState, 'pid' | 'identity' | 'started_at'>): void
}

/**
 * Takes a data folder for this process, after ending what a start that died there left behind.
 * Disposing gives it back.
 * @throws PipelineError `setup_failed` while another process has it.
 */
export async function claimDataFolder(dataDir: string, clock: Clock): Promise<DataFolderClaim> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  mkdirSync(runFolder(dataDir), { recursive: true, mode: 0o700 })
  const claim = join(runFolder(dataDir), 'claim.json')
  const mine = { pid: process.pid, identity: identityOf(process.pid) ?? '' }
  takeClaim(claim, mine, dataDir)
  const left = readJsonFile(stateFile(dataDir), stateSchema)
  if (left !== null) await endLeftovers(left.processes.flatMap(knownProcess), clock)
  const started_at = new Date(clock.nowMs()).toISOString()
  return {
    write(state) {
      writeFileWhole(stateFile(dataDir), JSON.stringify({ ...mine, started_at, ...state }, null, 2))
    },
    [Symbol.dispose]() {
      rmSync(stateFile(dataDir), { force: true })
      rmSync(claim, { force: true })
    },
  }
}

function takeClaim(
  claim: string,
  mine: { readonly pid: number; readonly identity: string },
  dataDir: string,
): void {
  const before = readJsonFile(claim, claimSchema)
  // Of a process that is no more, or cut off by a crash of the machine.
  if (before === null || identityOf(before.pid) !== before.identity) rmSync(claim, { force: true })
  readOrCreateSecret(claim, () => JSON.stringify(mine))
  const holder = readJsonFile(claim, claimSchema)
  if (holder?.pid === mine.pid && holder.identity === mine.identity) return
  throw new PipelineError(
    'setup_failed',
    `keepsake already runs on ${dataDir} (process ${holder?.pid}). Stop it with Ctrl-C or ` +
      `\`kill ${holder?.pid}\`, or set KEEPSAKE_DATA_DIR to another folder.`,
  )
}

function knownProcess({ pid, identity }: ProcessState): { pid: number; identity: string }[] {
  return pid === null ? [] : [{ pid, identity }]
}
