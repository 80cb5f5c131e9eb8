// `npm run privacy`: computes what PRIVACY.md prints of the policy, and rewrites its tables.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runCommand } from '#infra/cli/command.ts'
import { defaultPolicyFile } from '#infra/runtime/config.ts'
import { readPolicy } from '#infra/runtime/policy.ts'
import { withTable } from '../support/document-tables.ts'
import { privacyTables } from './privacy/promises.ts'

const help = `usage: npm run privacy -- [--print]

Computes how often the best possible attacker is right, from infra/policy.json and exactly,
and writes the tables of PRIVACY.md. npm test fails where they are not up to date.
  --print    print the tables, write nothing
`

const page = new URL('../../PRIVACY.md', import.meta.url)

await runCommand(help, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: { print: { type: 'boolean', default: false } },
  })
  const tables = Object.entries(privacyTables(readPolicy(defaultPolicyFile)))
  if (values.print) {
    process.stdout.write(`${tables.map(([, table]) => table).join('\n\n')}\n`)
    return
  }
  let text = readFileSync(page, 'utf8')
  for (const [name, table] of tables) text = withTable(text, name, table)
  writeFileSync(page, text)
})
