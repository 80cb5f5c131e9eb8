// `directory.notifications` as its writer sees it: stores what events claim, asks what of it is so, and marks what was told.
import { z } from 'zod'
import { dateTime64 } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { remixTypes } from '#schemas/notification.ts'
import type { Notification } from '#schemas/notification.ts'
import type { Claim } from './claims-buffer.ts'

/** A remix that the feed shows now. */
export interface ShownRemix {
  readonly notification: Notification
  /** The claim that is believed. */
  readonly claim: Claim
  /** Whether `notifications.v1` has it already, at this time. */
  readonly told: boolean
}

/** All methods throw PipelineError `store_*`. */
export interface ClaimStore {
  /** Repeating it changes nothing: of equal claims the earliest time counts. */
  insert(claims: readonly Claim[]): Promise<void>
  /** Those of some derived videos that are so now; the catalogue decides. At most `SHOWN_MAX`. */
  readShown(derivedVideoIds: readonly bigint[]): Promise<readonly ShownRemix[]>
  markTold(claims: readonly Claim[]): Promise<void>
  /** Derived videos that nothing was told of, the newest first. */
  readUntold(limit: number): Promise<readonly bigint[]>
}

/** Ids of one question: they go in its URL. */
export const SHOWN_MAX = 1000

/** `told_at` of a claim that was not told: later than every event. */
const NOT_TOLD_MS = Date.UTC(2200, 0, 1)

const id = z.string().transform(BigInt)

const shownSchema = z
  .object({
    type: z.enum(remixTypes),
    claimed_type: z.enum(remixTypes),
    creator: id,
    video: id,
    derived_video: id,
    derived_creator: id,
    user: id,
    occurred_at_ms: z.coerce.number(),
    told: z.coerce.boolean(),
  })
  .transform((row): ShownRemix => ({
    notification: {
      type: row.type,
      creator_id: row.creator,
      video_id: row.video,
      derived_video_id: row.derived_video,
      derived_creator_id: row.derived_creator,
      occurred_at: BigInt(row.occurred_at_ms),
    },
    claim: {
      type: row.claimed_type,
      videoId: row.video,
      derivedVideoId: row.derived_video,
      userId: row.user,
      occurredAtMs: row.occurred_at_ms,
    },
    told: row.told,
  }))

const untoldSchema = z.object({ derived_video: id }).transform((row) => row.derived_video)

export function createClaimStore(rollups: ClickhouseStore): ClaimStore {
  return {
    insert: (claims) => insertRows(rollups, claims, () => NOT_TOLD_MS),
    markTold: (claims) => insertRows(rollups, claims, ({ occurredAtMs }) => occurredAtMs),
    readShown: (derivedVideoIds) =>
      rollups.rows(
        shownSchema,
        `select type, claimed_type, toString(creator_id) as creator, toString(video_id) as video,
           toString(derived_video_id) as derived_video,
           toString(derived_creator_id) as derived_creator, toString(user_id) as user,
           toUnixTimestamp64Milli(occurred_at) as occurred_at_ms, told_at <= occurred_at as told
         from directory.shown_notifications(
           creator_id = 0, derived_video_ids = {derived_video_ids:Array(UInt64)})`,
        { derived_video_ids: derivedVideoIds },
      ),
    readUntold: (limit) =>
      rollups.rows(
        untoldSchema,
        // In the order of the key, so that the size of the table takes no memory.
        `select toString(derived_video_id) as derived_video
         from directory.notifications
         group by derived_video_id
         having min(told_at) >= fromUnixTimestamp64Milli({not_told_ms:Int64}, 'UTC')
         order by min(occurred_at) desc limit {limit:UInt32}
         settings optimize_aggregation_in_order = 1`,
        { not_told_ms: String(NOT_TOLD_MS), limit },
      ),
  }
}

const INSERT = `insert into directory.notifications
  (derived_video_id, video_id, user_id, type, occurred_at, told_at) format JSONEachRow`

async function insertRows(
  rollups: ClickhouseStore,
  claims: readonly Claim[],
  toldAtMsOf: (claim: Claim) => number,
): Promise<void> {
  if (claims.length === 0) return
  const lines = claims.map((claim) => {
    const row = {
      derived_video_id: claim.derivedVideoId.toString(),
      video_id: claim.videoId.toString(),
      user_id: claim.userId.toString(),
      type: claim.type,
      occurred_at: dateTime64(claim.occurredAtMs),
      told_at: dateTime64(toldAtMsOf(claim)),
    }
    return `${JSON.stringify(row)}\n`
  })
  await rollups.insert(INSERT, [Buffer.from(lines.join(''))])
}
