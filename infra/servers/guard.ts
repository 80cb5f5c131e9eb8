// The guard of our child processes: whatever ends this process, SIGKILL included, ends them too.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./guard.sh', import.meta.url))

export interface Guard extends AsyncDisposable {
  /** From now on the process group of `pid` ends when this process does; `last` after the others. */
  add(pid: number, turn: 'first' | 'last'): void
  /** Once the process has ended: its number may be another's soon. */
  remove(pid: number): void
}

/**
 * Starts the guard: a shell of its own session, which no signal to our process group reaches, with
 * a pipe to us. Disposing of it ends what is still guarded.
 */
export function openGuard(): Guard {
  const shell = spawn('sh', [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = once(shell, 'exit')
  // Whoever ended the guard left us without one; writing to it is no reason to fall over as well.
  shell.stdin.on('error', () => undefined)
  shell.unref()
  return {
    add: (pid, turn) => void shell.stdin.write(`${turn} ${pid}\n`),
    remove: (pid) => void shell.stdin.write(`forget ${pid}\n`),
    async [Symbol.asyncDispose]() {
      shell.ref()
      shell.stdin.end()
      await ended
    },
  }
}
