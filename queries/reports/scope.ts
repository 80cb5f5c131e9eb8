// Whose numbers a caller may see: their own creators' alone, unless the token says all; the rest is 404.
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { HttpProblem } from '#infra/runtime/http.ts'
import type { Caller } from '#infra/runtime/tokens.ts'
import { isId } from '#schemas/ids.ts'
import { isKnownCreator, readVideosByIds } from './directory.ts'
import type { OwnedVideo } from './directory.ts'
import { illegalFilter } from './filters.ts'
import type { ReportFilter } from './filters.ts'

export const READ_SCOPE = 'reports:read'
export const ALL_SCOPE = 'reports:all'
export const reportScopes = [READ_SCOPE, ALL_SCOPE] as const

/** What a report is about: all of a creator, or videos that were named. */
export type Scope =
  | { readonly kind: 'creator'; readonly creatorId: string }
  | { readonly kind: 'videos'; readonly videos: readonly OwnedVideo[] }

/** Whose stored rows are read. */
export type Subject =
  | { readonly kind: 'creator'; readonly creatorId: string }
  | { readonly kind: 'videos'; readonly videoIds: readonly string[] }
  /** Every video that a creator has or once had: too many to name. */
  | { readonly kind: 'videos_of'; readonly creatorId: string }

/** Which creators' numbers a caller may ask for; `null`: anyone's. */
type Allowed = ReadonlySet<string> | null

/**
 * Resolves who is asked about. What is unknown and what is somebody else's is answered alike.
 * @throws HttpProblem `not_found`, `illegal_filter` when nobody is named, `wrong_scope` for a token
 * that names no creator.
 */
export function resolveScope(
  store: ClickhouseStore,
  caller: Caller,
  filter: ReportFilter,
): Promise<Scope> {
  return readScope(store, caller, filter, async (scope) => scope)
}

/**
 * The same, with what `read` finds for whom is asked about. It is read while the catalogue is asked
 * whether there is such a creator; what a caller may not read is not read.
 * @throws HttpProblem as `resolveScope`.
 */
export async function readScope<Found>(
  store: ClickhouseStore,
  caller: Caller,
  filter: ReportFilter,
  read: (scope: Scope) => Promise<Found>,
): Promise<Found> {
  const allowed = allowedOf(caller)
  const { creatorId, videoIds } = filter
  if (creatorId !== null && allowed !== null && !allowed.has(creatorId)) throw notFound()
  if (videoIds !== null) {
    const videos = await readVideosByIds(store, videoIds)
    const mayRead = (video: OwnedVideo): boolean =>
      creatorId === null
        ? allowed === null || allowed.has(video.creatorId)
        : video.creatorId === creatorId
    if (videos.length < videoIds.length || !videos.every(mayRead)) throw notFound()
    return read({ kind: 'videos', videos })
  }
  const chosen = creatorId ?? impliedCreator(caller)
  const [isKnown, found] = await Promise.all([
    caller.creators.has(chosen) || isKnownCreator(store, chosen),
    read({ kind: 'creator', creatorId: chosen }),
  ])
  if (!isKnown) throw notFound()
  return found
}

function allowedOf(caller: Caller): Allowed {
  if (caller.scopes.has(ALL_SCOPE)) return null
  const own = ownCreators(caller)
  if (own.length === 0) {
    throw new HttpProblem('wrong_scope', 'The token has no claim creator with a creator id')
  }
  return new Set(own)
}

function impliedCreator(caller: Caller): string {
  const own = caller.scopes.has(READ_SCOPE) ? ownCreators(caller) : []
  const [only] = own
  if (only !== undefined && own.length === 1) return only
  throw illegalFilter(
    own.length > 1
      ? 'The token reads several creators: choose one with filters=creator==ID'
      : 'This token reads everybody: say whom with filters=creator==ID or filters=video==ID,ID',
  )
}

function ownCreators(caller: Caller): readonly string[] {
  return [...caller.creators].filter(isId)
}

function notFound(): HttpProblem {
  return new HttpProblem('not_found', 'This token reads no such creator or video')
}
