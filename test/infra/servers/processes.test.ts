// What each process is given: the credentials of its own zone, and nothing that opens another.
import { describe, expect, test } from 'vitest'
import { environmentOf, serviceProcesses, simulatorProcess } from '#infra/servers/processes.ts'
import type { EnvironmentSource } from '#infra/servers/processes.ts'

const source: EnvironmentSource = {
  dataDir: '/data',
  ground: { kafkaBrokers: 'b:1', vaultUrl: 'http://vault', rollupsUrl: 'http://rollups' },
  ports: { collector: 1, saves: 2, reports: 3 },
  kafkaCredentials: (process) => ({ KAFKA_USER: process }),
  auth: { AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a', AUTH_JWKS_FILE: '/data/keys/jwks.json' },
  simulation: { SIMULATOR_SEED: '1' },
  passwordFile: (server, user) => `/data/secrets/${server}-${user}`,
  keyFile: (key) => `/data/keys/${key}`,
  policyFile: '/etc/policy.json',
  noiseKeysDir: '/data/keys/noise',
  sealerPassMs: 5000,
}

const environments = new Map(
  [...serviceProcesses, simulatorProcess].map((each) => [each.name, environmentOf(each, source)]),
)

/** Names of the processes whose environment says `text`. */
function whoHolds(text: string): readonly string[] {
  return [...environments]
    .filter(([, environment]) => Object.values(environment).includes(text))
    .map(([name]) => name)
}

describe('a process is given', () => {
  test('the vault only where it works there', () => {
    expect(whoHolds('http://vault')).toEqual(['facts', 'saves', 'sealer', 'saves-api'])
  })

  test('the rollups only where it publishes or reads them', () => {
    expect(whoHolds('http://rollups')).toEqual(['notifications', 'sealer', 'reports'])
  })

  test('a user of its own on each server', () => {
    expect(whoHolds('/data/secrets/vault-facts_writer')).toEqual(['facts'])
    expect(whoHolds('/data/secrets/vault-saves_reader')).toEqual(['saves-api'])
    expect(whoHolds('/data/secrets/vault-sealer')).toEqual(['sealer'])
    expect(whoHolds('/data/secrets/rollups-notifications_writer')).toEqual(['notifications'])
    expect(whoHolds('/data/secrets/rollups-reports_reader')).toEqual(['reports'])
    for (const server of ['vault', 'rollups']) {
      expect(whoHolds(`/data/secrets/${server}-admin`)).toEqual([])
    }
  })

  test('the key of pseudonyms only where facts are written', () => {
    expect(whoHolds('/data/keys/pseudonyms')).toEqual(['facts'])
    expect(whoHolds('/data/keys/erasures')).toEqual(['facts'])
  })

  test('the keys of the noise only where it is drawn, the policy also where it is told', () => {
    expect(whoHolds('/data/keys/noise')).toEqual(['sealer'])
    expect(whoHolds('/etc/policy.json')).toEqual(['sealer', 'reports'])
  })

  test('the private key of the issuer nowhere but in the simulator', () => {
    const holders = [...environments].filter(([, each]) => 'AUTH_ISSUER_KEY_FILE' in each)
    expect(holders.map(([name]) => name)).toEqual(['simulator'])
  })

  test('no log where it only reads what is published', () => {
    expect(Object.keys(environments.get('reports') ?? {})).not.toContain('KAFKA_BROKERS')
  })

  test('a name of its own to Kafka, where it knows the log', () => {
    for (const [name, environment] of environments) {
      expect([name, environment['KAFKA_USER']]).toEqual([
        name,
        name === 'reports' ? undefined : name,
      ])
    }
  })

  test('the port that clients know it by', () => {
    expect(environments.get('saves-api')).toMatchObject({ SAVES_PORT: '2' })
  })
})
