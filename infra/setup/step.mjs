// One slow step of the set-up: tells that it runs and how long it took, and keeps what it printed for the case that it fails.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const OUTPUT_LINES_KEPT = 15
const LOCK_POLL_MS = 200

/**
 * Runs a command and shows progress on standard error.
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ ok: boolean, output: string }>} the last lines of what it printed
 */
export async function runStep(title, command, args, options = {}) {
  const startedMs = Date.now()
  const seconds = () => ((Date.now() - startedMs) / 1000).toFixed(0)
  const onTerminal = process.stderr.isTTY === true
  process.stderr.write(`keepsake: ${title} ...${onTerminal ? '' : '\n'}`)
  const ticking = setInterval(() => {
    if (onTerminal) process.stderr.write(`\rkeepsake: ${title} ... ${seconds()} s`)
  }, 1000)
  const result = await run(command, args, options)
  clearInterval(ticking)
  const outcome = `${result.ok ? 'done' : 'failed'} after ${seconds()} s`
  process.stderr.write(`${onTerminal ? '\r' : ''}keepsake: ${title} ... ${outcome}\n`)
  return result
}

/**
 * Runs a command without a word.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function run(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk) => {
      output = `${output}${chunk}`.split('\n').slice(-OUTPUT_LINES_KEPT).join('\n')
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => done({ ok: false, output: error.message }))
    child.on('close', (code) => done({ ok: code === 0, output: output.trim() }))
  })
}

/**
 * Runs `task` while no other process of this machine runs one under the same key.
 * @template T
 * @param {string} key
 * @param {() => Promise<T>} task
 * @returns {Promise<T>}
 */
export async function alone(key, task) {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16)
  const lock = join(tmpdir(), `keepsake-setup-${hash}.lock`)
  let told = false
  while (!take(lock)) {
    if (!told) process.stderr.write('keepsake: another set-up is at work, waiting for it ...\n')
    told = true
    await new Promise((wake) => setTimeout(wake, LOCK_POLL_MS))
  }
  try {
    return await task()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** Takes the lock, or takes it over from a process that is no more. */
function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (!holderLives(lock)) rmSync(lock, { force: true })
  return false
}

function holderLives(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    // A lock that was just made may be empty still.
    if (pid > 0) process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
