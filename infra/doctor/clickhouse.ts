// Whether a ClickHouse server is what the platform needs: new enough, with its tables, and open to each user's password.
import type { MigrationState } from '../clickhouse/migrate.ts'
import type { ClickhouseServer } from '../clickhouse/users.ts'
import { images } from '../servers/containers.ts'
import { fault, ok, warning } from './finding.ts'
import type { Verdict } from './finding.ts'

/** Year and release that keepsake is tested with. */
const TESTED = images.clickhouse.split(':')[1] ?? ''
const YEAR_MIN = 26

export interface ServerLook {
  readonly server: ClickhouseServer
  readonly url: string
  readonly version: string
  /** Users that were not let in with the password in their file. */
  readonly refused: readonly string[]
  readonly usersTried: number
  readonly migrations: MigrationState
  /** Whether it is someone else's. */
  readonly isGiven: boolean
}

/** What to do about a password that a server does not take. */
export function passwordRemedy(isGiven: boolean): string {
  return isGiven
    ? 'Put the right one into that file, or give the user on the server the one in the file.'
    : 'Stop keepsake and start it again: a start gives each user the password of its file.'
}

export function judgeServer(look: ServerLook): readonly Verdict[] {
  const { server, refused, usersTried } = look
  return [
    judgeVersion(look),
    ...refused.map((user) =>
      fault(
        `user ${user} is refused with the password in secrets/${server}-${user}`,
        passwordRemedy(look.isGiven),
      ),
    ),
    ...(refused.length === 0 ? [ok(`all ${usersTried} users are let in by their passwords`)] : []),
    ...judgeMigrations(look),
  ]
}

function judgeVersion({ url, version }: ServerLook): Verdict {
  const [year = '', release = ''] = version.split('.')
  const is = `${url}, ClickHouse ${version}`
  const upgrade = `Upgrade it to ${TESTED}, which keepsake is tested with.`
  if (Number(year) < YEAR_MIN)
    return fault(`${is} is too old: ${YEAR_MIN} or newer is needed`, upgrade)
  if (`${year}.${release}` === TESTED) return ok(is)
  return warning(`${is} is not the ${TESTED} that keepsake is tested with`, upgrade)
}

function judgeMigrations({ server, migrations }: ServerLook): readonly Verdict[] {
  const { missing, changed, unknown } = migrations
  const list = (names: readonly string[]): string => names.join(', ')
  const verdicts = [
    ...(missing.length === 0
      ? []
      : [
          fault(
            `its tables lack ${missing.length} migration(s): ${list(missing)}`,
            'Stop keepsake and start it again: npm start applies them.',
          ),
        ]),
    ...(changed.length === 0
      ? []
      : [
          fault(
            `migrations were changed after they had been applied here: ${list(changed)}`,
            `Restore the files in infra/clickhouse/migrations/${server}.`,
          ),
        ]),
    ...(unknown.length === 0
      ? []
      : [
          warning(
            `its tables are of a newer keepsake than this one: ${list(unknown)}`,
            'Run the newer one here.',
          ),
        ]),
  ]
  return verdicts.length > 0 ? verdicts : [ok('its tables are those of this keepsake')]
}
