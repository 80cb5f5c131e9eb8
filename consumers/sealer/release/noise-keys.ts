// The keys of the noise, one for each UTC day of sealing: made on first use, the same for whoever seals that day, destroyed after three days.
import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PipelineError, messageOf } from '#infra/runtime/errors.ts'
import { destroySecret, randomKey, readOrCreateSecret } from '#infra/runtime/secret-files.ts'
import { dayText } from '#schemas/spans.ts'

const DAY_S = 86_400
/** Whole days that a key outlives its own, after which nobody asks for it but who has a clock that is wrong. */
const KEPT_DAYS = 3
/** Names that a day's key may have; the second is needed only after a file was damaged. */
const NAMES_MAX = 8

const wholeKey = /^[0-9a-f]{64}$/
/** A key, `DAY` or `DAY.1`, or the draft of one that a crash left behind. */
const dayOfFile = /^(\d{4}-\d\d-\d\d)(\.[0-9a-f]+)*$/

/**
 * The key of the UTC day that holds `nowMs`, from a file of `folder`, made if there is none. All who ask
 * at once get the same one: it is that of the first whole file among `DAY`, `DAY.1` ..., none of which
 * is ever changed or removed before its time. A damaged one is passed over by everybody alike.
 * The key object shows nothing when it is logged or serialized.
 * @throws PipelineError `setup_failed` when no file can be made.
 */
export function noiseKeyAt(folder: string, nowMs: number): KeyObject {
  const day = dayText(nowMs / 1000)
  try {
    for (let number = 0; number < NAMES_MAX; number += 1) {
      const path = join(folder, number === 0 ? day : `${day}.${number}`)
      const text = readOrCreateSecret(path, randomKey)
      if (wholeKey.test(text)) return createSecretKey(Buffer.from(text, 'hex'))
    }
  } catch (error) {
    const says = `the noise key of ${day} cannot be kept in ${folder}: ${messageOf(error)}`
    throw new PipelineError('setup_failed', says, error)
  }
  const says = `${NAMES_MAX} noise keys of ${day} in ${folder} are damaged; remove them`
  throw new PipelineError('setup_failed', says)
}

/**
 * Destroys the keys of days that ended three days ago or longer (`destroySecret` says how far that
 * goes). From then on nobody, we included, can tell the noise of what was published under them from
 * its counts. Files of other names are left alone.
 * @returns the names of the files, sorted.
 * @throws PipelineError `setup_failed` when one cannot be removed.
 */
export function destroyOldNoiseKeys(folder: string, nowMs: number): readonly string[] {
  const oldest = dayText(nowMs / 1000 - KEPT_DAYS * DAY_S)
  try {
    const old = namesIn(folder).filter((name) => {
      const day = dayOfFile.exec(name)?.[1]
      return day !== undefined && day < oldest
    })
    for (const name of old) destroySecret(join(folder, name))
    return old
  } catch (error) {
    const says = `old noise keys in ${folder} cannot be destroyed: ${messageOf(error)}`
    throw new PipelineError('setup_failed', says, error)
  }
}

/** Before the first key is made there is no folder. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
