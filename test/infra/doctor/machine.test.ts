// What a machine lacks is a fault only where nothing else takes its place.
import { describe, expect, test } from 'vitest'
import { judgeMachine } from '#infra/doctor/machine.ts'
import type { Machine } from '#infra/doctor/machine.ts'

const machine: Machine = {
  nodeVersion: 'v24.1.0',
  platform: 'linux-x64',
  javaVersion: '17.0.15',
  hasMaven: true,
  hasJars: true,
  hasLibrary: true,
  hasContainers: false,
  isKafkaGiven: false,
  isClickhouseGiven: false,
}

const faultsOf = (changed: Partial<Machine>): readonly string[] =>
  judgeMachine({ ...machine, ...changed }).flatMap(({ level, says, remedy }) =>
    level === 'fault' ? [`${says} -> ${remedy}`] : [],
  )

describe('a machine', () => {
  test('that has all it needs is well', () => {
    expect(judgeMachine(machine).map(({ level }) => level)).toEqual(['ok', 'ok', 'ok', 'ok'])
  })

  test('with an old Node is told to call commands by npm', () => {
    expect(faultsOf({ nodeVersion: 'v22.18.0' })).toEqual([
      expect.stringMatching(/Node 22\.18\.0 is too old.*-> .*npm/),
    ])
  })

  test('without Java, or with an old one, is told what to install', () => {
    expect(faultsOf({ javaVersion: null })).toEqual([
      expect.stringMatching(/^Java was not found -> .*openjdk-17.*Docker.*KAFKA_BROKERS/),
    ])
    expect(faultsOf({ javaVersion: '1.8.0_412' })).toEqual([
      expect.stringMatching(/^Java 1\.8\.0_412 is too old/),
    ])
    expect(faultsOf({ javaVersion: '21.0.1' })).toEqual([])
  })

  test('needs Maven only while the jars are not there', () => {
    expect(faultsOf({ hasMaven: false })).toEqual([])
    expect(faultsOf({ hasMaven: false, hasJars: false })).toEqual([
      expect.stringMatching(/^Maven was not found/),
    ])
    expect(faultsOf({ hasJars: false })).toEqual([])
  })

  test('needs nothing of what Docker or servers of its own take over', () => {
    const bare = { javaVersion: null, hasMaven: false, hasJars: false, hasLibrary: false }
    expect(faultsOf(bare)).toHaveLength(2)
    expect(faultsOf({ ...bare, hasContainers: true })).toEqual([])
    expect(faultsOf({ ...bare, isKafkaGiven: true, isClickhouseGiven: true })).toEqual([])
    expect(faultsOf({ ...bare, isKafkaGiven: true })).toEqual([
      expect.stringMatching(/library cannot be loaded on linux-x64/),
    ])
  })
})
