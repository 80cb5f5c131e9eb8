// Kills a process of the platform at a moment at which it is in the middle of something, seen from outside.
import { z } from 'zod'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { createLog } from '#infra/runtime/log.ts'
import type { ClickhouseServer } from '#infra/clickhouse/users.ts'
import { eventually, kill, platform, store } from '../support/outside.ts'

/**
 * **request**: while a request is answered, any of them. **stored**: new rows are in the vault, which
 * the consumer has not told the sealer. **committed**: offsets have moved. **publishing**: rows of a
 * generation that is not finished are there.
 */
export type Moment = 'request' | 'stored' | 'committed' | 'publishing'

export interface Strike {
  readonly name: 'facts' | 'sealer'
  readonly moment: Moment
}

export interface Victim extends Strike {
  readonly pid: number
}

/** The moments between two steps are short. */
const LOOK_EVERY_MS = 2
const LIMIT_MS = 60_000

/** Waits for the moment, which is at the latest when its steps are done, and kills. */
export async function strikeAt(strike: Strike, request: Promise<unknown>): Promise<Victim> {
  const { name, moment } = strike
  if (moment === 'request') await request
  else {
    await using watched = watch(moment)
    const before = await watched.look()
    const look = async () => {
      const now = await watched.look()
      return now === before ? { seen: now } : { found: now }
    }
    await eventually(`${name} at ${moment}`, look, LIMIT_MS, LOOK_EVERY_MS)
  }
  return { ...strike, pid: await kill(name) }
}

interface Watch extends AsyncDisposable {
  /** A text that changes at the moment. */
  readonly look: () => Promise<string>
}

function watch(moment: Exclude<Moment, 'request'>): Watch {
  switch (moment) {
    case 'stored':
      return watchRows('vault', 'select toString(count()) as now from vault.facts')
    case 'publishing':
      return watchRows(
        'rollups',
        'select toString(max(generation)) as now from rollups.video_quarters',
      )
    case 'committed':
      return watchCommits()
    default:
      return moment satisfies never
  }
}

function watchRows(server: ClickhouseServer, sql: string): Watch {
  const admin = store(server, 'admin')
  return {
    look: async () => (await admin.rows(z.object({ now: z.string() }), sql))[0]?.now ?? '',
    [Symbol.asyncDispose]: () => admin[Symbol.asyncDispose](),
  }
}

function watchCommits(): Watch {
  const log = createLog({ name: 'test', level: 'silent' })
  const brokers = [platform.kafkaBrokers]
  const eventLog = openKafkaEventLog({ log, clientId: 'test', brokers })
  return {
    async look() {
      const committed = await eventLog.committedOf('facts', 'engagement.v1')
      return [...committed].toSorted(([a], [b]) => a - b).join(' ')
    },
    [Symbol.asyncDispose]: () => eventLog[Symbol.asyncDispose](),
  }
}
