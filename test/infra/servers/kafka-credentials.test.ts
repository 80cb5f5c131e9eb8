// As whom a process comes to Kafka: its own user where it has a password, else the one of all, and never silently nobody.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { kafkaCredentialsOf, platformCredentials } from '#infra/servers/kafka-credentials.ts'

const folder = mkdtempSync(join(tmpdir(), 'keepsake-passwords-'))
writeFileSync(join(folder, 'facts'), 'secret\n', { mode: 0o600 })
afterAll(() => rmSync(folder, { recursive: true }))

const ofAll = { KAFKA_CA_FILE: '/ca.pem', KAFKA_USER: 'all', KAFKA_PASSWORD_FILE: '/all' }

test('a process with a file in the folder is itself', () => {
  expect(kafkaCredentialsOf('facts', { ...ofAll, KAFKA_PASSWORDS_DIR: folder })).toEqual({
    KAFKA_CA_FILE: '/ca.pem',
    KAFKA_USER: 'facts',
    KAFKA_PASSWORD_FILE: join(folder, 'facts'),
  })
})

test('a process without one is the user of all, whose password alone it is given', () => {
  expect(kafkaCredentialsOf('sealer', { ...ofAll, KAFKA_PASSWORDS_DIR: folder })).toEqual(ofAll)
  expect(kafkaCredentialsOf('sealer', ofAll)).toEqual(ofAll)
})

test('where there is neither, every missing file is named', () => {
  const all = ['sealer', 'facts', 'reports']
  expect(() => platformCredentials(all, { KAFKA_PASSWORDS_DIR: folder })).toThrow(
    `KAFKA_PASSWORDS_DIR: ${folder} has no file sealer, operator.`,
  )
})

test('a Kafka that asks for nothing is told nothing', () => {
  expect(kafkaCredentialsOf('facts', {})).toEqual({})
})
