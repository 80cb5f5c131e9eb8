// What all commands of the command line share: help, usage errors, and exit codes.
import { ConfigError } from '../runtime/config.ts'
import { messageOf } from '../runtime/errors.ts'

/** The words of a call are off: told with a hint at --help, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Runs a command with its arguments; `--help` prints `help`. Failures end with 1, usage with 2. */
export async function runCommand(
  help: string,
  run: (args: readonly string[]) => Promise<void>,
): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help)
    return
  }
  try {
    await run(args)
  } catch (error) {
    const usage = error instanceof UsageError || isParseError(error)
    const hint = usage ? '\nSee --help.' : ''
    process.stderr.write(`${messageOf(error)}${hint}\n`)
    process.exitCode = usage ? 2 : error instanceof ConfigError ? 78 : 1
  }
}

/** Refusals of node:util parseArgs. */
export function isParseError(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('ERR_PARSE_ARGS')
  )
}
