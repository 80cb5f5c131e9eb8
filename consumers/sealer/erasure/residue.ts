// What stays of an erased user: sums by video and minute, and first acts by quarter, that counts add to the facts of all others.
import { peopleMeasures } from '#schemas/measures.ts'
import { VAULT_FENCE } from '../fence.ts'
import { measureAggregates } from '../measures.ts'
import { measureCounts } from '../span-totals.ts'

/** Keys of the order `{order}`. */
const keys = `
        select slot, event_id from vault.erasing_acts where order_id = {order:UInt64}`

const persons = `
        select video_id, person, token from vault.erasing_people final
        where order_id = {order:UInt64}`

const isTheirs = `(video_id, person) in (select video_id, person from (${persons}))`

/** Facts by their keys: the payloads that count, as everywhere. */
const theirActs = `vault.facts as facts final
      inner join (${persons}) as erased using (video_id, person)`

/** Whoever is one of two within a video and a day is told apart, and linked to nothing else. */
const dayToken = (day: string): string => `sipHash64(token, toDate(${day}))`

/**
 * Marks the keys under which the user's payload is the one that counts. Of two payloads of different
 * people under one id the other would count once this one is gone.
 */
export function markCountingStatement(): string {
  return `
    insert into vault.erasing_acts (order_id, slot, event_id, counts)
    select {order:UInt64}, slot, event_id, true
    from vault.facts final
    where (slot, event_id) in (${keys}) and ${isTheirs} and ${VAULT_FENCE}`
}

/**
 * Counts acts as the open totals count them. A minute in which a video turned public or not has a row
 * for each of its parts; each row is judged by the part's beginning, so no time of an act is kept. What a
 * later record says of a turn within such a part is judged by that beginning as well.
 */
export function storeActsStatement(): string {
  const names = Object.keys(measureAggregates)
  const minute = 'toStartOfMinute(slot)'
  const turns = `arrayFilter(turn -> turn <= occurred_at,
        arrayConcat(arrayMap(period -> period.1, closed), arrayMap(period -> period.2, closed)))`
  return `
    insert into vault.residue (slot, video_id, occurred_at, token, ${names.join(', ')}, generation)
    select ${minute} as minute, video_id,
      arrayMax(arrayPushBack(${turns}, toDateTime64(${minute}, 3, 'UTC'))) as part,
      ${dayToken('slot')} as day_token, ${measureCounts.join(', ')}, {generation:UInt64}
    from ${theirActs}
    left join (
      select video_id, closed from vault.attribution final
      where video_id in (select video_id from (${persons}))
    ) as attributed using (video_id)
    where (slot, event_id) in (${keys}) and ${VAULT_FENCE}
    group by minute, video_id, part, day_token`
}

/** First acts, of persons that are counted by them: those who have such facts on the day. */
export function storePeopleStatement(): string {
  const names = Object.keys(peopleMeasures)
  const firstAt = `fromUnixTimestamp64Milli(first_ms, 'UTC')`
  return `
    insert into vault.residue_people (slot, video_id, token, ${names.join(', ')}, generation)
    select toStartOfFifteenMinutes(${firstAt}) as quarter, video_id, ${dayToken(firstAt)} as day_token,
      ${names.map((each) => `countIf(metric = '${each}') as ${each}`).join(', ')}, {generation:UInt64}
    from (
      select metric, video_id, person, toInt64(bitShiftRight(min(total), 21)) as first_ms
      from vault.people
      where metric in (${names.map((each) => `'${each}'`).join(', ')}) and ${isTheirs}
      group by metric, video_id, person
    ) as firsts
    inner join (${persons}) as erased using (video_id, person)
    where (video_id, person, toDate(${firstAt})) in (
        select video_id, person, toDate(slot) from ${theirActs}
        where (slot, event_id) in (${keys}) and type in ('view', 'like', 'comment', 'stitch', 'duet')
      ) and ${VAULT_FENCE}
    group by quarter, video_id, day_token`
}

/** What is to be deleted of a table. */
export interface Deletion {
  readonly table: 'vault.facts' | 'vault.people'
  /** Rows of the order `{order}`. */
  readonly where: string
}

export const deletions: readonly Deletion[] = [
  {
    table: 'vault.facts',
    where: `(slot, event_id) in (${keys}) and (${isTheirs} or (slot, event_id) in (${keys} and counts))`,
  },
  { table: 'vault.people', where: isTheirs },
]

export function countLeftStatement({ table, where }: Deletion): string {
  return `select count() as rows from ${table} where ${where}`
}

/**
 * Begins a deletion and does not wait for it: whatever the server has accepted it ends, also after it
 * was started anew. It hides rows by a mask for each part; merges take them out.
 */
export function deleteStatement({ table, where }: Deletion): string {
  return `delete from ${table} where ${where} settings lightweight_deletes_sync = 0`
}
