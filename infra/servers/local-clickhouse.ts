// The vault and the rollups as local processes: ClickHouse from npm, each server with its own folder, users and passwords.
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clickhouseUsers } from '../clickhouse/users.ts'
import type { ClickhouseServer, ClickhouseUser } from '../clickhouse/users.ts'
import { inheritedEnvironment } from '../runtime/config.ts'
import { randomPassword, readOrCreateSecret } from '../runtime/secret-files.ts'
import { renderServerConfig, renderUsersFile } from './clickhouse-config.ts'
import { writeFileWhole } from './json-file.ts'
import { answersOk } from './supervisor.ts'
import type { ProcessSpec } from './supervisor.ts'

const child = fileURLToPath(new URL('./clickhouse-child.mjs', import.meta.url))

/** The file with the password of a server's user, for the process that is this user. */
export function passwordFile(dataDir: string, server: ClickhouseServer, user: string): string {
  return join(dataDir, 'secrets', `${server}-${user}`)
}

/** Whether npm had a library for this machine. */
export function hasClickhouseLibrary(): boolean {
  try {
    createRequire(import.meta.url).resolve('chdb/libchdb')
    createRequire(import.meta.url)('chdb/libchdb').resolveLibchdb()
    return true
  } catch {
    return false
  }
}

export interface ClickhouseFiles {
  readonly configFile: string
  readonly usersFile: string
}

/** Writes a server's configuration, and its passwords where there are none yet. */
export function writeClickhouseFiles(
  dataDir: string,
  server: ClickhouseServer,
  place: { readonly httpPort: number; readonly inContainer: boolean },
): ClickhouseFiles {
  const { httpPort, inContainer } = place
  const folder = inContainer ? join(dataDir, 'containers', server) : join(dataDir, server)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const configFile = join(folder, 'config.xml')
  const usersFile = join(folder, 'users.xml')
  writeFileWhole(
    configFile,
    renderServerConfig({
      dataPath: inContainer ? null : join(folder, 'data'),
      httpPort,
      logFile: inContainer ? null : join(dataDir, 'logs', `${server}.log`),
      // Outside the server's own folder, which a backup is to outlive.
      backupsPath: inContainer ? null : join(dataDir, 'backups'),
    }),
  )
  const users: readonly ClickhouseUser[] = clickhouseUsers
  writeFileWhole(
    usersFile,
    renderUsersFile({
      users: users.filter((user) => user.server === server),
      passwordHash(user) {
        const password = readOrCreateSecret(
          passwordFile(dataDir, server, user.name),
          randomPassword,
        )
        return createHash('sha256').update(password).digest('hex')
      },
      clients: inContainer ? 'any' : 'loopback',
      embedded: !inContainer,
    }),
  )
  // The server in a container is another user of this machine. What it reads are hashes of passwords
  // of 192 random bits.
  if (inContainer) for (const file of [configFile, usersFile]) chmodSync(file, 0o644)
  return { configFile, usersFile }
}

/** How to run a server; its files are written first. */
export function clickhouseSpec(
  dataDir: string,
  server: ClickhouseServer,
  httpPort: number,
): ProcessSpec {
  const { configFile } = writeClickhouseFiles(dataDir, server, { httpPort, inContainer: false })
  return {
    name: server,
    command: process.execPath,
    args: [child, configFile],
    environment: inheritedEnvironment(),
    lifeline: 'pipe',
    output: 'text',
    isServer: true,
    isReady: () => answersOk(`http://127.0.0.1:${httpPort}/ping`),
    stopLimitMs: 3000,
  }
}
