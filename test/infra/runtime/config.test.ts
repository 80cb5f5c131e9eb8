// Configuration: all faults at once, each with its variable, and secrets never in a message.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { knownVariables, readConfig, readConfigAnyway } from '#infra/runtime/config.ts'

describe('the configuration', () => {
  test('tells every fault at once, with variable and what is wrong', () => {
    const read = (): unknown =>
      readConfig(['common', 'kafka', 'vault', 'collector'], {
        LOG_LEVEL: 'loud',
        VAULT_URL: 'vault:8123',
        COLLECTOR_PORT: '99999',
      })
    expect(read).toThrow(/5 fault|6 fault/)
    for (const variable of ['LOG_LEVEL', 'KAFKA_BROKERS', 'VAULT_URL', 'VAULT_USER']) {
      expect(read).toThrow(new RegExp(`${variable}: `))
    }
    expect(read).toThrow(/COLLECTOR_PORT: must be a port/)
    expect(read).toThrow(/KAFKA_BROKERS: must be set/)
  })

  test('takes an empty variable for an unset one', () => {
    const { common } = readConfig(['common'], { LOG_LEVEL: '' })
    expect(common.LOG_LEVEL).toBe('info')
  })

  test('reads a list of brokers', () => {
    const { kafka } = readConfig(['kafka'], { KAFKA_BROKERS: 'a:1, b:2' })
    expect(kafka.KAFKA_BROKERS).toEqual(['a:1', 'b:2'])
  })

  test('wants one source of public keys, not two', () => {
    const auth = { AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' }
    expect(() => readConfig(['auth'], auth)).toThrow(/AUTH_JWKS_URL/)
    const both = { ...auth, AUTH_JWKS_URL: 'https://a.test/jwks', AUTH_JWKS_FILE: 'jwks.json' }
    expect(() => readConfig(['auth'], both)).toThrow(/not both/)
  })

  test('has an effect in every line that .env.example offers', () => {
    const text = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8')
    const offered = [...text.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name ?? '')
    expect(offered).toEqual(expect.arrayContaining(['POLICY_FILE', 'NOISE_KEYS_DIR']))
    expect(offered.filter((name) => !knownVariables().has(name))).toEqual([])
  })

  test('is read all the same by who is to tell of its faults, all of them', () => {
    const { config, faults } = readConfigAnyway(['common', 'platform'], {
      SAVES_PORT: 'none',
      VAULT_URL: 'vault:8123',
      REPORTS_PORT: '9000',
    })
    expect(faults.toSorted()).toEqual([
      'SAVES_PORT: must be a port, 0 to 65535',
      'VAULT_URL: must be an http or https URL',
    ])
    expect(config.platform).toMatchObject({ SAVES_PORT: 8082, REPORTS_PORT: 9000 })
    expect(config.platform.VAULT_URL).toBeUndefined()
  })
})
