// The configuration of local ClickHouse servers: hashes instead of passwords, limits on readers, and no way in without a password.
import { describe, expect, test } from 'vitest'
import { clickhouseUsers } from '#infra/clickhouse/users.ts'
import { renderServerConfig, renderUsersFile } from '#infra/servers/clickhouse-config.ts'

const users = clickhouseUsers.filter(({ server }) => server === 'rollups')
const options = { users, passwordHash: () => 'a'.repeat(64), clients: 'loopback' } as const

/** The text between the tags of an element that occurs once. */
function inside(name: string, text: string): string {
  return new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(text)?.[1] ?? ''
}

describe('the users of a server', () => {
  const file = renderUsersFile({ ...options, embedded: true })

  test('are all there, each by the hash of a password', () => {
    const section = inside('users', file)
    for (const { name } of users) {
      expect(inside(name, section)).toContain(`<password_sha256_hex>${'a'.repeat(64)}<`)
    }
    expect(section).not.toContain('<password>')
  })

  test('have the grants that are written down, and default may only listen', () => {
    const section = inside('users', file)
    for (const { name, grants } of users) {
      for (const grant of grants) expect(inside(name, section)).toContain(`<query>${grant}</query>`)
    }
    expect(inside('default', section).match(/<query>.*<\/query>/g)).toEqual([
      '<query>grant system listen on *.*</query>',
    ])
  })

  test('leave no second session to the user that the library is', () => {
    expect(inside('host', file)).toContain('<max_sessions_for_user>1</max_sessions_for_user>')
    expect(inside('default', inside('users', file))).toContain('<profile>host</profile>')
  })

  test('come without default where the server is no library', () => {
    const contained = renderUsersFile({ ...options, clients: 'any', embedded: false })
    expect(inside('users', contained)).toContain('<default remove="remove"/>')
    expect(inside('users', contained)).not.toContain('<default>')
    expect(contained).not.toContain('no_password')
  })

  test('are limited in time, memory, rows and rate where they are analysts', () => {
    const limits = inside('analyst', inside('profiles', file))
    for (const limit of [
      'readonly',
      'max_execution_time',
      'max_memory_usage',
      'max_rows_to_read',
    ]) {
      expect(limits).toContain(`<${limit}>`)
    }
    expect(inside('analyst', inside('quotas', file))).toContain('<queries>')
    expect(inside('analyst', inside('users', file))).toContain('<quota>analyst</quota>')
  })
})

test('a local server listens to this machine only, and keeps its log small', () => {
  const config = renderServerConfig({
    dataPath: '/d & d',
    httpPort: 1,
    logFile: '/l/vault.log',
    backupsPath: '/b',
  })
  expect(config).toContain('<listen_host>127.0.0.1</listen_host>')
  expect(config).toContain('<path>/d &amp; d/</path>')
  expect(config).toContain('<size>10M</size>')
  expect(config).not.toContain('tcp_port')
})
