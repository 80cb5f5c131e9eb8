// Shows rights on a Kafka cluster: as a table for people, or as the lines of Kafka's own tool.
import type { AccessRule } from '../kafka/adapter/access-control.ts'
import type { KafkaPrincipal } from '../servers/kafka-principals.ts'
import { accessRulesOf } from '../servers/kafka-principals.ts'
import { columns } from './text-columns.ts'

/** A line for each user, and under it one for each resource; what a name begins with ends in `*`. */
export function renderAccessTable(principals: readonly KafkaPrincipal[]): readonly string[] {
  const groups = principals.map((principal) => byResource(accessRulesOf(principal)))
  const lines = columns(
    groups
      .flat()
      .map((rules) => [
        `  ${rules[0].resource}`,
        shownName(rules[0]),
        rules.map(({ operation }) => operation).join(', '),
      ]),
  )
  let from = 0
  return principals.flatMap(({ name, does }, index) => {
    const to = from + (groups[index]?.length ?? 0)
    const some = lines.slice(from, to)
    from = to
    return [`${name} ${does}`, ...some, '']
  })
}

/** `kafka-acls.sh` with what gives the same rights, one line for each user and resource. */
export function renderAccessCommands(
  principals: readonly KafkaPrincipal[],
  brokers: string,
): readonly string[] {
  return principals.flatMap((principal) =>
    byResource(accessRulesOf(principal)).map((rules) => {
      const [{ user, resource, name, pattern }] = rules
      const operations = rules.map(({ operation }) => `--operation ${operation}`)
      return [
        `kafka-acls.sh --bootstrap-server ${brokers} --command-config admin.properties --add`,
        `--allow-principal User:${user}`,
        ...operations,
        resource === 'cluster' ? '--cluster' : `--${resource} ${name}`,
        ...(pattern === 'prefixed' ? ['--resource-pattern-type prefixed'] : []),
      ].join(' ')
    }),
  )
}

/** A right as a sentence's part: `facts: Write topic dead.v1`. */
export function renderRule(rule: AccessRule): string {
  return `${rule.user}: ${rule.operation} ${rule.resource} ${shownName(rule)}`
}

function shownName({ name, pattern }: AccessRule): string {
  return pattern === 'prefixed' ? `${name}*` : name
}

function byResource(
  rules: readonly AccessRule[],
): readonly (readonly [AccessRule, ...AccessRule[]])[] {
  const groups = new Map<string, [AccessRule, ...AccessRule[]]>()
  for (const rule of rules) {
    const key = `${rule.resource} ${shownName(rule)}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [rule])
    else group.push(rule)
  }
  return [...groups.values()]
}
