// Whether the vault answers, asked only when somebody wants to know: an idle process does nothing.
import type { Readiness } from '#infra/runtime/ops-server.ts'

export interface VaultHealth {
  /** The last known state; asks again in the background unless one asking is under way. */
  readonly readiness: () => Readiness
}

/** `probe` resolves when the vault answers. */
export function createVaultHealth(probe: () => Promise<void>): VaultHealth {
  let answers = false
  let asking = false
  const ask = async (): Promise<void> => {
    asking = true
    try {
      await probe()
      answers = true
    } catch {
      answers = false
    }
    asking = false
  }
  void ask()
  return {
    readiness() {
      if (!asking) void ask()
      return answers ? { ready: true } : { ready: false, why: 'the vault does not answer' }
    },
  }
}
