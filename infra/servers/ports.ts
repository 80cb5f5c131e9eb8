// Ports of local servers: free ones, chosen once and kept, so that addresses stay the same from start to start.
import { once } from 'node:events'
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { systemClock } from '../runtime/clock.ts'
import { readJsonFile, writeFileWhole } from './json-file.ts'

/** Below the ports that systems give to outgoing connections, which would take a kept one some day. */
const RANGE = { first: 20_000, last: 32_000 } as const
const TRIES_MAX = 200

const portsSchema = z.record(z.string(), z.number().int().min(1).max(65_535))

/**
 * A port for each name: the one kept in `file` where it is still free, else a new one.
 * @throws Error when no free port is found.
 */
export async function choosePorts(
  file: string,
  names: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const kept = readJsonFile(file, portsSchema) ?? {}
  const chosen = new Map<string, number>()
  for (const name of names) {
    const before = kept[name]
    const others = new Set(chosen.values())
    const usable = before !== undefined && !others.has(before) && (await isFreePort(before))
    chosen.set(name, usable ? before : await freePort(others))
  }
  const ports = portsSchema.parse(Object.fromEntries(chosen))
  writeFileWhole(file, JSON.stringify({ ...kept, ...ports }, null, 2))
  return ports
}

/** Whether nobody listens on this port of the loopback address. */
export async function isFreePort(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false
  }
}

async function freePort(taken: ReadonlySet<number>): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(RANGE.first, RANGE.last)
    if (!taken.has(port) && reserve(port) && (await isFreePort(port))) return port
  }
  throw new Error(`no free port was found between ${RANGE.first} and ${RANGE.last}`)
}

/** From choosing a port until somebody listens on it. */
const RESERVED_MS = 60_000

/** Whether nobody else on this machine has chosen the port just now, for a server that is not up yet. */
function reserve(port: number): boolean {
  const folder = join(tmpdir(), 'keepsake-ports')
  const file = join(folder, String(port))
  mkdirSync(folder, { recursive: true })
  try {
    const { mtimeMs } = statSync(file)
    if (mtimeMs > systemClock.nowMs() - RESERVED_MS) return false
    rmSync(file, { force: true })
  } catch {
    // Nobody has.
  }
  try {
    writeFileSync(file, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
