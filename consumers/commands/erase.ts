// `keepsake erase`: has the sealer move what one user added to open totals to residue, and the user's facts and people deleted.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runCommand, UsageError } from '#infra/cli/command.ts'
import { openProgressLine } from '#infra/cli/progress-line.ts'
import { screenOf } from '#infra/cli/start-steps.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { readConfig, readSecret } from '#infra/runtime/config.ts'
import { keyFile } from '#infra/runtime/local-keys.ts'
import type { LocalKey } from '#infra/runtime/local-keys.ts'
import { ERASE } from '#infra/servers/kafka-principals.ts'
import { createCandidates } from '../erase/candidates.ts'
import { nothingFound, outcomeOf } from '../erase/erase-report.ts'
import type { Outcome } from '../erase/erase-report.ts'
import { awaitStored, recordErasure } from '../erase/erasure-record.ts'
import { awaitOrder, giveOrder, newOrder } from '../erase/order.ts'
import { search } from '../erase/search.ts'
import { readUser } from '../erase/user-input.ts'
import { dropNamed } from '../sealer/erasure/orders.ts'
import { openRunningPlatform } from './running-platform.ts'
import type { RunningPlatform } from './running-platform.ts'

const help = `usage: npm run -s keepsake -- erase [--yes] [--wait SECONDS]
       npm run -s keepsake -- erase --order NUMBER [--wait SECONDS]

Erases what one user did from facts and people. The id is read from standard input, where
neither the list of processes nor a shell's history shows it:
  npm run -s keepsake -- erase             asks for it, and whether that is meant
  npm run -s keepsake -- erase --yes < ID  takes it from a file or a pipe
Published numbers stay as they are: what the user had added to open totals is kept as sums
without a person, and guarded numbers are never counted again.
  --yes           do not ask whether that is meant
  --wait SECONDS  for the sealer, at most; default 300
  --order NUMBER  only say how far an order is that was given before

What is done, in this order: the erasure is recorded for ever in erasures.v1 under a keyed
hash; from then on facts and replays leave out what the user did up to now; the user's
pseudonyms are looked for on every video; the sealer erases them.
NOT done by this command yet:
  - the save list and collections, and what creators were told of stitches and duets
  - engagement.v1 and dead.v1 hold the events until Kafka drops them, after 7 and 30 days,
    and save lists are made of them anew where they are read again
  - backups that were taken before: erase again after restoring one

Exit code 0 when it is done, 3 when the sealer has it still to do, 1 on a fault. It may be
stopped and repeated at any time.
`

const WAIT_S = { usual: 300, most: 86_400 } as const
const KEY_BYTES = 32

/** A consumer without lag needs a second. */
const STORED_LIMIT_MS = 120_000

await runCommand(help, async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      yes: { type: 'boolean', default: false },
      wait: { type: 'string' },
      order: { type: 'string' },
    },
  })
  if (positionals.length > 0) {
    throw new UsageError('the id of the user is read from standard input, never from arguments')
  }
  const waitMs = waitOf(values.wait) * 1000
  const config = readConfig(['common', 'platform'])
  const running = openRunningPlatform(config, { application: 'erase', principal: ERASE })
  await using stack = new AsyncDisposableStack()
  stack.use(running.eventLog)
  const stop = new AbortController()
  // The first Ctrl-C ends the search, which takes back what it wrote down.
  process.once('SIGINT', () => stop.abort(new Error('stopped: nothing was ordered')))
  const vault = stack.use(running.storeAs('vault', 'eraser'))
  const waiting = { vault, clock: systemClock, stop: stop.signal, waitMs }
  if (values.order !== undefined) {
    if (!/^\d{1,19}$/.test(values.order)) throw new UsageError('--order is the number of an order')
    return tell(outcomeOf(values.order, await awaitOrder(waiting, values.order)))
  }
  const keys = readKeys(config.common.KEEPSAKE_DATA_DIR)
  // Said before anything is asked, where the vault is away.
  await vault.command('select 1 format Null')
  const { stdin: input, stderr: output } = process
  const userId = await readUser({ input, output, isSure: values.yes })
  if (userId === null) throw new UsageError('nothing was erased')
  const order = await prepare({ running, keys, userId, stop: stop.signal })
  if (order === null) return tell(nothingFound)
  process.stdout.write(`order ${order} is given; waiting for the sealer\n`)
  return tell(outcomeOf(order, await awaitOrder(waiting, order)))
})

interface Keys {
  readonly pseudonyms: Buffer
  readonly erasures: Buffer
}

/** Never made anew here: by other keys nobody would be found. @throws Error that names the missing one. */
function readKeys(dataDir: string): Keys {
  const read = (key: LocalKey, what: string): Buffer => {
    const path = keyFile(dataDir, key)
    if (!existsSync(path)) throw new Error(`There is no ${path}, by which ${what}.`)
    return Buffer.from(readSecret(`key ${key}`, path), 'hex')
  }
  return {
    pseudonyms: read('pseudonyms', 'persons are made'),
    erasures: read('erasures', 'erased users are known'),
  }
}

interface Preparation {
  readonly running: RunningPlatform
  readonly keys: Keys
  readonly userId: bigint
  readonly stop: AbortSignal
}

/** @returns the order that was given; null: there is nothing to erase. */
async function prepare(options: Preparation): Promise<string | null> {
  const { running, keys, userId, stop } = options
  const { eventLog } = running
  const order = newOrder()
  await recordErasure({ eventLog, clock: systemClock, key: keys.erasures }, userId)
  await awaitStored({ eventLog, clock: systemClock, stop, waitMs: STORED_LIMIT_MS })
  await using session = running.storeAs('vault', 'eraser', `erase-${order}`)
  using progress = openProgressLine({
    screen: screenOf(process.stderr),
    clock: systemClock,
    title: 'searching',
    unit: 'videos',
    all: null,
  })
  const candidates = createCandidates({
    userId,
    pseudonymKey: keys.pseudonyms,
    tokenKey: randomBytes(KEY_BYTES),
  })
  try {
    const onProgress = (videos: number): void => progress.done(videos)
    const found = await search({ session, candidates, order, stop, onProgress })
    if (found.acts + found.people === 0) return null
    await giveOrder(session, order, found, systemClock.nowMs())
    return order
  } catch (error) {
    // Where that fails as well, the sealer does it within a day.
    await dropNamed(session, order).catch(() => undefined)
    throw error
  }
}

function waitOf(text: string | undefined): number {
  if (text === undefined) return WAIT_S.usual
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0 && value <= WAIT_S.most) return value
  throw new UsageError(`--wait is a whole number, 0 to ${WAIT_S.most}`)
}

function tell({ lines, code }: Outcome): void {
  process.stdout.write(`${lines.join('\n')}\n`)
  process.exitCode = code
}
