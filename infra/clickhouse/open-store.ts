// Opens a ClickHouse server with what a process's configuration says of it.
import { readSecret } from '../runtime/config.ts'
import type { Config } from '../runtime/config.ts'
import { openClickhouseStore } from './clickhouse-store.ts'
import type { ClickhouseStore } from './clickhouse-store.ts'

/** @throws ConfigError when the file of the password cannot be read. */
export function openVault(config: Config<'vault'>['vault'], application: string): ClickhouseStore {
  return openClickhouseStore({
    url: config.VAULT_URL,
    user: config.VAULT_USER,
    password: readSecret('VAULT_PASSWORD_FILE', config.VAULT_PASSWORD_FILE),
    application,
  })
}

/** @throws ConfigError when the file of the password cannot be read. */
export function openRollups(
  config: Config<'rollups'>['rollups'],
  application: string,
): ClickhouseStore {
  return openClickhouseStore({
    url: config.ROLLUPS_URL,
    user: config.ROLLUPS_USER,
    password: readSecret('ROLLUPS_PASSWORD_FILE', config.ROLLUPS_PASSWORD_FILE),
    application,
  })
}
