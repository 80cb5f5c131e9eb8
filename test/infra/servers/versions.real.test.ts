// What runs locally is of the version that containers run, as the servers themselves say it.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { images } from '#infra/servers/containers.ts'
import { store } from '../../support/outside.ts'

test.each(['vault', 'rollups'] as const)(
  'the local %s is of the version of the ClickHouse image',
  async (server) => {
    await using admin = store(server, 'admin')
    const versionSchema = z.object({ version: z.string() })
    const [row] = await admin.rows(versionSchema, 'select version() as version')
    const [year, release] = row?.version.split('.') ?? []
    expect(images.clickhouse).toBe(`clickhouse/clickhouse-server:${year}.${release}`)
  },
)
