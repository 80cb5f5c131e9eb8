// Whether what is set can be read, means something, and is what the running platform was started with.
import type { PlatformState } from '../servers/platform-state.ts'
import { fault, ok, warning } from './finding.ts'
import type { Verdict } from './finding.ts'

export interface Configuration {
  /** `VARIABLE: what is wrong`, one each. */
  readonly faults: readonly string[]
  /** Variables that `.env` sets. */
  readonly inFile: readonly string[]
  readonly known: ReadonlySet<string>
  /** Addresses that variables name, by variable; unset ones are left out. */
  readonly addresses: Readonly<Record<string, string>>
  readonly state: PlatformState | null
}

export function judgeConfiguration(configuration: Configuration): readonly Verdict[] {
  const { faults, inFile, known, addresses, state } = configuration
  const strange = inFile.filter((name) => !known.has(name))
  const verdicts = [
    ...faults.map((each) =>
      fault(each, 'Correct it in .env or in the environment; .env.example lists what is allowed.'),
    ),
    ...strange.map((name) =>
      warning(
        `${name} in .env is read by nothing`,
        `${likeness(name, known)}Correct its name, or remove it.`,
      ),
    ),
    ...(state === null ? [] : judgeDrift(addresses, state)),
  ]
  if (verdicts.length > 0) return verdicts
  const names = Object.keys(addresses)
  const from = names.length === 0 ? 'no server is named by variables' : `set: ${names.join(', ')}`
  return [ok(`every variable can be read; ${from}`)]
}

/** A start reads its variables once; what was changed since has no effect yet. */
function judgeDrift(
  addresses: Configuration['addresses'],
  state: PlatformState,
): readonly Verdict[] {
  const running: Readonly<Record<string, string>> = {
    KAFKA_BROKERS: state.kafka_brokers,
    VAULT_URL: state.vault_url,
    ROLLUPS_URL: state.rollups_url,
  }
  return Object.entries(addresses).flatMap(([name, address]) =>
    running[name] === undefined || running[name] === address
      ? []
      : [
          warning(
            `${name} is ${address}, and the running platform uses ${running[name]}`,
            'Restart the platform for it to take effect.',
          ),
        ],
  )
}

/** The known name that shares the longest beginning, where it is long enough to be meant. */
function likeness(name: string, known: ReadonlySet<string>): string {
  const shared = (other: string): number => {
    let length = 0
    while (length < name.length && name[length] === other[length]) length += 1
    return length
  }
  const [best] = [...known].toSorted((a, b) => shared(b) - shared(a))
  const isMeant = best !== undefined && shared(best) * 2 > name.length
  return isMeant ? `Is ${best} meant? ` : ''
}
