// What commands ask the running reports service with: published numbers of any creator or video, as analysts see them.
import { existsSync } from 'node:fs'
import { z } from 'zod'
import { createApiClient } from '#infra/runtime/api-client.ts'
import type { Config } from '#infra/runtime/config.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { issuerKeyFile } from '#infra/runtime/local-keys.ts'
import { openLocalIssuer } from '#infra/runtime/tokens.ts'
import { readPlatformState } from '#infra/servers/platform-state.ts'

export interface ReportsClient {
  /** The body of a good answer. @throws Error with what the service, or its absence, says. */
  ask(path: string): Promise<string>
}

const TOKEN_LIFETIME_S = 3600
const PATIENCE_MS = 3000

const problemSchema = z.object({ code: z.string(), detail: z.string() })

/** Opens a client of the service at `givenUrl`, or else of the local platform. */
export async function openReportsClient(
  config: Config<'common' | 'platform'>,
  givenUrl: string | undefined,
): Promise<ReportsClient> {
  const url = givenUrl ?? localUrl(config)
  const token = await signToken(config)
  const client = createApiClient({ url, token: async () => token, patienceMs: PATIENCE_MS })
  return {
    async ask(path) {
      try {
        const { status, text } = await client.send({ method: 'GET', path })
        if (status === 200) return text
        const { code, detail } = problemSchema.parse(JSON.parse(text))
        throw new Error(`${code}: ${detail}`)
      } catch (error) {
        if (!(error instanceof PipelineError)) throw error
        throw new Error(
          `No reports service answers at ${url}. Start the platform with \`npm start\`, ` +
            'or name another service with --url.',
          { cause: error },
        )
      }
    },
  }
}

/** The port that the running platform took, else the one that is configured. */
function localUrl({ common, platform }: Config<'common' | 'platform'>): string {
  const state = readPlatformState(common.KEEPSAKE_DATA_DIR)
  const reports = state?.processes.find(({ name }) => name === 'reports')
  return `http://127.0.0.1:${reports?.port ?? platform.REPORTS_PORT}`
}

async function signToken({ common, platform }: Config<'common' | 'platform'>): Promise<string> {
  const keyFile = issuerKeyFile(common.KEEPSAKE_DATA_DIR)
  if (!existsSync(keyFile)) {
    throw new Error(
      `There is no key to sign a token with in ${common.KEEPSAKE_DATA_DIR}. ` +
        'Start the platform once with `npm start`, or set KEEPSAKE_DATA_DIR to its folder.',
    )
  }
  const issuer = await openLocalIssuer({
    keyFile,
    issuer: platform.AUTH_ISSUER,
    audience: platform.AUTH_AUDIENCE,
  })
  const scopes = ['reports:all']
  return issuer.sign({ subject: 'keepsake', scopes, lifetimeS: TOKEN_LIFETIME_S })
}
