// What the drill asks of a platform that it has started itself: events in, lists and numbers out.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { openClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import { issuerKeyFile, noiseKeysDir } from '#infra/runtime/local-keys.ts'
import { createLog } from '#infra/runtime/log.ts'
import { openLocalIssuer } from '#infra/runtime/tokens.ts'
import type { PlatformState } from '#infra/servers/platform-state.ts'
import { call } from '../../support/client.ts'
import type { Answer, Json } from '../../support/client.ts'
import { readDecisions } from '../../support/decisions.ts'
import { openClickhouse } from '../clickhouse.ts'
import type { SealSources } from '../seal-sources.ts'

export interface Client {
  /** @param publishedMs its leaves begin with that hour. */
  putVideo(videoId: number, creatorId: string, publishedMs: number): Promise<void>
  /** Holds the leaves of a creator's videos. @returns what ends it. */
  hold(creatorId: string): Promise<() => Promise<void>>
  /** What guarded leaves are held against. */
  readonly sealSources: SealSources
  /** Of the local broker. */
  openLog(): EventLog
  /** Posts events in requests of 200; resolves once all are acknowledged. */
  post(events: readonly Json[]): Promise<void>
  report(creatorId: string, query: Readonly<Record<string, string>>): Promise<Answer>
  /** The videos that a viewer has saved, ascending. */
  savedBy(userId: number): Promise<readonly string[]>
  /** Rows of one text column, read as admin. */
  texts(server: 'vault' | 'rollups', sql: string): Promise<readonly string[]>
}

const REQUEST_EVENTS = 200

export async function openClient(dataDir: string, state: PlatformState): Promise<Client> {
  const issuer = await openLocalIssuer({
    keyFile: issuerKeyFile(dataDir),
    issuer: 'keepsake-local',
    audience: 'keepsake',
  })
  const token = (subject: string, scope: string, creators: readonly string[] = []) =>
    issuer.sign({ subject, scopes: [scope], creators, lifetimeS: 600 })
  const openLog = (): EventLog =>
    openKafkaEventLog({
      log: createLog({ name: 'test', level: 'silent' }),
      clientId: 'test',
      brokers: [state.kafka_brokers],
    })
  const at = (port: string, path: string): string => `http://127.0.0.1:${state.ports[port]}${path}`
  const accepted = (answer: Answer): void => {
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text.slice(0, 300)}`)
  }
  return {
    async putVideo(videoId, creatorId, publishedMs) {
      const body = {
        creator_id: creatorId,
        published_at: new Date(publishedMs).toISOString(),
        duration_ms: 9000,
        title: `video ${videoId}`,
      }
      const options = { token: await token('drill', 'videos:write'), body }
      accepted(await call('PUT', at('collector', `/v1/videos/${videoId}`), options))
    },
    async hold(creatorId) {
      const backfiller = await token('drill', 'events:backfill')
      const scope = { from: '1970-01-02T00:00:00Z', to: '2100-01-01T00:00:00Z' }
      const options = { token: backfiller, body: { ...scope, creators: [creatorId] } }
      const opened = await call('POST', at('collector', '/v1/imports'), options)
      accepted(opened)
      const path = `/v1/imports/${String(opened.body['import_id'])}`
      return async () =>
        accepted(await call('DELETE', at('collector', path), { token: backfiller }))
    },
    sealSources: {
      vault: openClickhouse(state.vault_url, dataDir, 'vault'),
      rollups: openClickhouse(state.rollups_url, dataDir, 'rollups'),
      noiseKeys: noiseKeysDir(dataDir),
      async decisions() {
        await using eventLog = openLog()
        return await readDecisions(eventLog)
      },
    },
    openLog,
    async post(events) {
      const writer = await token('drill', 'events:write')
      for (let from = 0; from < events.length; from += REQUEST_EVENTS) {
        const some = events.slice(from, from + REQUEST_EVENTS)
        const options = { token: writer, body: { events: some } }
        const answer = await call('POST', at('collector', '/v1/events'), options)
        accepted(answer)
        if (answer.body['accepted'] !== some.length) throw new Error(answer.text.slice(0, 300))
      }
    },
    async report(creatorId, query) {
      const url = at('reports', `/v1/reports?${new URLSearchParams(query).toString()}`)
      return call('GET', url, { token: await token('creator', 'reports:read', [creatorId]) })
    },
    async savedBy(userId) {
      const url = at('saves', '/v1/me/saves?limit=200')
      const answer = await call('GET', url, { token: await token(String(userId), 'saves:self') })
      accepted(answer)
      const list = z.object({ saves: z.array(z.object({ video_id: z.string() })) })
      return list
        .parse(answer.body)
        .saves.map(({ video_id }) => video_id)
        .toSorted()
    },
    async texts(server, sql) {
      await using store = openClickhouseStore({
        url: server === 'vault' ? state.vault_url : state.rollups_url,
        user: 'admin',
        password: readFileSync(join(dataDir, 'secrets', `${server}-admin`), 'utf8').trim(),
        application: 'test',
      })
      const rows = await store.rows(z.object({ text: z.string() }), sql)
      return rows.map(({ text }) => text)
    },
  }
}
