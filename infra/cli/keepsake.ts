// The command line: finds the command's program in its station and runs it as a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { loadEnvironmentFile } from '../runtime/config.ts'

interface Command {
  readonly file: string
  readonly summary: string
}

const commands: Readonly<Record<string, Command>> = {
  token: {
    file: 'infra/cli/commands/token.ts',
    summary: 'print a bearer token of the local issuer',
  },
  send: { file: 'producers/commands/send.ts', summary: 'send events of an NDJSON file' },
  query: { file: 'queries/commands/query.ts', summary: 'ask for a report' },
  'compose-files': {
    file: 'infra/cli/commands/compose-files.ts',
    summary: 'write what infra/compose.yaml mounts',
  },
  doctor: {
    file: 'infra/cli/commands/doctor.ts',
    summary: 'find what is wrong, and say what to do about it',
  },
  status: { file: 'infra/cli/commands/status.ts', summary: 'show processes, lag and freshness' },
}

const root = fileURLToPath(new URL('../../', import.meta.url))

function usage(): string {
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(14)} ${summary}`,
  )
  return `usage: npm run -s keepsake -- COMMAND [--help]\n\n${lines.join('\n')}\n`
}

const [name = '--help', ...args] = process.argv.slice(2)
const command = commands[name]
if (command !== undefined) {
  loadEnvironmentFile()
  const child = spawn(process.execPath, [`${root}${command.file}`, ...args], { stdio: 'inherit' })
  // The command ends in its own way, as with a clean terminal, and this process after it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal))
  }
  const [code]: unknown[] = await once(child, 'exit')
  process.exitCode = typeof code === 'number' ? code : 1
} else if (name === '--help' || name === '-h') {
  process.stdout.write(usage())
} else {
  process.stderr.write(`There is no command ${name}.\n\n${usage()}`)
  process.exitCode = 2
}
