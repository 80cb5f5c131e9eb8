// Gets Kafka's jars from Maven's central repository into the data folder, once for each version of pom.xml.
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { alone, run, runStep } from './step.mjs'
import { SetupError } from './setup-error.mjs'

const JAVA_MAJOR_MIN = 17

const pom = fileURLToPath(new URL('../servers/kafka/pom.xml', import.meta.url))

/**
 * Where the jars of the current pom.xml are: the folder exists only when it is complete.
 * @param {string} dataDir
 */
export function kafkaJarsFolder(dataDir) {
  const version = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  return join(dataDir, 'jars', `kafka-${version}`)
}

/**
 * Every data folder has its own copy, so that removing the folder removes all of it; Maven's cache
 * makes the second one a matter of two seconds. Where there is Docker and no Java, containers serve.
 * @param {string} dataDir
 */
export async function installKafkaJars(dataDir) {
  const folder = kafkaJarsFolder(dataDir)
  if (existsSync(folder)) return
  const lack = lackOfMaven() ?? (await lackOfJava())
  if (lack !== null) {
    if ((await run('docker', ['version'])).ok) return
    throw new SetupError(
      `${lack} There is no running Docker either.`,
      [
        `Kafka runs on Java ${JAVA_MAJOR_MIN} or newer and comes by Maven. Do one of these:`,
        '  Debian, Ubuntu: apt install openjdk-17-jre-headless maven',
        '  macOS:          brew install openjdk@17 maven',
        '  Docker:         start it, and Kafka and ClickHouse run in containers',
        '  elsewhere:      set KAFKA_BROKERS, VAULT_URL and ROLLUPS_URL',
      ].join('\n'),
    )
  }
  await alone(folder, async () => {
    if (!existsSync(folder)) await download(folder)
  })
}

async function download(folder) {
  const draft = `${folder}.${randomBytes(4).toString('hex')}`
  mkdirSync(draft, { recursive: true })
  try {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${draft}`]
    // Quiet, without questions, and strict about checksums.
    const args = ['-q', '-B', '-C', '-f', pom, ...goal, '-DincludeScope=runtime']
    const { ok, output } = await runStep('getting Kafka (44 MB)', 'mvn', args)
    if (ok) return renameSync(draft, folder)
    throw new SetupError(
      `Maven failed:\n${output}`,
      "Check that this machine reaches Maven's central repository, then run the command again.",
    )
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** What is wrong with this machine's Java, or null. */
async function lackOfJava() {
  const home = process.env.JAVA_HOME
  const { ok, output } = await run(home ? join(home, 'bin', 'java') : 'java', ['-version'])
  if (!ok) return 'Java was not found.'
  const major = /version "(\d+)/.exec(output)?.[1]
  return Number(major) >= JAVA_MAJOR_MIN ? null : `Java is too old (${output.split('\n', 1)[0]}).`
}

/** Looks for the file only: to ask Maven for its version takes half a second. */
function lackOfMaven() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = folders.some((folder) => existsSync(join(folder, 'mvn')))
  return found ? null : 'Maven (mvn) was not found.'
}
