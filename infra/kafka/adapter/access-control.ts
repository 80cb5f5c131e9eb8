// Who may do what on a cluster: rules of its authorizer as data, read, given and taken back.
import { reach } from './kafka-errors.ts'

/** Kafka's protocol numbers, by the words of its own tools. */
const operations = {
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  DescribeConfigs: 10,
} as const
const resourceTypes = { topic: 2, group: 3, cluster: 4, 'transactional-id': 5 } as const
const patterns = { literal: 3, prefixed: 4 } as const
const ANY = 1
const ALLOW = 3
const ANY_HOST = '*'
/** The one name that the cluster itself has as a resource. */
export const CLUSTER_NAME = 'kafka-cluster'

export type Operation = keyof typeof operations
export type ResourceType = keyof typeof resourceTypes

/** One right of one user, from any host. */
export interface AccessRule {
  /** As in KAFKA_USER: the principal without `User:`. */
  readonly user: string
  readonly resource: ResourceType
  /** `kafka-cluster` for the cluster. */
  readonly name: string
  /** `prefixed`: `name` is how names begin. */
  readonly pattern: keyof typeof patterns
  readonly operation: Operation
}

/** What the cluster's authorizer knows. Every call needs a user who may alter the cluster. */
export interface AccessControl {
  /**
   * Rules that allow one of `users` something from any host, in words that are known here.
   * @throws PipelineError `log_refused` without an authorizer or without the right to ask.
   */
  rulesOf(users: readonly string[]): Promise<readonly AccessRule[]>
  /** Writes rules down; those that are there stay. @throws PipelineError `log_*`. */
  allow(rules: readonly AccessRule[]): Promise<void>
  /** Takes exactly these rules back. @throws PipelineError `log_*`. */
  withdraw(rules: readonly AccessRule[]): Promise<void>
}

interface Acl {
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
  readonly resourcePatternType: number
}

/** The part of kafkajs's admin that is used here. */
interface AccessAdmin {
  describeAcls(filter: Omit<Resource & Acl, 'resourceName' | 'principal' | 'host'>): Promise<{
    readonly resources: readonly (Resource & { readonly acls: readonly Acl[] })[]
  }>
  createAcls(options: { acl: (Resource & Acl)[] }): Promise<boolean>
  deleteAcls(options: { filters: (Resource & Acl)[] }): Promise<unknown>
}

const USER = 'User:'

export function createAccessControl(adminOf: () => Promise<AccessAdmin>): AccessControl {
  return {
    async rulesOf(users) {
      const admin = await adminOf()
      const { resources } = await reach(() =>
        admin.describeAcls({
          resourceType: ANY,
          resourcePatternType: ANY,
          operation: ANY,
          permissionType: ALLOW,
        }),
      )
      const wanted = new Set(users)
      return resources
        .flatMap((resource) => resource.acls.flatMap((acl) => parseRule(resource, acl) ?? []))
        .filter(({ user }) => wanted.has(user))
    },
    async allow(rules) {
      if (rules.length === 0) return
      const admin = await adminOf()
      await reach(() => admin.createAcls({ acl: rules.map(toAcl) }))
    },
    async withdraw(rules) {
      if (rules.length === 0) return
      const admin = await adminOf()
      await reach(() => admin.deleteAcls({ filters: rules.map(toAcl) }))
    },
  }
}

function toAcl({ user, resource, name, pattern, operation }: AccessRule): Resource & Acl {
  return {
    resourceType: resourceTypes[resource],
    resourceName: name,
    resourcePatternType: patterns[pattern],
    principal: `${USER}${user}`,
    host: ANY_HOST,
    operation: operations[operation],
    permissionType: ALLOW,
  }
}

/** Null for what has no word here, as a rule for one host. */
function parseRule(
  { resourceType, resourceName, resourcePatternType }: Resource,
  { principal, host, operation }: Acl,
): AccessRule | null {
  const rule = {
    resource: wordOf(resourceTypes, resourceType),
    pattern: wordOf(patterns, resourcePatternType),
    operation: wordOf(operations, operation),
  }
  const isPlain = principal.startsWith(USER) && host === ANY_HOST
  if (!isPlain || rule.resource === null || rule.pattern === null || rule.operation === null) {
    return null
  }
  const { resource, pattern } = rule
  const user = principal.slice(USER.length)
  return { user, resource, name: resourceName, pattern, operation: rule.operation }
}

function wordOf<W extends string>(words: Readonly<Record<W, number>>, number: number): W | null {
  for (const word in words) if (words[word] === number) return word
  return null
}
