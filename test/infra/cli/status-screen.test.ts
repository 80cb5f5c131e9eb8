// The status fits a small terminal, uses a wide one, and shows what is gone as gone.
import { describe, expect, test } from 'vitest'
import { durationText, renderStatus } from '#infra/cli/status-screen.ts'
import { createPaint } from '#infra/cli/terminal.ts'
import type { ProcessView, Snapshot } from '#infra/status/snapshot.ts'

const names = [
  'kafka',
  'vault',
  'rollups',
  'collector',
  'facts',
  'saves',
  'notifications',
  'sealer',
  'saves-api',
  'reports',
  'simulator',
]
const view = (name: string): ProcessView => ({
  name,
  pid: 4_194_304,
  port: 22_561,
  opsPort: 27_626,
  memoryBytes: 361e6,
  restarts: 0,
  state: 'ready',
  why: null,
})
const consumers = [
  { group: 'notifications', topic: 'engagement.v1', behind: 0 },
  { group: 'saves-titles', topic: 'videos.v1', behind: 12_345 },
]
const snapshot: Snapshot = {
  atMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  startedAtMs: Date.UTC(2026, 0, 2, 1, 0, 0),
  dataDir: '/home/somebody/keepsake/.keepsake',
  processes: names.map(view),
  consumers,
  numbers: { is: 'published', ageMs: 3000, completeThroughMs: Date.UTC(2026, 0, 2, 2, 45) },
  late: { spans: 0, oldestS: 0 },
  deadLetters: 0,
  conflicts: 0,
  disk: { parts: [], dataBytes: 999e9, freeBytes: 99e9, totalBytes: 1000e9 },
}
const paint = createPaint(false)
const render = (changed: Partial<Snapshot>, width = 80): readonly string[] =>
  renderStatus({ ...snapshot, ...changed }, { width, paint })

/** Below it are an empty line and the foot of a watched screen. */
const HEIGHT = 24 - 2

describe('the status', () => {
  test('fits 80 columns and 24 lines, with everything in it', () => {
    const lines = render({})
    expect(lines.length).toBeLessThanOrEqual(HEIGHT)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
    const text = lines.join('\n')
    expect(text).toContain('up 2 h 4 min')
    for (const name of names) expect(text).toMatch(new RegExp(`^${name} `, 'm'))
    expect(text).toMatch(/^saves-titles +videos\.v1 +12,345 /m)
    expect(text).toContain('hold all up to 3 s ago')
    expect(text).toContain('through 2026-01-02 02:45 UTC')
    expect(text).toContain('999 GB used, 99 GB left (9 %)')
  })

  test('puts consumers and numbers beside the processes where there are 160 columns', () => {
    const lines = render({}, 160)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(160)
    expect(lines.length).toBeLessThan(render({}).length)
    expect(lines.find((line) => line.startsWith('process'))).toMatch(/state +consumer .* numbers /)
  })

  test('goes below each other on a narrow terminal rather than losing anything', () => {
    const text = render({}, 60).join('\n')
    expect(text).toMatch(/^consumer /m)
    expect(text).toMatch(/^numbers /m)
  })

  test('shows what does not answer as such, and all else as ever', () => {
    const text = render({
      processes: [{ ...view('kafka'), pid: null, state: 'starting again' }, view('facts')],
      consumers: consumers.map((each) => ({ ...each, behind: null })),
      deadLetters: null,
      numbers: { is: 'unknown' },
    }).join('\n')
    expect(text).toMatch(/^kafka .* starting again$/m)
    expect(text).toMatch(/^facts .* ready$/m)
    expect(text).toMatch(/^notifications +engagement\.v1 +- /m)
    expect(text).toMatch(/refused +not known$/m)
    expect(text).toMatch(/numbers +not known$/m)
    expect(text).toMatch(/waiting +nothing to count again$/m)
  })

  test('says why a process is not ready, below the rest and within the width', () => {
    const why = 'the log does not answer '.repeat(6)
    const lines = render({ processes: [{ ...view('facts'), state: 'not ready', why }] })
    expect(lines.at(-1)).toMatch(/^facts is not ready: the log does not answer.*…$/)
    expect(lines.at(-1)).toHaveLength(80)
  })

  test('counts what waits, what was refused and what has two payloads', () => {
    const text = render({
      late: { spans: 1234, oldestS: 720 },
      deadLetters: 5,
      conflicts: 6,
    }).join('\n')
    expect(text).toContain('1,234 spans, first 12 min ago')
    expect(text).toContain('5 dead letters')
    expect(text).toContain('6 ids with two payloads')
  })

  test('of nothing says how to start it', () => {
    expect(render({ startedAtMs: null })).toEqual([
      'nothing runs on /home/somebody/keepsake/.keepsake; start it with: npm start',
    ])
  })

  test('is as wide in colours as without', () => {
    const coloured = renderStatus(snapshot, { width: 80, paint: createPaint(true) }).join('\n')
    expect(coloured).toContain('\u001B[32mready')
    // oxlint-disable-next-line no-control-regex
    const bare = coloured.replaceAll(/\u001B\[\d+m/g, '').replaceAll(/ +$/gm, '')
    expect(bare).toBe(render({}).join('\n'))
  })
})

test.each([
  [8400, '8 s'],
  [119_000, '119 s'],
  [720_000, '12 min'],
  [3 * 3_600_000 + 300_000, '3 h 5 min'],
  [50 * 3_600_000, '2 d 2 h'],
])('%i ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})
