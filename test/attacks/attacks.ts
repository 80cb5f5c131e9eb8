// `npm run attacks`: every statistical attack at full size, against the release and against each known mistake; the last line is JSON.
import { parseArgs } from 'node:util'
import { runCommand, UsageError } from '#infra/cli/command.ts'
import { openElapsedLines } from '../support/elapsed-lines.ts'
import { isBroken, isHeld } from './attack.ts'
import type { Finding } from './attack.ts'
import { suite } from './suite.ts'
import { tableOf } from './table.ts'

const help = `usage: npm run attacks -- [--only A1,A4] [--worlds N] [--seed S]

What somebody who reads every published number learns about one person, measured: the
sealer's own ladder, walk and noise by infra/policy.json, without and with the target's
act in otherwise equal worlds. An advantage of 0 is a coin, 1 is always right; a guess
at 50:50 is right half of the time, plus half of the advantage. A bound is that of the best
possible attacker, computed exactly; a measured advantage may lie four standard deviations
above it. Each attack is run against releases with a known mistake as well, and has to
win there, or it proves nothing. Needs no server. Attacks over HTTP are part of
npm test (test/attacks/README.md).
  --only A1,A4  these alone
  --worlds N    pairs of worlds, default 40000; dear attacks take a part of them
  --seed S      other worlds and other noise, default 1; the same seed, the same numbers

Takes some five minutes of one core. The last line is JSON: how many attacks were held and
controls broken, the largest advantage, and the bound that it was held against,
with what chance may add. Exit code 1: an attack won, or a control was not broken.
`

const options = {
  only: { type: 'string', default: '' },
  worlds: { type: 'string', default: '40000' },
  seed: { type: 'string', default: '1' },
} as const

const tell = openElapsedLines()

await runCommand(help, async (args) => {
  const { values } = parseArgs({ args: [...args], options })
  const sizes = {
    worlds: numberOf('--worlds', values.worlds),
    seed: numberOf('--seed', values.seed),
  }
  const findings: Finding[] = []
  for (const { run } of chosen(values.only)) {
    const finding = run(sizes)
    tell(`${finding.attack} ${finding.tries}: ${finding.advantage.toFixed(3)}`)
    findings.push(finding)
  }
  process.stdout.write(`${tableOf(findings)}\n`)
  const controls = findings.flatMap((finding) => finding.controls)
  const most = findings.reduce((one, other) => (other.advantage > one.advantage ? other : one))
  const result = {
    attacks: findings.length,
    held: findings.filter(isHeld).length,
    controls: controls.length,
    controls_broken: controls.filter(isBroken).length,
    advantage: rounded(most.advantage),
    bound: rounded(most.bound + most.error),
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
  const isWhole = result.held === result.attacks && result.controls_broken === result.controls
  process.exitCode = isWhole ? 0 : 1
})

function chosen(only: string) {
  if (only === '') return suite
  const ids = only.split(',')
  const strange = ids.find((id) => !suite.some((attack) => attack.id === id))
  if (strange !== undefined)
    throw new UsageError(`--only: there is no statistical attack ${strange}`)
  return suite.filter(({ id }) => ids.includes(id))
}

function numberOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new UsageError(`${option} is a whole number from 1`)
  return Number(text)
}

function rounded(advantage: number): number {
  return Math.round(advantage * 10_000) / 10_000
}
