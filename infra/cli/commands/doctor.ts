// `keepsake doctor`: examines machine, configuration, servers and processes, and says what to do about what is wrong.
import { parseArgs } from 'node:util'
import { countLevels } from '../../doctor/finding.ts'
import { examine } from '../../doctor/examine.ts'
import { systemClock } from '../../runtime/clock.ts'
import { readConfigAnyway } from '../../runtime/config.ts'
import { runCommand } from '../command.ts'
import { renderReport } from '../doctor-report.ts'
import { createPaint, DEFAULT_WIDTH } from '../terminal.ts'

const help = `usage: npm run -s keepsake -- doctor [--json]

Examines this machine, the configuration, the data folder with its keys, the ports, and
Kafka, both ClickHouse servers, clocks and processes where they run; each finding in a
sentence, with its remedy. Changes nothing, and shows no secret.
  --json   the findings as JSON

Exit code 1 with a fault, 0 with warnings only.
`

await runCommand(help, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false } },
  })
  const { stdout, stderr } = process
  // Who reads along has something to see while servers are asked; a file or a pipe gets none of it.
  const isWatched = stdout.isTTY && stderr.isTTY
  if (isWatched) stderr.write('examining ...')
  const findings = await examine(systemClock)
  if (isWatched) stderr.write('\r\u001B[K')
  const { config } = readConfigAnyway(['platform'])
  const style = {
    width: stdout.columns ?? DEFAULT_WIDTH,
    paint: createPaint(stdout.isTTY && config.platform.NO_COLOR === undefined),
  }
  const counts = countLevels(findings)
  const text = values.json
    ? JSON.stringify({ counts, findings }, null, 2)
    : renderReport(findings, style).join('\n')
  const code = counts.fault > 0 ? 1 : 0
  // A broker that is away may still hold a socket of ours: nothing of it is worth waiting for.
  stdout.write(`${text}\n`, () => process.exit(code))
})
