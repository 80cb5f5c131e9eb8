// Makes `node_modules` what package-lock.json says, with a Node that runs TypeScript from source.
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import { alone, runStep } from './step.mjs'
import { SetupError } from './setup-error.mjs'

/** The first Node that runs TypeScript from source without a flag. */
const NODE_WITH_TYPES = [22, 18]

/** @param {string} root folder of the checkout */
export async function installPackages(root) {
  if (isInstalled(root)) return
  await alone(root, async () => {
    // Another set-up may have done it while this one waited.
    if (isInstalled(root)) return
    if (!hasPackages(root)) {
      // Scripts of packages stay off: only Node's own is needed, and it runs below.
      await npm(root, 'installing npm packages', 'ci', '--ignore-scripts', '--include=dev')
    }
    if (!hasNode(root) && !runsTypes(process.versions.node)) {
      await npm(root, 'installing Node 24 for this checkout', 'rebuild', 'node')
    }
  })
}

function isInstalled(root) {
  return hasPackages(root) && (hasNode(root) || runsTypes(process.versions.node))
}

/** Whether what npm noted down after its last finished run has every package of the lock file. */
function hasPackages(root) {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  const wanted = readPackages(join(root, 'package-lock.json'))
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true
    // Optional ones are binaries, most of them for other machines.
    const found = installed[path]
    return found === undefined ? optional === true : found.version === version
  })
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
  } catch {
    // Absent or cut off: nothing is installed.
    return {}
  }
}

function hasNode(root) {
  return existsSync(join(root, 'node_modules', '.bin', 'node'))
}

function runsTypes(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > NODE_WITH_TYPES[0] || (major === NODE_WITH_TYPES[0] && minor >= NODE_WITH_TYPES[1])
}

async function npm(root, title, ...args) {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const { ok, output } = await runStep(title, 'npm', [...args, ...quiet], {
    cwd: root,
    env: { ...process.env, PATH: pathWithout(join(root, 'node_modules')) },
  })
  if (ok) return
  throw new SetupError(
    `npm ${args[0]} failed:\n${output}`,
    'Check that this machine reaches the npm registry, then run the command again.',
  )
}

/** PATH without the folder that npm is about to replace, and the Node in it. */
function pathWithout(folder) {
  const outside = (entry) => relative(folder, entry).startsWith('..')
  return (process.env.PATH ?? '').split(delimiter).filter(outside).join(delimiter)
}
