// `keepsake acls`: prints what each process may do on a Kafka cluster that asks who is there, and tells the cluster.
import { parseArgs } from 'node:util'
import type { AccessControl, AccessRule } from '../../kafka/adapter/access-control.ts'
import { openKafka } from '../../kafka/open-kafka.ts'
import { ConfigError, readConfig } from '../../runtime/config.ts'
import { PipelineError } from '../../runtime/errors.ts'
import { createLog } from '../../runtime/log.ts'
import { accessRulesOf, kafkaPrincipals } from '../../servers/kafka-principals.ts'
import { renderAccessCommands, renderAccessTable, renderRule } from '../access-lines.ts'
import { runCommand, UsageError } from '../command.ts'

const help = `usage: npm run -s keepsake -- acls [--format table|commands] [--apply [--remove]]

Prints what each process may do on a Kafka cluster with users: one user for each process, named
like it, with the rights that its work needs. Four more are people at the command line: operator
runs npm start and the commands status, doctor and import, replay runs verify and replay, erase
runs erase, backup runs backup and restore.
  --format commands   lines of kafka-acls.sh instead of a table
  --apply             tell the cluster of KAFKA_BROKERS, as KAFKA_USER with KAFKA_PASSWORD_FILE,
                      who must be allowed to alter the cluster; what is there already stays
  --remove            with --apply: also take back what these users may do beyond the list

Make the users first (kafka-configs.sh --alter --add-config 'SCRAM-SHA-512=[password=...]'
--entity-type users --entity-name facts), then name the folder of their passwords, a file each,
by KAFKA_PASSWORDS_DIR.
`

await runCommand(help, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      format: { type: 'string', default: 'table' },
      apply: { type: 'boolean', default: false },
      remove: { type: 'boolean', default: false },
    },
  })
  const { format, apply, remove } = values
  if (format !== 'table' && format !== 'commands') {
    throw new UsageError(`--format is table or commands, not ${format}`)
  }
  if (remove && !apply) throw new UsageError('--remove goes with --apply')
  const { platform } = readConfig(['platform'])
  if (!apply) {
    const brokers = platform.KAFKA_BROKERS?.join() ?? 'BROKER:9092'
    const lines =
      format === 'table'
        ? renderAccessTable(kafkaPrincipals)
        : renderAccessCommands(kafkaPrincipals, brokers)
    process.stdout.write(`${lines.join('\n').trimEnd()}\n`)
    return
  }
  const { KAFKA_BROKERS, KAFKA_CA_FILE, KAFKA_USER, KAFKA_PASSWORD_FILE } = platform
  if (KAFKA_BROKERS === undefined || KAFKA_USER === undefined) {
    throw new ConfigError([
      '  KAFKA_BROKERS, KAFKA_USER, KAFKA_PASSWORD_FILE: must name the cluster and its administrator',
    ])
  }
  const log = createLog({ name: 'acls', level: 'silent' })
  await using eventLog = openKafka(
    { KAFKA_BROKERS, KAFKA_CA_FILE, KAFKA_USER, KAFKA_PASSWORD_FILE },
    { log, clientId: 'acls', isBrief: true },
  )
  try {
    await bring(eventLog.access, remove)
  } catch (error) {
    throw explained(error, KAFKA_BROKERS.join(', '), KAFKA_USER)
  }
})

/** Gives what is missing, and tells of what is there beyond it. */
async function bring(access: AccessControl, remove: boolean): Promise<void> {
  const wanted = new Map(kafkaPrincipals.flatMap(accessRulesOf).map(keyed))
  const there = new Map((await access.rulesOf(kafkaPrincipals.map(({ name }) => name))).map(keyed))
  const missing = [...wanted].flatMap(([key, rule]) => (there.has(key) ? [] : [rule]))
  const beyond = [...there].flatMap(([key, rule]) => (wanted.has(key) ? [] : [rule]))
  await access.allow(missing)
  const { stdout } = process
  const had = wanted.size - missing.length
  stdout.write(
    `${kafkaPrincipals.length} users have their ${wanted.size} rights: ${missing.length} given now, ${had} were there\n`,
  )
  if (beyond.length === 0) return
  if (remove) await access.withdraw(beyond)
  stdout.write(
    remove
      ? `${beyond.length} beyond the list taken back:\n`
      : `${beyond.length} beyond the list are there; --apply --remove takes them back:\n`,
  )
  for (const rule of beyond) stdout.write(`  ${renderRule(rule)}\n`)
}

function keyed(rule: AccessRule): readonly [string, AccessRule] {
  const { user, resource, name, pattern, operation } = rule
  return [[user, resource, name, pattern, operation].join(' '), rule]
}

function explained(error: unknown, brokers: string, user: string): unknown {
  if (!(error instanceof PipelineError)) return error
  const remedy =
    error.code === 'log_unreachable'
      ? 'See that brokers listen there, and that KAFKA_CA_FILE is the authority of their certificates.'
      : `See that the brokers have an authorizer (authorizer.class.name), that the password is right, and that ${user} is among their super.users or may Alter the cluster.`
  return new Error(`${brokers}: ${error.message}\n${remedy}`, { cause: error })
}
