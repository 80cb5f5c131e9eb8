// Kills the broker that leads a partition, sees the others take over under load, and brings it back.
import type { KafkaCluster } from '../../support/kafka-cluster.ts'
import { eventually } from '../../support/client.ts'
import type { OwnPlatform } from '../../support/own-platform.ts'
import type { Traffic } from '../../support/careful-client.ts'

export interface UnderLoad {
  readonly cluster: KafkaCluster
  readonly own: OwnPlatform
  readonly traffic: Traffic
}

export interface Recovery {
  readonly killed: string
  /** Until every partition had another leader. */
  readonly leadersMs: number
  /** Until every client had an acknowledgement again, of a request sent to the new leaders. */
  readonly answeredMs: number
  /** From the broker's start until all replicas were in sync. */
  readonly wholeMs: number
}

/**
 * Whose leaders are killed in turn: the coordinator of the group facts first. Each of three brokers
 * also leads a partition of engagement.v1. The sealer dies with the leader of its takeovers.
 */
const targets = [
  ['__consumer_offsets', partitionOfGroup('facts')],
  ['takeovers.v1', 0],
  ['touched.v1', 0],
  ['engagement.v1', 0],
  ['videos.v1', 0],
] as const

/** Where a broker keeps a group, and so who coordinates it: Java's hash of its name. */
function partitionOfGroup(group: string): number {
  let hash = 0
  for (const unit of group) hash = (Math.imul(hash, 31) + (unit.codePointAt(0) ?? 0)) | 0
  return (hash & 0x7fffffff) % 8
}

export async function killLeader(kill: number, under: UnderLoad): Promise<Recovery> {
  const { cluster, own, traffic } = under
  const [topic, partition] = targets[kill % targets.length] ?? targets[0]
  const led = (await cluster.partitions()).find(
    (each) => each.topic === topic && each.partition === partition,
  )
  if (led === undefined) throw new Error(`${topic} ${partition} has no leader`)
  const { leader } = led
  const killedAtMs = Date.now()
  await cluster.kill(leader)
  if (topic === 'takeovers.v1') {
    const sealer = own.platform.processes.get('sealer')?.running ?? null
    if (sealer !== null) process.kill(sealer.pid, 'SIGKILL')
  }
  await eventually('other leaders', async () => {
    const all = await cluster.partitions().catch(() => null)
    const left = all?.filter((each) => each.leader === leader || each.leader < 0).length ?? -1
    return left === 0 ? { found: true } : { seen: left }
  })
  const ledAtMs = Date.now()
  await eventually('an answer to every client', async () => {
    const { sentAtMs } = traffic.journal
    const answered = sentAtMs.filter((atMs) => atMs > ledAtMs).length
    return answered === sentAtMs.length ? { found: true } : { seen: answered }
  })
  const answeredAtMs = Date.now()
  cluster.start(leader)
  await cluster.awaitWhole()
  return {
    killed: `leader of ${topic} ${partition}, broker ${leader}`,
    leadersMs: ledAtMs - killedAtMs,
    answeredMs: answeredAtMs - killedAtMs,
    wholeMs: Date.now() - answeredAtMs,
  }
}
