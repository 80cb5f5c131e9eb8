// An assignment for groups of which one member does all the work: it gets every partition, the others wait.
import { AssignerProtocol } from 'kafkajs'
import type { PartitionAssigner } from 'kafkajs'

const NAME = 'ToOneAssigner'
const VERSION = 0
const NO_DATA = Buffer.alloc(0)

/**
 * Shared out by turns, a spare would hold partitions of some topics and do nothing with them, while
 * who has the others waits for what is in them.
 */
export const assignToOne: PartitionAssigner = ({ cluster }) => ({
  name: NAME,
  version: VERSION,
  async assign({ members, topics }) {
    const [chosen] = members.map(({ memberId }) => memberId).toSorted()
    const all = Object.fromEntries(
      topics.map((topic) => [
        topic,
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId),
      ]),
    )
    return members.map(({ memberId }) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({
        version: VERSION,
        assignment: memberId === chosen ? all : {},
        userData: NO_DATA,
      }),
    }))
  },
  protocol: ({ topics }) => ({
    name: NAME,
    metadata: AssignerProtocol.MemberMetadata.encode({
      version: VERSION,
      topics,
      userData: NO_DATA,
    }),
  }),
})
