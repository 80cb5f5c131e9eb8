// Reads ClickHouse over HTTP without the project's own client: what the oracle sees of the servers.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Clickhouse {
  /** Cells as text, row by row. @throws Error with the server's answer. */
  rows(sql: string): Promise<readonly (readonly string[])[]>
}

/** A server as its admin. */
export function openClickhouse(url: string, dataDir: string, server: string): Clickhouse {
  const password = readFileSync(join(dataDir, 'secrets', `${server}-admin`), 'utf8').trim()
  return {
    async rows(sql) {
      const response = await fetch(`${url}/?default_format=TSV`, {
        method: 'POST',
        headers: { 'x-clickhouse-user': 'admin', 'x-clickhouse-key': password },
        body: sql,
      })
      const text = await response.text()
      // Rows may have been sent before it failed.
      const fault = text.slice(Math.max(0, text.lastIndexOf('Code: ')))
      if (!response.ok) throw new Error(`${server}: ${fault.slice(0, 500)}`)
      return text === ''
        ? []
        : text
            .trimEnd()
            .split('\n')
            .map((line) => line.split('\t'))
    },
  }
}
