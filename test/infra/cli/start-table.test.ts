// The end of a start: everything within 80 columns, logins at the beginning of their lines.
import { expect, test } from 'vitest'
import { renderStartTable } from '#infra/cli/start-table.ts'

const table = {
  addresses: [['collector', 'http://127.0.0.1:8081', '/v1/events']],
  logins: [
    {
      who: 'creator 900',
      size: '3 videos',
      credentials: 'token (12 h) in .keepsake/logins/creator-900',
    },
    { who: 'analyst', size: 'SQL', credentials: 'password in .keepsake/secrets/rollups-analyst' },
  ],
  report: {
    title: 'creator 900',
    columns: ['video', 'views'],
    rows: [
      ['7001', '12'],
      ['7', '3456'],
    ],
  },
  hints: [['stop', 'Ctrl-C']],
} as const

test('lines fit 80 columns', () => {
  for (const line of renderStartTable(table)) expect(line.length).toBeLessThanOrEqual(80)
})

test('each login has a line of its own that begins with who it is', () => {
  const lines = renderStartTable(table)
  expect(lines.filter((line) => /^creator 900 +3 videos +token/.test(line))).toHaveLength(1)
  expect(lines.filter((line) => line.startsWith('analyst '))).toHaveLength(1)
})

test('numbers of the first report end under each other', () => {
  const lines = renderStartTable(table)
  expect(lines).toContain(' 7001     12')
  expect(lines).toContain('    7   3456')
})

test('a platform without numbers says what to do', () => {
  const lines = renderStartTable({ ...table, report: 'Nothing yet: post events.' })
  expect(lines).toContain('Nothing yet: post events.')
})
