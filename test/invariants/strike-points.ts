// The named points at which a process can be struck: between two steps of which each is done or not.
import type { SourcePatch } from './source-patches.ts'

/** Struck after the line that holds `line`, or before it. */
interface Place {
  readonly point: string
  readonly processes: readonly ProcessName[]
  readonly file: string
  readonly line: string
  readonly before?: true
  /** Passed too seldom under fire: a play strikes it, the course does not. */
  readonly inPlayAlone?: true
}

export type ProcessName = 'collector' | 'facts' | 'saves' | 'notifications' | 'sealer' | 'saves-api'

const factsWriter = 'consumers/facts/facts-block-writer.ts'
const rowStorer = 'consumers/rows/row-storer.ts'
const sealer = 'consumers/sealer/sealer.ts'
const passes = 'consumers/sealer/passes.ts'
const spanTotals = 'consumers/sealer/span-totals.ts'
const leafSealer = 'consumers/sealer/leaves/leaf-sealer.ts'
const breakdownSealer = 'consumers/sealer/breakdowns/breakdown-sealer.ts'
const publisher = 'consumers/sealer/decided-publisher.ts'

const places: readonly Place[] = [
  // The log has the events, the client was not told.
  {
    point: 'appended',
    processes: ['collector'],
    file: 'producers/collector/events-route.ts',
    line: '      await toLog(Promise.all([batcher.append(accepted, backfill), deadLetters.append(refused)]))',
  },
  {
    point: 'appended',
    processes: ['saves-api'],
    file: 'queries/saves/save-acts.ts',
    line: '      await appends.add(encoder.encodeEvent(event, atMs))',
  },
  {
    point: 'polled',
    processes: ['facts'],
    file: 'consumers/facts/facts-consumer.ts',
    line: '    const last = batch.records.at(-1)',
    before: true,
  },
  {
    point: 'stored',
    processes: ['facts'],
    file: factsWriter,
    line: '        await vault.insert(insertFacts, factsBlock(columns, persons))',
  },
  {
    point: 'touched',
    processes: ['facts'],
    file: factsWriter,
    line: '      await producer.append(topics.touched.name, 0, [{ value }])',
  },
  {
    point: 'committed',
    processes: ['facts'],
    file: factsWriter,
    line: '      await commit(consumer, stored)',
  },
  {
    point: 'stored',
    processes: ['saves', 'notifications'],
    file: rowStorer,
    line: '    if (block !== null) await repeat(options.storeTrouble, () => options.store(block))',
  },
  {
    point: 'committed',
    processes: ['saves'],
    file: rowStorer,
    line: "    if (positions.length > 0) await repeat('the log does not answer', () => commit(positions))",
  },
  {
    point: 'took-over',
    processes: ['sealer'],
    file: sealer,
    line: '    passes ??= await takeTurn()',
  },
  { point: 'began', processes: ['sealer'], file: sealer, line: '    const work = inbox.take()' },
  {
    point: 'counted',
    processes: ['sealer'],
    file: spanTotals,
    line: '      const counted = await vault.read(countStatement(span), { starts: startsS })',
  },
  {
    point: 'videos-published',
    processes: ['sealer'],
    file: spanTotals,
    line: '      await rollups.insert(publishVideosStatement(tables[span]), counted, params)',
  },
  {
    point: 'published',
    processes: ['sealer'],
    file: passes,
    line: "      if (quarters.length > 0) await recount.run('quarter', quarters, as)",
  },
  {
    point: 'written-down',
    processes: ['sealer'],
    file: passes,
    line: '      await showCatalogue(rollups, work.videos, work.creators)',
    before: true,
  },
  {
    point: 'finished',
    processes: ['sealer'],
    file: sealer,
    line: '      await current.run(work, watermarkMs)',
  },
  {
    point: 'committed',
    processes: ['sealer'],
    file: sealer,
    line: '    if (work.positions.length > 0) await consumer.commit(work.positions)',
  },
  {
    point: 'late-counted',
    processes: ['sealer'],
    file: 'consumers/sealer/late-work.ts',
    line: '      await recount.run(span, startsS, as)',
  },
  {
    point: 'people-counted',
    processes: ['sealer'],
    file: 'consumers/sealer/day-totals.ts',
    line: '            await vault.insertSelect(countPeopleStatement(), params)',
  },
  {
    point: 'held-fast',
    processes: ['sealer'],
    file: leafSealer,
    line: '    await snapshot.take(groupsOf(open, edgeS), edgeS, generation)',
  },
  {
    point: 'decided',
    processes: ['sealer'],
    file: leafSealer,
    line: '    await appendDecisions(producer, decisions)',
  },
  {
    point: 'bucket-taken',
    processes: ['sealer'],
    file: breakdownSealer,
    line: '    const counts = await snapshot.count(generation)',
    before: true,
  },
  {
    point: 'buckets-decided',
    processes: ['sealer'],
    file: breakdownSealer,
    line: '    await appendDecisions(producer, decisions)',
    inPlayAlone: true,
  },
  {
    point: 'ends-stored',
    processes: ['sealer'],
    file: publisher,
    line: '    await snapshot.storeEnds(ends, generation)',
  },
  {
    point: 'marked',
    processes: ['sealer'],
    file: publisher,
    line: '    await snapshot.mark(generation, kind, marking.generation)',
  },
  {
    point: 'leaves-published',
    processes: ['sealer'],
    file: publisher,
    line: '    for (const generation of generations.keys()) await snapshot.drop(generation)',
    before: true,
  },
  {
    point: 'leaves-applied',
    processes: ['sealer'],
    file: sealer,
    line: '    if (applied && decided.position !== null) await consumer.commit([decided.position])',
    before: true,
  },
]

/** Half of an insert's body has been sent: whoever inserts can be struck there. */
const halfBody: SourcePatch = {
  file: 'infra/clickhouse/clickhouse-store.ts',
  find: '    values,\n',
  replace: '    values: globalThis.keepsakeTrial.halfBody(values),\n',
}

/** A trial kills somebody every few seconds, and each time a group waits for who is gone. */
const shortSessions: SourcePatch = {
  file: 'infra/kafka/adapter/limits.ts',
  find: '  sessionTimeoutMs: 10_000,\n',
  replace: '  sessionTimeoutMs: 6000,\n',
}

const insertersInHalf: readonly ProcessName[] = ['facts', 'saves', 'sealer']

/** What every process of a trial loads. */
export const strikePatches: readonly SourcePatch[] = [
  halfBody,
  shortSessions,
  ...places.map(({ point, file, line, before }) => {
    const strike = `globalThis.keepsakeTrial.reach('${point}')`
    return {
      file,
      find: line,
      replace: before === true ? `${strike}\n${line}` : `${line}\n${strike}`,
    }
  }),
]

export interface StrikePoint {
  readonly process: ProcessName
  readonly point: string
}

/** Every point at which a course strikes, in the order of an event's walk. */
export const strikePoints: readonly StrikePoint[] = [
  ...places
    .filter(({ inPlayAlone }) => inPlayAlone !== true)
    .flatMap(({ point, processes }) => processes.map((process) => ({ process, point }))),
  ...insertersInHalf.map((process) => ({ process, point: 'half-body' })),
]

export function nameOf({ process, point }: StrikePoint): string {
  return `${process}.${point}`
}
