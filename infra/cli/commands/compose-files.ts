// `keepsake compose-files`: makes the passwords and writes the files that `infra/compose.yaml` mounts.
import { readConfig } from '../../runtime/config.ts'
import { CONTAINER_HTTP_PORT } from '../../servers/containers.ts'
import { writeClickhouseFiles } from '../../servers/local-clickhouse.ts'
import { runCommand } from '../command.ts'

const help = `usage: npm run -s keepsake -- compose-files

Writes configuration and users of both ClickHouse servers for infra/compose.yaml,
and their passwords where there are none yet.
`

// oxlint-disable-next-line typescript/require-await
await runCommand(help, async () => {
  const { common } = readConfig(['common'])
  const place = { httpPort: CONTAINER_HTTP_PORT, inContainer: true }
  for (const server of ['vault', 'rollups'] as const) {
    const { configFile, usersFile } = writeClickhouseFiles(common.KEEPSAKE_DATA_DIR, server, place)
    process.stdout.write(`${configFile}\n${usersFile}\n`)
  }
})
