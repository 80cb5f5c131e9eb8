// `npm run utility`: how good guarded numbers are, simulated anew; rewrites the tables of queries/UTILITY.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runCommand, UsageError } from '#infra/cli/command.ts'
import { defaultPolicyFile } from '#infra/runtime/config.ts'
import { readPolicy } from '#infra/runtime/policy.ts'
import { openElapsedLines } from '../support/elapsed-lines.ts'
import { runBreakdowns } from './utility/breakdowns.ts'
import { utilityCases } from './utility/cases.ts'
import { createSealing } from './utility/life.ts'
import { runYears, runYoung } from './utility/runs.ts'
import { breakdownTable, spikeTable, withTable, yearTable, youngTable } from './utility/table.ts'

const help = `usage: npm run utility -- [--runs N] [--seed S] [--print]

Simulates videos from one save a day to 20,000 and what reports say of them: the
sealer's own ladder, walk and noise by infra/policy.json, the curve and margins of the
reports, people and views drawn by a seed. Needs no server. Writes the tables of
queries/UTILITY.md; the same seed writes the same tables.
  --runs N   lives of each kind of video, default 1000; fewer of busy ones
  --seed S   other draws and other noise, default 1
  --print    print the tables, write nothing

Takes some four minutes of one core.
`

const options = {
  runs: { type: 'string', default: '1000' },
  seed: { type: 'string', default: '1' },
  print: { type: 'boolean', default: false },
} as const

const page = new URL('../../queries/UTILITY.md', import.meta.url)
const tell = openElapsedLines()

await runCommand(help, async (args) => {
  const { values } = parseArgs({ args: [...args], options })
  const most = numberOf('--runs', values.runs)
  const seed = numberOf('--seed', values.seed)
  const policy = readPolicy(defaultPolicyFile)
  const sealing = createSealing(policy, seed)
  tell(`${most} buckets of each breakdown and size ...`)
  const breakdowns = runBreakdowns({ policy, seed, runs: most })
  const young = utilityCases.map(({ traffic, youngMost }) => {
    const runs = Math.min(most, youngMost)
    tell(`${runs} times 28 days of ${traffic.name} saves a day ...`)
    return { name: traffic.name, runs, figures: runYoung({ sealing, seed, runs }, traffic) }
  })
  const years = utilityCases.map(({ traffic, yearsMost }) => {
    const runs = Math.min(most, yearsMost)
    tell(`${runs} years of ${traffic.name} saves a day ...`)
    return { name: traffic.name, runs, figures: runYears({ sealing, seed, runs }, traffic) }
  })
  const tables = {
    'first-28-days': youngTable(young),
    'a-year': yearTable(years),
    spikes: spikeTable(years),
    breakdowns: breakdownTable(breakdowns),
  }
  if (values.print) {
    process.stdout.write(`${Object.values(tables).join('\n\n')}\n`)
    return
  }
  let text = readFileSync(page, 'utf8')
  text = withTable(text, 'first-28-days', tables['first-28-days'])
  text = withTable(text, 'a-year', tables['a-year'])
  text = withTable(text, 'spikes', tables.spikes)
  writeFileSync(page, withTable(text, 'breakdowns', tables.breakdowns))
  tell('queries/UTILITY.md is written')
})

function numberOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`${option} is a whole number from 1`)
  return Number(text)
}
