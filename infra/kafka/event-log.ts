// The port to the event log: what keepsake needs of Kafka, and the promises that an adapter keeps.

/** One record as read. */
export interface LogRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Broker's time of append, ms since 1970. */
  readonly appendedAtMs: number
  readonly key: Buffer | null
  /** Null: a tombstone of a compacted topic. */
  readonly value: Buffer | null
}

export interface NewRecord {
  readonly key?: string | Buffer
  readonly value: Buffer | null
}

/** Next offset to read of a partition. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** One partition's records in order, as handed to a consumer. Records are never empty. */
export interface RecordBatch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly LogRecord[]
  /** Offset after the last record, control records and compacted ones included. */
  readonly nextOffset: bigint
  /** Whether the partition is still ours: after every await, before anything is committed. */
  readonly isStale: () => boolean
  /** Keeps the membership of the group alive while work takes long. */
  readonly heartbeat: () => Promise<void>
}

export interface ConsumerOptions {
  readonly group: string
  readonly topics: readonly string[]
  /**
   * Takes a batch over: when it resolves, reading goes on after it; offsets are committed only by
   * `commit`. A rejection reads the batch again.
   */
  readonly take: (batch: RecordBatch) => Promise<void>
  /**
   * Called when a partition was read up to, not with, an offset, and there was nothing to hand over:
   * ends of transactions, and what was given up within them.
   */
  readonly onPassed?: (position: Position) => void
  /** Called when partitions come or go: what was taken and not committed may be read by another. */
  readonly onAssignment?: (partitions: readonly { topic: string; partition: number }[]) => void
  /** Called when the consumer gave up for good; the process has to end and start again. */
  readonly onCrash: (error: Error) => void
  /** Gives one member of the group every partition of every topic, and the others none. */
  readonly toOne?: boolean
  /** Longest wait of the broker for new records, in ms. */
  readonly maxWaitMs?: number
}

export interface LogConsumer extends AsyncDisposable {
  /** Commits next offsets. @throws PipelineError `stale_assignment` when the group moved on. */
  commit(positions: readonly Position[]): Promise<void>
}

export interface LogProducer extends AsyncDisposable {
  /**
   * Appends records in order to one partition and resolves once all in-sync replicas have them; many
   * bytes go in several sends. One partition
   * a call, since a send that spans partitions can lose acknowledged records when a broker dies.
   * A repeat after a doubt may append twice: every consumer is exact by key.
   * @throws PipelineError `log_unreachable` (try again) or `log_refused`.
   */
  append(topic: string, partition: number, records: readonly NewRecord[]): Promise<void>
  /** Number of partitions of a topic, read once. */
  partitionsOf(topic: string): Promise<number>
}

/** A producer that only one process can be: an older one of the same name is refused by the broker. */
export interface FencedProducer extends AsyncDisposable {
  /**
   * Appends records in order within one transaction: all of them, or none. After a failure it is not
   * known which. @returns the first record's offset. @throws PipelineError `fenced`.
   */
  append(topic: string, partition: number, records: readonly NewRecord[]): Promise<bigint>
}

export interface PartitionOffsets {
  readonly partition: number
  /** First offset still kept. */
  readonly low: bigint
  /** Offset that the next record will get. */
  readonly high: bigint
}

/** Offsets of a partition from `from` up to, not with, `to`. */
export interface OffsetRange {
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
}

export interface RangeReadOptions {
  readonly topic: string
  /** At most one a partition. What retention has taken of them is passed over. */
  readonly ranges: readonly OffsetRange[]
  /** Takes records in the order of their partition, none outside of the ranges; a rejection ends the reading. */
  readonly take: (
    records: readonly LogRecord[],
    /** To be called now and then while taking them takes long. */
    heartbeat: () => Promise<void>,
  ) => Promise<void>
  /** Ends the reading early, after the batch that is being taken. */
  readonly stop: AbortSignal
}

export interface EventLog extends AsyncDisposable {
  openProducer(): Promise<LogProducer>
  openFencedProducer(transactionalId: string): Promise<FencedProducer>
  openConsumer(options: ConsumerOptions): Promise<LogConsumer>
  /**
   * Reads what the log has in the ranges, committed records only, and resolves at their ends. It
   * belongs to no group that others are in, commits nothing and leaves nothing behind at the broker.
   * @throws PipelineError of the log, or what `take` has thrown.
   */
  readRanges(options: RangeReadOptions): Promise<void>
  offsetsOf(topic: string): Promise<readonly PartitionOffsets[]>
  /** By partition the first offset that is stamped `ms` or later; the end of one that has none. */
  offsetsSince(topic: string, ms: number): Promise<ReadonlyMap<number, bigint>>
  /** Committed next offsets of a group by partition; a partition without one is left out. */
  committedOf(group: string, topic: string): Promise<ReadonlyMap<number, bigint>>
  /** Whether any process reads for a group now; one that was killed is a member for ten seconds more. */
  hasMembers(group: string): Promise<boolean>
  /** Sets a group's committed next offsets, back or ahead. @throws PipelineError `log_refused` while it has members. */
  setCommitted(group: string, positions: readonly Position[]): Promise<void>
  /** The cluster, and those of `topics` that are there; changes nothing. */
  describe(topics: readonly string[]): Promise<ClusterDescription>
  /** Whether a topic holds records that are stamped `ms` or later. */
  hasRecordsSince(topic: string, ms: number): Promise<boolean>
  /** Makes the topics that are missing. @throws PipelineError `setup_failed` where one differs. */
  createTopics(topics: readonly TopicToCreate[]): Promise<readonly string[]>
}

export interface TopicToCreate {
  readonly name: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

export interface ClusterDescription {
  readonly brokers: number
  /** Release that brokers speak among each other, told by those before 4.0 only. */
  readonly protocolVersion: string | null
  /** Replication that internal topics are made with, by the setting that says so. */
  readonly internalReplication: Readonly<Record<string, number>>
  readonly topics: ReadonlyMap<string, TopicDescription>
}

export interface TopicDescription {
  readonly partitions: number
  /** Replicas of the partition that has the fewest. */
  readonly replication: number
  /** Partitions that nobody leads: they can be neither read nor written. */
  readonly leaderless: number
  /** Partitions of which a replica is behind. */
  readonly lagging: number
  readonly config: Readonly<Record<string, string>>
}
