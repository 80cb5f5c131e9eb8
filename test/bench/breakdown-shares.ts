// `node test/bench/breakdown-shares.ts`: how far breakdowns of a running platform are from the truth, which its vault knows.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { openClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { runCommand } from '#infra/cli/command.ts'
import { inheritedEnvironment, readConfig } from '#infra/runtime/config.ts'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import { breakdownValues, placesOfCodes } from '#schemas/breakdowns.ts'
import type { BreakdownDimension } from '#schemas/breakdowns.ts'

const help = `usage: node test/bench/breakdown-shares.ts [--least N] [--most N] [--metric M] [--pools]

Of the platform that runs on KEEPSAKE_DATA_DIR, with the history of its simulator sealed:
asks \`keepsake query\` for people by region, age band and traffic source of every video that
has so many of them, and holds the shares against exact counts of its vault, which nobody
else may read. Prints how many of the people are in rows of their own, and how many points a
share is off, at the median and at most.
  --least N    people of a video, default 800
  --most N     default 1250
  --metric M   viewers (default), likers, saves or shares
  --pools      of creators whose videos all have fewer than 100 of them instead
`

const dimensions = [
  'region',
  'age_band',
  'traffic_source',
] as const satisfies readonly BreakdownDimension[]
const bits = { region: [13, 8], age_band: [10, 3], traffic_source: [3, 5] } as const

const subjectSchema = z.object({ id: z.string(), people: z.coerce.number() })
const truthSchema = z.object({ code: z.coerce.number(), people: z.coerce.number() })
const answerSchema = z.object({
  rows: z.array(z.tuple([z.string(), z.number().nullable()])),
})

await runCommand(help, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      least: { type: 'string', default: '800' },
      most: { type: 'string', default: '1250' },
      metric: { type: 'string', default: 'viewers' },
      pools: { type: 'boolean', default: false },
    },
  })
  const { KEEPSAKE_DATA_DIR: dataDir } = readConfig(['common']).common
  const state = readPlatformState(dataDir)
  if (state === null) throw new Error(`no platform runs on ${dataDir}`)
  await using vault = openClickhouseStore({
    url: `http://127.0.0.1:${String(state.ports['vault'])}`,
    user: 'admin',
    password: readFileSync(join(dataDir, 'secrets', 'vault-admin'), 'utf8').trim(),
    application: 'breakdown-shares',
  })
  const scope = values.pools ? 'creator' : 'video'
  const range = values.pools
    ? { least: 200, most: 1e9 }
    : { least: Number(values.least), most: Number(values.most) }
  const subjects = await readSubjects(vault, scope, { metric: values.metric, ...range })
  process.stdout.write(
    `${subjects.length} ${scope}s with ${range.least} to ${range.most} ${values.metric}\n`,
  )
  for (const dimension of dimensions) {
    const off: number[] = []
    let answered = 0
    let [inRows, inAll] = [0, 0]
    for (const { id } of subjects) {
      const truth = await readTruth(vault, scope, { id, metric: values.metric, dimension })
      const answer = await ask(scope, { id, metric: values.metric, dimension })
      const told = answer.rows.filter(([value]) => value !== 'not_yet')
      const all = told.reduce((sum, [, people]) => sum + (people ?? 0), 0)
      const allTrue = [...truth.values()].reduce((sum, people) => sum + people, 0)
      for (const [value, people] of told) {
        if (value === 'rest' || people === null || all === 0) continue
        off.push(Math.abs(people / all - (truth.get(value) ?? 0) / allTrue) * 100)
        inRows += truth.get(value) ?? 0
      }
      if (told.length > 0) {
        answered += 1
        inAll += allTrue
      }
    }
    off.sort((a, b) => a - b)
    const at = (part: number): string =>
      (off[Math.floor((off.length - 1) * part)] ?? NaN).toFixed(2)
    process.stdout.write(
      `${dimension.padEnd(15)} ${answered} told, ${Math.round((100 * inRows) / inAll)} % of people in rows of their own, ` +
        `${off.length} shares: off by ${at(0.5)} points at the median, ${at(0.95)} of 95 %, ${at(1)} at most\n`,
    )
  }
})

interface Wanted {
  readonly metric: string
  readonly least: number
  readonly most: number
}

/** Videos by their people, or creators none of whose videos has a hundred. */
async function readSubjects(
  vault: ClickhouseStore,
  scope: 'video' | 'creator',
  { metric, least, most }: Wanted,
): Promise<readonly z.infer<typeof subjectSchema>[]> {
  return vault.rows(
    subjectSchema,
    `select toString(${scope}_id) as id, sum(own) as people from (
       select creator_id, video_id, uniqExact(person) as own
       from vault.people inner join vault.attribution using (video_id)
       where metric = {metric:String} and visibility = 'public' group by creator_id, video_id
     )
     group by ${scope}_id
     having people between {least:UInt32} and {most:UInt32} ${scope === 'creator' ? 'and max(own) < 100' : ''}
     order by id limit 40`,
    { metric, least, most },
  )
}

async function readTruth(
  vault: ClickhouseStore,
  scope: 'video' | 'creator',
  { id, metric, dimension }: Asked,
): Promise<ReadonlyMap<string, number>> {
  const [shift, width] = bits[dimension]
  const rows = await vault.rows(
    truthSchema,
    `select bitAnd(bitShiftRight(first, ${shift}), ${2 ** width - 1}) as code, count() as people
     from (
       select video_id, person, min(dims) as first from vault.people
       where metric = {metric:String}
         and video_id in (select video_id from vault.attribution where ${scope}_id = {id:UInt64})
       group by video_id, person
     )
     group by code`,
    { metric, id },
  )
  const truth = new Map<string, number>()
  for (const { code, people } of rows) {
    const value = breakdownValues[dimension][placesOfCodes[dimension][code] ?? -1] ?? '?'
    truth.set(value, (truth.get(value) ?? 0) + people)
  }
  return truth
}

interface Asked {
  readonly id: string
  readonly metric: string
  readonly dimension: (typeof dimensions)[number]
}

async function ask(
  scope: 'video' | 'creator',
  { id, metric, dimension }: Asked,
): Promise<z.infer<typeof answerSchema>> {
  const program = fileURLToPath(new URL('../../infra/cli/keepsake.ts', import.meta.url))
  const words = ['query', '--metrics', metric, '--dimensions', dimension, `--${scope}`, id]
  const child = spawn(process.execPath, [program, ...words, '--last', '90d', '--format', 'json'], {
    env: {
      ...inheritedEnvironment(),
      KEEPSAKE_DATA_DIR: readConfig(['common']).common.KEEPSAKE_DATA_DIR,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const text = textOf(child.stdout)
  await once(child, 'close')
  return answerSchema.parse(JSON.parse(await text))
}
