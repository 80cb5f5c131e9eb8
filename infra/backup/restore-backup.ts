// Restores a backup: consumers go back first, tables are replaced, and what they say too much is taken back; a restore that was killed is run again.
import { topics } from '#schemas/topics.ts'
import { markFinished, markUnfinished } from '../clickhouse/unfinished-restore.ts'
import { bytesText } from '../servers/disk-use.ts'
import { databases, restoredInOrder } from './archives.ts'
import type { Surroundings } from './connections.ts'
import { openDiskPlace, openFolderPlace } from './place.ts'
import type { RestorePlan, RestoreWish } from './restore-plan.ts'
import { runOnServer } from './server-work.ts'
import { settle } from './settle.ts'
import { appendTouchedAgain } from './touched-again.ts'

/**
 * Does what was planned. From the first step to the last the servers bear a mark by which no process
 * is started on them, so that half a restore cannot be taken for a whole one.
 * @throws PipelineError; to be mended by running it again.
 */
export async function restoreBackup(
  { folder, manifest }: RestoreWish,
  plan: RestorePlan,
  around: Surroundings,
): Promise<void> {
  const { dataDir, clock, connections, step } = around
  const { eventLog, stores } = connections
  const { restored } = plan
  for (const part of restored) await markUnfinished(stores[part])

  // Before the tables: a consumer that reads too much again does no harm, one that skips does.
  await step('setting consumers back', async () => {
    const touched =
      plan.touchedAgain === null
        ? []
        : [await appendTouchedAgain(plan.touchedAgain, { eventLog, clock })]
    const positions = [...plan.positions, ...touched]
    for (const [group, some] of Map.groupBy(positions, (each) => each.group)) {
      await eventLog.setCommitted(group, some)
    }
  })

  for (const part of restored) {
    for (const name of databases[part]) {
      await stores[part].command(`drop database if exists ${name} sync`)
    }
  }
  using place =
    manifest.disk === null
      ? openFolderPlace(dataDir, folder)
      : openDiskPlace(manifest.disk, manifest.disk_folder ?? '')
  for (const { name, server } of restoredInOrder(restored)) {
    const all = manifest.archives.find((each) => each.name === name)?.bytes ?? 0
    await step(`restoring ${name}`, (tell) =>
      runOnServer(`restore all from ${place.locationOf(name)}`, {
        store: stores[server],
        clock,
        tell: (done) => tell(`${bytesText(done)} of ${bytesText(all)}`),
      }),
    )
  }
  await settle({
    restored,
    stores,
    lastGeneration: manifest.last_generation,
    videosFrom: lowestOf(plan, topics.videos.name),
    touchedIsMissing: plan.touchedIsMissing,
  })
  for (const part of restored) await markFinished(stores[part])
}

function lowestOf({ positions }: RestorePlan, topic: string): bigint {
  const offsets = positions.filter((each) => each.topic === topic).map(({ offset }) => offset)
  return offsets.reduce((lowest, each) => (each < lowest ? each : lowest), offsets[0] ?? 0n)
}
