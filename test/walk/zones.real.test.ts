// The zones: no credentials of one reach into another, and no user is found where none may be.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { clickhouseUsers } from '#infra/clickhouse/users.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import {
  catalogue,
  eventuallyRows,
  passwordOf,
  platform,
  post,
  store,
  tokens,
} from '../support/outside.ts'
import { createEventMaker, utcDay } from '../support/events.ts'

async function refusalOf(server: 'vault' | 'rollups', user: string, sql: string): Promise<string> {
  await using as = store(server, user)
  try {
    await as.command(sql)
    return 'none'
  } catch (error) {
    return error instanceof PipelineError ? error.code : String(error)
  }
}

async function statusOf(url: string, user: string, password: string): Promise<number> {
  const query = new URLSearchParams({ user, password, query: 'select 1' })
  return (await fetch(`${url}/?${query.toString()}`)).status
}

describe('credentials', () => {
  test('of the rollups open nothing on the vault', async () => {
    for (const { name, server } of clickhouseUsers) {
      if (server !== 'rollups') continue
      const status = await statusOf(platform.vaultUrl, name, passwordOf('rollups', name))
      expect([name, status]).toEqual([name, 403])
    }
  })

  test('nobody gets in without any', async () => {
    for (const url of [platform.vaultUrl, platform.rollupsUrl]) {
      expect((await fetch(`${url}/?query=select+1`)).status).not.toBe(200)
      expect(await statusOf(url, 'default', '')).not.toBe(200)
    }
  })

  test.each([
    ['rollups', 'analyst', 'select * from directory.videos'],
    ['rollups', 'analyst', 'select * from system.parts'],
    ['rollups', 'analyst', 'select * from migrations.applied'],
    ['rollups', 'analyst', `select * from url('http://127.0.0.1', 'CSV', 'a String')`],
    ['rollups', 'analyst', `select * from file('/etc/passwd', 'CSV', 'a String')`],
    ['rollups', 'analyst', 'insert into rollups.videos (video_id) values (1)'],
    ['rollups', 'reports_reader', 'select * from system.query_log'],
    ['rollups', 'reports_reader', 'drop table rollups.videos'],
    ['rollups', 'analyst', 'select * from directory.notifications'],
    ['rollups', 'notifications_writer', 'select * from directory.videos'],
    ['rollups', 'notifications_writer', 'select * from directory.videos_by_creator'],
    ['rollups', 'notifications_writer', 'select * from directory.creators'],
    ['rollups', 'notifications_writer', 'select * from directory.notifications_by_video'],
    ['rollups', 'notifications_writer', 'select * from rollups.video_days'],
    ['rollups', 'notifications_writer', 'select * from rollups.generations'],
    ['rollups', 'notifications_writer', 'select * from system.parts'],
    ['rollups', 'notifications_writer', 'insert into directory.videos (video_id) values (1)'],
    ['rollups', 'notifications_writer', 'insert into rollups.videos (video_id) values (1)'],
    ['rollups', 'notifications_writer', 'drop table directory.notifications'],
    ['rollups', 'reports_reader', 'insert into directory.notifications (video_id) values (1)'],
    ['vault', 'saves_reader', 'select * from vault.saves'],
    ['vault', 'saves_reader', 'select * from vault.facts'],
    ['vault', 'facts_writer', 'select * from vault.facts'],
    ['vault', 'sealer', 'select * from vault.saves'],
    ['vault', 'saves_writer', 'select * from vault.facts'],
    ['vault', 'auditor', 'select * from vault.saves'],
    ['vault', 'auditor', 'insert into vault.facts (slot) values (0)'],
    ['vault', 'auditor', 'create temporary table mine (id UInt64)'],
    ['vault', 'replayer', 'select * from vault.saves'],
    ['vault', 'replayer', 'select * from vault.people'],
    ['vault', 'replayer', 'insert into vault.fact_days (day) values (0)'],
    ['vault', 'replayer', 'drop table vault.facts'],
    ['vault', 'auditor', 'select * from vault.erasing_people'],
    ['vault', 'eraser', 'select * from vault.saves'],
    ['vault', 'eraser', 'select type from vault.facts'],
    ['vault', 'eraser', 'select occurred_at from vault.facts'],
    ['vault', 'eraser', 'select total from vault.people'],
    ['vault', 'eraser', 'select * from vault.residue'],
    ['vault', 'eraser', 'insert into vault.facts (slot) values (0)'],
    ['vault', 'eraser', 'delete from vault.facts where slot = 0'],
    ['rollups', 'auditor', 'select * from directory.videos'],
    ['rollups', 'auditor', 'insert into rollups.videos (video_id) values (1)'],
  ] as const)('%s %s may not: %s', async (server, user, sql) => {
    expect(
      await refusalOf(server, user, `${sql} ${sql.startsWith('select') ? 'format Null' : ''}`),
    ).toBe('store_refused')
  })

  test('the analyst reads what is published', async () => {
    expect(
      await refusalOf('rollups', 'analyst', 'select * from rollups.video_quarters format Null'),
    ).toBe('none')
  })
})

describe('facts', () => {
  test('hold no user id, in any column', async () => {
    const nowMs = Date.now()
    const user = 820_555_000_111n
    const video = 8_200_011
    const { make } = createEventMaker(20)
    await catalogue('820001', [String(video)])
    const place = { user: String(user), video, creator: 820_001, atMs: nowMs - 500 }
    await post([make('view', place), make('like', place), make('save', place)])
    const query = { metrics: 'views,likes', start_date: utcDay(nowMs), end_date: utcDay(nowMs) }
    await eventuallyRows(await tokens.creator('820001'), query, [[1, 1]])

    await using vault = store('vault', 'admin')
    const columns = await vault.rows(
      z.object({ name: z.string() }),
      `select name from system.columns where database = 'vault' and table = 'facts'`,
    )
    expect(columns.length).toBeGreaterThan(10)
    const anyColumn = columns.map(({ name }) => `toString(${name}) like '%${user}%'`).join(' or ')
    const [found] = await vault.rows(
      z.object({ rows: z.number(), with_user: z.number() }),
      `select toUInt32(count()) as rows, toUInt32(countIf(${anyColumn})) as with_user
       from vault.facts where video_id = ${video}`,
    )
    expect(found).toEqual({ rows: 3, with_user: 0 })
  })

  test('give the same person on two videos two pseudonyms', async () => {
    const nowMs = Date.now()
    const { make } = createEventMaker(21)
    const videos = [8_200_021, 8_200_022]
    await catalogue('820002', videos.map(String))
    const events = videos.flatMap((video) =>
      [0, 1].map((second) =>
        make('view', { user: 77, video, creator: 820_002, atMs: nowMs - second * 1000 }),
      ),
    )
    await post(events)
    const query = {
      metrics: 'views',
      start_date: utcDay(nowMs - 86_400_000),
      end_date: utcDay(nowMs),
    }
    await eventuallyRows(await tokens.creator('820002'), query, [[4]])
    await using vault = store('vault', 'admin')
    const people = await vault.rows(
      z.object({ video: z.string(), people: z.number() }),
      `select toString(video_id) as video, toUInt32(uniqExact(person)) as people
       from vault.facts where video_id in (${videos.join(', ')}) group by video_id order by video_id`,
    )
    expect(people.map(({ people: count }) => count)).toEqual([1, 1])
    const [distinct] = await vault.rows(
      z.object({ people: z.number() }),
      `select toUInt32(uniqExact(person)) as people from vault.facts
       where video_id in (${videos.join(', ')})`,
    )
    expect(distinct?.people).toBe(2)
  })
})
