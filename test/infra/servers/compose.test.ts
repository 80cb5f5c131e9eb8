// Three ways to run the same servers - local, compose, testcontainers - held together without an engine: every difference is listed here.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import {
  CONTAINER_HTTP_PORT,
  clickhouseContainerEnvironment,
  clickhouseContainerFiles,
  images,
  kafkaContainerSettings,
} from '#infra/servers/containers.ts'
import { writeClickhouseFiles } from '#infra/servers/local-clickhouse.ts'
import { kafkaSettings } from '#infra/servers/local-kafka.ts'

const servers = ['vault', 'rollups'] as const

const bindSchema = z.strictObject({
  type: z.literal('bind'),
  source: z.string(),
  target: z.string(),
  read_only: z.literal(true),
  bind: z.strictObject({ create_host_path: z.literal(false) }),
})

/** The keys of the compose specification that are used, and no other: a slip of the pen is a fault. */
const serviceSchema = z.strictObject({
  image: z.string(),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.union([z.string(), bindSchema])),
  healthcheck: z.strictObject({
    test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
    interval: z.string().regex(/^\d+s$/),
    retries: z.number().int(),
  }),
  restart: z.literal('unless-stopped'),
  ulimits: z.strictObject({ nofile: z.number().int() }).optional(),
})

const composeSchema = z.strictObject({
  name: z.literal('keepsake'),
  'x-clickhouse': z.unknown(),
  services: z.strictObject({
    kafka: serviceSchema,
    vault: serviceSchema,
    rollups: serviceSchema,
  }),
  volumes: z.record(z.string(), z.null()),
})

const file = new URL('../../../infra/compose.yaml', import.meta.url)
// `<<` is of YAML 1.1, and of the compose specification.
const compose = composeSchema.parse(parse(readFileSync(file, 'utf8'), { merge: true }))

const folder = mkdtempSync(join(tmpdir(), 'keepsake-compose-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the compose file', () => {
  test('runs the images that containers of a start run', () => {
    const { kafka, vault, rollups } = compose.services
    expect([kafka.image, vault.image, rollups.image]).toEqual([
      images.kafka,
      images.clickhouse,
      images.clickhouse,
    ])
  })

  test('gives the broker the settings and the port that a start gives it', () => {
    const { environment, ports } = compose.services.kafka
    expect(environment).toEqual(kafkaContainerSettings(9092))
    expect(ports).toEqual(['127.0.0.1:9092:9092'])
  })

  test.each(servers)(
    'mounts what `compose-files` writes for the %s, where a start puts it',
    (name) => {
      const { volumes, environment } = compose.services[name]
      expect(environment).toEqual(clickhouseContainerEnvironment)
      const mounted = volumes.filter((each) => typeof each !== 'string')
      const written = writeClickhouseFiles(folder, name, {
        httpPort: CONTAINER_HTTP_PORT,
        inContainer: true,
      })
      const from = mounted.map(({ source }) =>
        source.replace('${KEEPSAKE_DATA_DIR:-../.keepsake}', folder),
      )
      expect(from).toEqual([written.usersFile, written.configFile])
      expect(mounted.map(({ target }) => target)).toEqual([
        clickhouseContainerFiles.users,
        clickhouseContainerFiles.config,
      ])
      // The server is another user of the machine than the one who writes them.
      for (const path of from) expect(statSync(path).mode & 0o444).toBe(0o444)
    },
  )

  test('asks for health where the servers listen inside their containers', () => {
    const { kafka, vault, rollups } = compose.services
    const listens = kafka.environment['KAFKA_LISTENERS'] ?? ''
    expect(listens).toContain('PLAINTEXT://:9092,')
    expect(kafka.healthcheck.test.join(' ')).toContain('--bootstrap-server 127.0.0.1:9092')
    for (const { healthcheck, ports } of [vault, rollups]) {
      expect(healthcheck.test.at(-1)).toBe(`http://127.0.0.1:${CONTAINER_HTTP_PORT}/ping`)
      expect(ports[0]).toMatch(new RegExp(`:${CONTAINER_HTTP_PORT}$`))
    }
  })

  test('keeps the data of each server in a volume of its own, where the server writes', () => {
    const named = Object.values(compose.services).map(({ volumes }) => volumes[0])
    const { kafka } = compose.services
    expect(named).toEqual([
      `kafka:${kafka.environment['KAFKA_LOG_DIRS']}`,
      'vault:/var/lib/clickhouse',
      'rollups:/var/lib/clickhouse',
    ])
    expect(Object.keys(compose.volumes).toSorted()).toEqual(['kafka', 'rollups', 'vault'])
  })

  test('opens every port to this machine only, and none twice', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports)
    expect(new Set(ports).size).toBe(ports.length)
  })
})

