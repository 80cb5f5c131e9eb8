// `keepsake token`: prints a bearer token of the local issuer, for trying things out on a laptop.
import { parseArgs } from 'node:util'
import { isId } from '#schemas/ids.ts'
import { readConfig } from '../../runtime/config.ts'
import { openLocalIssuer } from '../../runtime/tokens.ts'
import type { LocalClaims } from '../../runtime/tokens.ts'
import { issuerKeyFile, ensureIssuerKeys } from '../../runtime/local-keys.ts'
import { runCommand, UsageError } from '../command.ts'

const help = `usage: npm run -s keepsake -- token (--service NAME | --user ID | --creator ID) [--scope SCOPE]...

Prints a token that is good for 12 hours.
  --service NAME   a service of the platform; needs --scope
  --user ID        a viewer; scope saves:self unless another is given
  --creator ID     a creator; scope reports:read unless another is given
  --scope SCOPE    may be repeated: events:write events:backfill videos:write videos:transfer
                   saves:self reports:read reports:all
`

const LIFETIME_S = 12 * 3600

await runCommand(help, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      service: { type: 'string' },
      user: { type: 'string' },
      creator: { type: 'string' },
      scope: { type: 'string', multiple: true },
    },
  })
  const claims = claimsOf(values)
  const { common, platform } = readConfig(['common', 'platform'])
  await ensureIssuerKeys(common.KEEPSAKE_DATA_DIR)
  const issuer = await openLocalIssuer({
    keyFile: issuerKeyFile(common.KEEPSAKE_DATA_DIR),
    issuer: platform.AUTH_ISSUER,
    audience: platform.AUTH_AUDIENCE,
  })
  process.stdout.write(`${await issuer.sign(claims)}\n`)
})

interface Options {
  readonly service?: string | undefined
  readonly user?: string | undefined
  readonly creator?: string | undefined
  readonly scope?: readonly string[] | undefined
}

function claimsOf({ service, user, creator, scope }: Options): LocalClaims {
  const given = [service, user, creator].filter((each) => each !== undefined)
  if (given.length !== 1) throw new UsageError('name one of --service, --user, --creator')
  if (service !== undefined) {
    if (scope === undefined) throw new UsageError('a service needs at least one --scope')
    return { subject: service, scopes: scope, lifetimeS: LIFETIME_S }
  }
  const id = user ?? creator ?? ''
  if (!isId(id)) throw new UsageError('an ID is a decimal number of 1 to 2^63-1')
  if (user !== undefined) {
    return { subject: id, scopes: scope ?? ['saves:self'], lifetimeS: LIFETIME_S }
  }
  return {
    subject: `creator-${id}`,
    scopes: scope ?? ['reports:read'],
    creators: [id],
    lifetimeS: LIFETIME_S,
  }
}
