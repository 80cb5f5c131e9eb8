// The command line: finds the command's program in its station and runs it as a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { loadEnvironmentFile } from '../runtime/config.ts'

interface Command {
  /** From the root of the checkout; by the arguments where two stations have a part each. */
  readonly file: string | ((args: readonly string[]) => string)
  readonly summary: string
  /** Options of Node for this command. */
  readonly node?: readonly string[]
}

const commands: Readonly<Record<string, Command>> = {
  token: {
    file: 'infra/cli/commands/token.ts',
    summary: 'print a bearer token of the local issuer',
  },
  send: { file: 'producers/commands/send.ts', summary: 'send events of an NDJSON file' },
  import: {
    file: 'producers/commands/import.ts',
    summary: 'bring in a log of another system',
    // Rows live for some milliseconds: with room for them a quarter less is spent on collecting them.
    node: ['--max-semi-space-size=64'],
  },
  query: { file: 'queries/commands/query.ts', summary: 'ask for a report' },
  verify: {
    // What is published belongs to two stations: facts count it, and a known truth is asked for it.
    file: (args) =>
      args.includes('--truth') ? 'queries/commands/verify.ts' : 'consumers/commands/verify.ts',
    summary: 'hold published numbers against the facts, or against a known truth',
  },
  replay: {
    file: 'consumers/commands/replay.ts',
    summary: 'read the log again, and show that nothing changed',
  },
  erase: {
    file: 'consumers/commands/erase.ts',
    summary: 'erase what a user did from facts; published numbers stay',
  },
  backup: {
    file: 'infra/cli/commands/backup.ts',
    summary: 'store vault and rollups with their Kafka offsets',
  },
  restore: {
    file: 'infra/cli/commands/restore.ts',
    summary: 'bring a backup back; the next start catches up',
  },
  'compose-files': {
    file: 'infra/cli/commands/compose-files.ts',
    summary: 'write what infra/compose.yaml mounts',
  },
  acls: {
    file: 'infra/cli/commands/acls.ts',
    summary: 'print or apply what each process may do on a Kafka with users',
  },
  doctor: {
    file: 'infra/cli/commands/doctor.ts',
    summary: 'find what is wrong, and say what to do about it',
  },
  status: { file: 'infra/cli/commands/status.ts', summary: 'show processes, lag and freshness' },
}

/** What a shell says of a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130

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
  const file = typeof command.file === 'string' ? command.file : command.file(args)
  const child = spawn(process.execPath, [...(command.node ?? []), `${root}${file}`, ...args], {
    stdio: 'inherit',
  })
  // A terminal's Ctrl-C reaches the command too: its end is waited for, with what it has to say.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  const [code, signal]: unknown[] = await once(child, 'exit')
  process.exitCode = typeof code === 'number' ? code : signal === 'SIGINT' ? EXIT_INTERRUPTED : 1
} else if (name === '--help' || name === '-h') {
  process.stdout.write(usage())
} else {
  process.stderr.write(`There is no command ${name}.\n\n${usage()}`)
  process.exitCode = 2
}