describe('Kafka in a container', () => {
  /** Why a setting of the local broker is another in a container, or is not there. */
  const differences: Readonly<Record<string, string>> = {
    'controller.quorum.bootstrap.servers': 'the image formats with controller.quorum.voters',
    'controller.quorum.voters': 'the local folder is formatted as --standalone',
    listeners: 'all addresses inside the container; the published port is loopback',
    'log.dirs': 'a volume',
    'offsets.topic.num.partitions': 'fewer files for a laptop; 50 is as good',
    'transaction.state.log.num.partitions': 'fewer files for a laptop',
    'share.coordinator.state.topic.num.partitions': 'fewer files for a laptop',
    'metadata.max.idle.interval.ms': 'saves CPU at rest on a laptop',
    'log.cleaner.dedupe.buffer.size': 'saves memory on a laptop',
  }

  /** The image makes a property of a variable: a dot for each underscore. */
  const container = Object.fromEntries(
    Object.entries(kafkaContainerSettings(9092)).map(([name, value]) => [
      name.replace('KAFKA_', '').toLowerCase().replaceAll('_', '.'),
      value,
    ]),
  )
  const local = Object.fromEntries(
    Object.entries(kafkaSettings({ port: 9092, controllerPort: 9093 }, '/log')).map(
      ([name, value]) => [name, String(value)],
    ),
  )

  test('has the settings of the local one but for those that are listed with a reason', () => {
    const names = new Set([...Object.keys(local), ...Object.keys(container)])
    const differ = [...names].filter((name) => local[name] !== container[name])
    expect(differ.toSorted()).toEqual(Object.keys(differences).toSorted())
  })

  test('is of the version whose jars run locally', () => {
    const pom = readFileSync(
      new URL('../../../infra/servers/kafka/pom.xml', import.meta.url),
      'utf8',
    )
    const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>(.*?)</.exec(pom)?.[1]
    expect(images.kafka).toBe(`apache/kafka:${version}`)
  })
})

describe('ClickHouse in a container', () => {
  const read = (path: string): string => readFileSync(path, 'utf8')
  const inside = (name: string, text: string): string =>
    new RegExp(`^  <${name}>$(.*?)^  </${name}>$`, 'ms').exec(text)?.[1] ?? ''
  const without = (text: string, ...parts: readonly RegExp[]): string =>
    parts.reduce((rest, part) => rest.replace(part, ''), text)

  const filesOf = (name: (typeof servers)[number]) => ({
    local: writeClickhouseFiles(folder, name, { httpPort: 8123, inContainer: false }),
    container: writeClickhouseFiles(folder, name, { httpPort: 8123, inContainer: true }),
  })

  test.each(servers)('has the users, passwords and grants of the local %s', (name) => {
    const { local, container } = filesOf(name)
    const users = (path: string): string => inside('users', read(path))
    // The library is its own user `default`, an image's `default` is taken away; clients of a
    // container come from outside of it.
    const localUsers = without(users(local.usersFile), /^ {4}<default>.*?^ {4}<\/default>\n/ms)
    const containerUsers = without(
      users(container.usersFile),
      /^ {4}<default remove="remove"\/>\n/m,
    )
    expect(localUsers).toContain('<password_sha256_hex>')
    expect(containerUsers.replaceAll('<ip>::/0</ip>', '<ip>127.0.0.1</ip>')).toBe(localUsers)
  })

  test.each(servers)('has the profiles and quotas of the local %s', (name) => {
    const { local, container } = filesOf(name)
    const profiles = (path: string): string => inside('profiles', read(path))
    const host = /^ {4}<host>.*?^ {4}<\/host>\n/ms
    expect(without(profiles(local.usersFile), host)).toBe(profiles(container.usersFile))
    expect(profiles(container.usersFile)).toContain('<max_memory_usage>')
    const quotas = (path: string): string => inside('quotas', read(path))
    expect(quotas(container.usersFile)).toContain('<queries>')
    expect(quotas(container.usersFile)).toBe(quotas(local.usersFile))
  })

  test.each(servers)(
    'has the bounds of the local %s, and leaves its places to the image',
    (name) => {
      const { local, container } = filesOf(name)
      const leaves = (path: string): readonly string[] =>
        [...read(path).matchAll(/^ +<(.+?)>(.+)<\/\1>$/gm)].map(([line]) => line.trim())
      const places = /^<(path|listen_host|users_config|allowed_path|log|size|count|console)>/
      const kept = (path: string): readonly string[] =>
        leaves(path).filter((leaf) => !places.test(leaf))
      expect(kept(container.configFile)).toEqual(kept(local.configFile))
      expect(kept(container.configFile).join()).toContain('<max_server_memory_usage>')
      expect(leaves(container.configFile).filter((leaf) => places.test(leaf))).toEqual([
        '<console>1</console>',
      ])
    },
  )
})
