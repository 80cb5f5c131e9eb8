// Logins at the end of a start: who is there, how much they have to see, and a token of each in a file.
import { mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { openClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import type { ClickhouseServer } from '../clickhouse/users.ts'
import { readSecret } from '../runtime/config.ts'
import type { LocalIssuer } from '../runtime/tokens.ts'
import { writeFileWhole } from '../servers/json-file.ts'
import type { Platform } from '../servers/platform.ts'
import type { Login } from './start-table.ts'

const TOKEN_LIFETIME_S = 12 * 3600
const CREATORS_SHOWN = 4
const VIEWERS_SHOWN = 2

/** Somebody who is there, and how many videos or saves they have. */
export interface Sized {
  readonly id: string
  readonly items: number
}

const sizedSchema = z.object({ id: z.string(), items: z.coerce.number() })

/** Those who were there first: of made-up ones the star and the others that have a part to play. */
export async function readCreators(platform: Platform): Promise<readonly Sized[]> {
  await using rollups = openAs(platform, 'rollups', 'reports_reader')
  return rollups.rows(
    sizedSchema,
    `select toString(creator_id) as id, count() as items
    from directory.videos final
    where visibility != 'deleted'
    group by creator_id
    order by creator_id
    limit {most:UInt32}`,
    { most: CREATORS_SHOWN },
  )
}

/**
 * The longest lists among the first ones stored: enough for a look, and cheap however many there
 * are. Only for made-up people: nobody reads a real viewer's list to advertise it.
 */
export async function readViewers(platform: Platform): Promise<readonly Sized[]> {
  await using vault = openAs(platform, 'vault', 'admin')
  return vault.rows(
    sizedSchema,
    `select toString(user_id) as id, count() as items
    from (
      select user_id from vault.saves final where saved order by user_id, video_id limit 100000
    )
    group by user_id
    order by items desc, user_id
    limit {most:UInt32}`,
    { most: VIEWERS_SHOWN },
  )
}

export async function creatorLogin(
  platform: Platform,
  issuer: LocalIssuer,
  { id, items }: Sized,
): Promise<Login> {
  const token = await creatorToken(issuer, id)
  const credentials = keepToken(platform, `creator-${id}`, token)
  return { who: `creator ${id}`, size: `${items} videos`, credentials }
}

export function creatorToken(issuer: LocalIssuer, id: string): Promise<string> {
  const scopes = ['reports:read']
  const subject = `creator-${id}`
  return issuer.sign({ subject, scopes, creators: [id], lifetimeS: TOKEN_LIFETIME_S })
}

export async function viewerLogin(
  platform: Platform,
  issuer: LocalIssuer,
  { id, items }: Sized,
): Promise<Login> {
  const claims = { subject: id, scopes: ['saves:self'], lifetimeS: TOKEN_LIFETIME_S }
  const credentials = keepToken(platform, `viewer-${id}`, await issuer.sign(claims))
  return { who: `viewer ${id}`, size: `${items} saves`, credentials }
}

export function analystLogin(platform: Platform): Login {
  const file = shownPath(platform.passwordFile('rollups', 'analyst'))
  return { who: 'analyst', size: 'SQL', credentials: `password of user analyst in ${file}` }
}

/** Puts a token, too long for a line, into a file of its owner. */
function keepToken({ dataDir }: Platform, name: string, token: string): string {
  const folder = join(dataDir, 'logins')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, name)
  writeFileWhole(file, `${token}\n`)
  return `token (12 h) in ${shownPath(file)}`
}

/** From here, where that is shorter. */
function shownPath(path: string): string {
  const short = relative('.', path)
  return short.startsWith('..') ? path : short
}

/** A server as one of its users. */
export function openAs(
  platform: Platform,
  server: ClickhouseServer,
  user: string,
): ClickhouseStore {
  const { vaultUrl, rollupsUrl } = platform.ground
  return openClickhouseStore({
    url: server === 'vault' ? vaultUrl : rollupsUrl,
    user,
    password: readSecret(`password of ${server} user ${user}`, platform.passwordFile(server, user)),
    application: 'start',
  })
}
