// The README is run as it stands: its commands work, its links lead somewhere, and it has the shape that a newcomer needs.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { catalogue, eventually, keepsake } from './support/outside.ts'
import { createEventMaker } from './support/events.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')

test('its commands work, in their order', async () => {
  const prefix = 'npm run -s keepsake -- '
  const commands = readme.split('\n').filter((line) => line.startsWith(prefix))
  expect(commands.length).toBeGreaterThanOrEqual(4)
  const folder = mkdtempSync(join(tmpdir(), 'keepsake-readme-'))
  const { make } = createEventMaker(99)
  await catalogue('900', ['9001'])
  const view = make('view', { user: 1, video: 9001, creator: 900, atMs: Date.now() - 1000 })
  writeFileSync(join(folder, 'events.ndjson'), `${JSON.stringify(view)}\n`)
  for (const command of commands) {
    const args = command.slice(prefix.length).split(' ')
    const placed = args.map((arg) => (arg === 'events.ndjson' ? join(folder, arg) : arg))
    // A new creator is known to the reports a few seconds later, as a newcomer would find.
    await eventually(command, () =>
      keepsake(...placed).then(
        (found) => ({ found }),
        (seen: unknown) => ({ seen: String(seen) }),
      ),
    )
  }
  rmSync(folder, { recursive: true })
})

test('its links lead somewhere', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link ?? '')
  expect(links.length).toBeGreaterThan(20)
  const broken = links.filter((link) => !link.startsWith('http') && !existsSync(join(root, link)))
  expect(broken).toEqual([])
})

test('it says how to run it by line 20', () => {
  const lines = readme.split('\n').slice(0, 20).join('\n')
  expect(lines).toContain('npm start')
  expect(lines).toContain('npm test')
})
