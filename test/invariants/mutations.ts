// Faults that somebody could build in one day, each as a change of the source: the oracle has to find every one of them.
import type { SourcePatch } from './source-patches.ts'

const factsWriter = 'consumers/facts/facts-block-writer.ts'

const touched = '      await producer.append(topics.touched.name, 0, [{ value }])\n'
const committed = '      await commit(consumer, stored)\n'

const leafSealer = 'consumers/sealer/leaves/leaf-sealer.ts'
const publisher = 'consumers/sealer/decided-publisher.ts'
const bucketSnapshot = 'consumers/sealer/breakdowns/bucket-snapshot.ts'
const decides = '    await appendDecisions(producer, decisions)\n'
const storesEnds = '    await snapshot.storeEnds(ends, generation)\n'
const marks = '    await snapshot.mark(generation, kind, marking.generation)\n'

export const mutations = {
  'commit before insert': [
    {
      file: factsWriter,
      find: '      await frozenDays.refresh()\n',
      replace:
        '      await commit(consumer, [...ranges.values()])\n      await frozenDays.refresh()\n',
    },
  ],
  'touched after commit': [
    // The strike point behind the first of the two lines is in between.
    { file: factsWriter, find: touched, replace: '' },
    { file: factsWriter, find: committed, replace: committed + touched },
  ],
  'version by arrival': [
    {
      file: 'consumers/saves/saves-block.ts',
      find: '    const low = occurred_at[row * 2] ?? 0\n    const high = occurred_at[row * 2 + 1] ?? 0\n',
      replace:
        '    const arrivedMs = Date.now()\n    const low = arrivedMs | 0\n    const high = Math.floor(arrivedMs / 2 ** 32) + 0 * occurred_at.length\n',
    },
  ],
  'count without FINAL': [
    {
      file: 'consumers/sealer/span-totals.ts',
      find: 'from ${from} as acts final',
      replace: 'from ${from} as acts',
    },
  ],
  'no recount of late slots': [
    {
      file: 'consumers/sealer/pass-plan.ts',
      find: '  const lateQuarters = [...dirty.quarters].filter(([start]) => start < completeThroughS)\n',
      replace: '  const lateQuarters: (readonly [number, number])[] = []\n',
    },
  ],
  'margin instead of touched': [
    {
      file: 'consumers/sealer/inbox.ts',
      find: '      for (const { offset, value } of records) {\n        if (value === null) continue\n',
      replace:
        '      for (const { offset, value, appendedAtMs } of records) {\n        if (value === null) continue\n        if (topic === topics.touched.name && appendedAtMs < Date.now() - 5000) continue\n',
    },
  ],
  'second sealer without a fence': [
    {
      file: 'consumers/sealer/takeover.ts',
      find: "  await rollups.command(`kill query where user = currentUser() and query_kind = 'Insert' sync`)\n",
      replace: '',
    },
    {
      file: 'consumers/sealer/fence.ts',
      find: 'throwIf(max(epoch) >',
      replace: 'ignore(max(epoch) >',
    },
  ],
  'sealed people are not marked': [
    // The line itself stays for the strike point behind it, here and below.
    { file: publisher, find: marks, replace: `    if (kind === null)\n${marks}` },
  ],
  'sealed people are marked by time': [
    { file: publisher, find: storesEnds, replace: `    kind = 'by time'\n${storesEnds}` },
  ],
  'published before it is decided': [
    {
      file: leafSealer,
      find: decides,
      replace: `    await publisher.apply(decisions, { storedThroughMs: 0, generation })\n${decides}`,
    },
  ],
  'decisions committed before they are applied': [
    {
      file: 'consumers/sealer/sealer.ts',
      find: '    let applied = false\n    try {\n',
      replace:
        '    if (decided.position !== null) await consumer.commit([decided.position])\n    let applied = false\n    try {\n',
    },
  ],
  'seal without FINAL': [
    {
      file: 'consumers/sealer/leaves/seal-snapshot.ts',
      // As a read may see them whose rows are not merged: not by what makes them one.
      find: 'min(total) as first\n      from vault.people\n',
      replace: 'max(total) as first\n      from vault.people\n',
    },
  ],
  'noise drawn anew': [
    {
      file: 'consumers/sealer/release/noise.ts',
      find: 'update(lengthPrefixed(parts))',
      replace: 'update(lengthPrefixed([...parts, Math.random()]))',
    },
  ],
  'second sealer decides': [
    {
      file: 'consumers/sealer/takeover.ts',
      find: 'openFencedProducer(transactionalIds.sealer)',
      replace: 'openFencedProducer(transactionalIds.sealer + randomUUID())',
    },
  ],
  'people of buckets are not marked': [
    {
      file: bucketSnapshot,
      find: '    mark: (generation, kind, fence) =>\n',
      replace: '    mark: async (generation, kind, fence) =>\n      fence === 0n &&\n',
    },
  ],
  'people of buckets are marked by time': [
    {
      file: bucketSnapshot,
      find: "kind === 'taken' ? MARK_TAKEN : MARK_BY_TIME",
      replace: 'MARK_BY_TIME',
    },
  ],
} as const satisfies Readonly<Record<string, readonly SourcePatch[]>>

export type SourceMutation = keyof typeof mutations

/** Made by a statement and not by a change of the source. */
export const TTL_MUTATION = 'time to live on facts'

export type Mutation = SourceMutation | typeof TTL_MUTATION
