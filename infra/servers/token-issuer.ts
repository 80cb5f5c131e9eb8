// Who signs tokens, as our processes are told: the issuer that was named, else a local one made on first start.
import { ensureIssuerKeys, jwksFile } from '../runtime/local-keys.ts'

export interface IssuerOptions {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl?: string | undefined
  readonly jwksFile?: string | undefined
}

/** Whether tokens are signed by this machine, so that commands and the simulator can make some. */
export function isLocalIssuer(options: IssuerOptions): boolean {
  return options.jwksUrl === undefined && options.jwksFile === undefined
}

/** The AUTH_* variables of a process that checks tokens; makes the local keys where they are needed. */
export async function prepareIssuer(
  dataDir: string,
  options: IssuerOptions,
): Promise<Readonly<Record<string, string>>> {
  const { issuer, audience, jwksUrl } = options
  const names = { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience }
  if (jwksUrl !== undefined) return { ...names, AUTH_JWKS_URL: jwksUrl }
  if (options.jwksFile !== undefined) return { ...names, AUTH_JWKS_FILE: options.jwksFile }
  await ensureIssuerKeys(dataDir)
  return { ...names, AUTH_JWKS_FILE: jwksFile(dataDir) }
}
