// Asks who is to be erased: on standard input, since arguments show in the list of processes and in the history of shells.
import { createInterface } from 'node:readline/promises'
import { UsageError } from '#infra/cli/command.ts'

const USER_ID_MAX = 2n ** 63n - 1n
const ANSWER = 'erase'

/** What a terminal or a pipe says of one user. */
export interface UserInput {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  /** Whether to go on without asking again. */
  readonly isSure: boolean
}

/**
 * Reads one user id, and on a terminal asks again whether that is meant.
 * @returns null: it is not. @throws UsageError.
 */
export async function readUser({ input, output, isSure }: UserInput): Promise<bigint | null> {
  if (!input.isTTY && !isSure) {
    throw new UsageError('standard input is no terminal, so nobody can be asked: say --yes')
  }
  using lines = createInterface({ input, output, terminal: input.isTTY })
  if (input.isTTY) output.write('id of the user: ')
  const { value } = await lines[Symbol.asyncIterator]().next()
  const user = parseUserId(value ?? '')
  if (isSure) return user
  const answer = await lines.question(
    `What this user did goes from facts for good. Type ${ANSWER} to go on: `,
  )
  return answer.trim() === ANSWER ? user : null
}

/** @throws UsageError that does not repeat what was given. */
export function parseUserId(text: string): bigint {
  const digits = text.trim()
  const id = /^[1-9]\d{0,18}$/.test(digits) ? BigInt(digits) : 0n
  if (id > 0n && id <= USER_ID_MAX) return id
  throw new UsageError('standard input is to hold the id of one user: a decimal number on a line')
}
