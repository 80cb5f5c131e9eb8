// Finds what one user did, page by page of all videos that facts or people know, and writes its keys down as an order for the sealer.
import { z } from 'zod'
import type { ClickhouseStore, QueryParams } from '#infra/clickhouse/clickhouse-store.ts'
import { sizeOf } from '../sealer/erasure/orders.ts'
import type { OrderSize } from '../sealer/erasure/orders.ts'
import type { Candidates } from './candidates.ts'

export interface SearchOptions {
  /** A store with a session of its own: persons that are looked for lie in a temporary table of it. */
  readonly session: ClickhouseStore
  readonly candidates: Candidates
  /** Number of the order, as decimal digits. */
  readonly order: string
  readonly stop: AbortSignal
  /** Hears how many videos were looked at; one that has facts on several days counts for each. */
  readonly onProgress: (videos: number) => void
  /** Videos of one statement. */
  readonly pageVideos?: number
}

/** Five megabytes of candidates. */
const PAGE_VIDEOS = 200_000
const ID_BYTES = 8
const FIRST_ID = '0'

/** It can be repeated, and given up at any point. @throws PipelineError of the vault. */
export async function search(options: SearchOptions): Promise<OrderSize> {
  const { session, order } = options
  let videos = 0
  const look = async (source: Source): Promise<void> => {
    for await (const page of pagesOf(options, source)) {
      videos += page.rows
      await session.command('drop temporary table if exists wanted')
      await session.command(
        'create temporary table wanted (video_id UInt64, person UInt64, token UInt64) engine = Memory',
      )
      const rows = options.candidates.rowsOf(page.ids)
      await session.insert('insert into wanted (video_id, person, token) format RowBinary', [rows])
      for (const statement of source.inserts) {
        await session.insertSelect(statement, { ...source.params, order, ...page.bounds })
      }
      options.onProgress(videos)
    }
  }
  await look(people)
  const days = await session.rows(
    z.object({ day: z.string() }),
    'select distinct toString(toDate(slot)) as day from vault.facts order by day',
  )
  for (const { day } of days) await look(factsOf(day))
  await session.command('drop temporary table if exists wanted')
  return sizeOf(session, order)
}

/** Where persons may be, and the statements that write down those who are there. */
interface Source {
  readonly from: string
  readonly params: QueryParams
  readonly inserts: readonly string[]
}

function personsIn(from: string): string {
  return `
    insert into vault.erasing_people (order_id, video_id, person, token)
    select {order:UInt64}, video_id, person, token from wanted
    where (video_id, person) in (select video_id, person from ${from} and ${isWanted})`
}

const isWanted = `video_id between {first:UInt64} and {last:UInt64}
      and (video_id, person) in (select video_id, person from wanted)`

const people: Source = {
  from: 'vault.people where true',
  params: {},
  inserts: [personsIn('vault.people where true')],
}

function factsOf(day: string): Source {
  const from = 'vault.facts where toDate(slot) = {day:Date}'
  // People of a fact may be gone before it, so persons are looked for here as well.
  const acts = `
    insert into vault.erasing_acts (order_id, slot, event_id, counts)
    select {order:UInt64}, slot, event_id, false from ${from} and ${isWanted}`
  return { from, params: { day }, inserts: [acts, personsIn(from)] }
}

interface Page {
  readonly ids: Buffer
  readonly rows: number
  readonly bounds: { readonly first: string; readonly last: string }
}

/** Distinct videos in the order of their ids. */
async function* pagesOf(
  { session, stop, pageVideos = PAGE_VIDEOS }: SearchOptions,
  { from, params }: Source,
): AsyncGenerator<Page> {
  let after = FIRST_ID
  for (;;) {
    stop.throwIfAborted()
    const chunks: Buffer[] = []
    const read = await session.read(
      `select distinct video_id from ${from} and video_id > {after:UInt64}
       order by video_id limit {page:UInt32} format RowBinary`,
      { ...params, after, page: pageVideos },
    )
    for await (const chunk of read) chunks.push(Buffer.from(chunk))
    const ids = Buffer.concat(chunks)
    const rows = ids.length / ID_BYTES
    if (rows === 0) return
    const first = ids.readBigUInt64LE(0).toString()
    after = ids.readBigUInt64LE(ids.length - ID_BYTES).toString()
    yield { ids, rows, bounds: { first, last: after } }
    if (rows < pageVideos) return
  }
}
