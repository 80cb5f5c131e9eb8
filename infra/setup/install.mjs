// Runs before every command: installs what a clean checkout lacks. Plain JavaScript for the Node that the machine has.
//
// usage: node infra/setup/install.mjs [--servers] [--env]
//   --servers  the command starts Kafka and ClickHouse: get Kafka's jars as well
//   --env      read `.env` as that command does
//
// Writes to standard error only, and nothing when there is nothing to do.
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installKafkaJars } from './kafka-jars.mjs'
import { installPackages } from './packages.mjs'
import { SetupError } from './setup-error.mjs'

const NODE_MAJOR_MIN = 20

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const flags = new Set(process.argv.slice(2))

try {
  const [major] = process.versions.node.split('.')
  if (Number(major) < NODE_MAJOR_MIN) {
    throw new SetupError(
      `Node ${NODE_MAJOR_MIN} or newer is needed; this is ${process.version}.`,
      'Install it from https://nodejs.org',
    )
  }
  if (flags.has('--env') && existsSync(join(root, '.env')) && process.loadEnvFile !== undefined) {
    process.loadEnvFile(join(root, '.env'))
  }
  await installPackages(root)
  if (flags.has('--servers') && !process.env.KAFKA_BROKERS) {
    await installKafkaJars(resolve(root, process.env.KEEPSAKE_DATA_DIR || '.keepsake'))
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`\nkeepsake: ${error.message}\n`)
  process.exitCode = 1
}
