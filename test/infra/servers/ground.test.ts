// Where the servers come from: variables first, then local processes, then containers, else a message that says what to do.
import { describe, expect, test } from 'vitest'
import { chooseSources } from '#infra/servers/ground.ts'

const all = { localKafka: true, localClickhouse: true, containers: () => Promise.resolve(true) }
const none = { localKafka: false, localClickhouse: false, containers: () => Promise.resolve(false) }
const given = { kafkaBrokers: 'b:1', vaultUrl: 'http://v', rollupsUrl: 'http://r' }

describe('a server', () => {
  test('that a variable names is used, whatever this machine has', async () => {
    const sources = { kafka: 'given', vault: 'given', rollups: 'given' }
    expect(await chooseSources(given, all)).toEqual(sources)
    expect(await chooseSources(given, none)).toEqual(sources)
  })

  test('is a local process before it is a container, each for itself', async () => {
    const containers = (): Promise<boolean> => Promise.reject(new Error('was asked for nothing'))
    const local = { kafka: 'local', vault: 'local', rollups: 'local' }
    expect(await chooseSources({}, { ...all, containers })).toEqual(local)
    expect(await chooseSources({ vaultUrl: 'http://v' }, { ...all, localKafka: false })).toEqual({
      kafka: 'container',
      vault: 'given',
      rollups: 'local',
    })
  })

  test('that cannot run is told with what to install', async () => {
    await expect(chooseSources({}, none)).rejects.toThrow(/Java 17.*Docker.*KAFKA_BROKERS/s)
    const noLibrary = { ...none, localKafka: true }
    await expect(chooseSources({}, noLibrary)).rejects.toThrow(/chdb.*Docker.*VAULT_URL/s)
  })
})
