// Which process listens on a port of this machine, as far as /proc tells.
import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'

export interface PortHolder {
  readonly pid: number
  readonly name: string
}

/** State `LISTEN` in /proc/net/tcp. */
const LISTEN = '0A'

/** Null where /proc does not tell: another system, or a process of another user. */
export async function findPortHolder(port: number): Promise<PortHolder | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  )
  const sockets = new Set(tables.flatMap((table) => listeningInodes(table, port)))
  if (sockets.size === 0) return null
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    if (await holds(pid, sockets)) return { pid: Number(pid), name: await nameOf(pid) }
  }
  return null
}

/** Inodes of the sockets that listen on `port`, of the text of /proc/net/tcp. */
export function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      const isIt = state === LISTEN && local.endsWith(`:${wanted}`) && inode !== undefined
      return isIt ? [`socket:[${inode}]`] : []
    })
}

async function holds(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = join('/proc', pid, 'fd')
  const descriptors = await readdir(folder).catch(() => [])
  for (const descriptor of descriptors) {
    const target = await readlink(join(folder, descriptor)).catch(() => '')
    if (sockets.has(target)) return true
  }
  return false
}

/** The program alone: arguments can hold secrets. */
async function nameOf(pid: string): Promise<string> {
  const line = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')
  return basename(line.split('\0', 1)[0] ?? '') || 'unknown'
}
