// Lets a day be frozen as if nothing had touched it for long.
import { expect } from 'vitest'
import { z } from 'zod'
import { readFactDays, writeFactDays } from '#consumers/sealer/fact-days.ts'
import { store } from './outside.ts'

/** Says in the vault what the sealer would have said hours ago; who is started again afterwards reads it. */
export async function sayFrozenLongAgo(dayS: number): Promise<void> {
  await using vault = store('vault', 'sealer')
  const nowS = Math.floor(Date.now() / 1000)
  const known = (await readFactDays(vault)).find((each) => each.dayS === dayS)
  expect(known?.state).toBe('open')
  const [newest] = await vault.rows(
    z.object({ version: z.string() }),
    'select toString(max(version)) as version from vault.fact_days',
  )
  const frozen = { dayS, state: 'frozen', touchedAtS: nowS - 9000, frozenAtS: nowS - 7200 } as const
  await writeFactDays(vault, [frozen], BigInt(newest?.version ?? 0) + 1n)
}
