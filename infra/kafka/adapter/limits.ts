// Times and sizes of the adapter: what is waited for, what is held in memory, and when somebody counts as gone.

export const timings = {
  connectionTimeoutMs: 5000,
  requestTimeoutMs: 15_000,
  /** Tries of one request: with the back-off below about 5 s in all, then the caller decides. */
  retries: 6,
  retryFirstMs: 100,
  retryLongestMs: 2000,
  /** A consumer that is killed or hangs is noticed this late: what its successor waits for. */
  sessionTimeoutMs: 10_000,
  heartbeatMs: 2000,
  rebalanceTimeoutMs: 60_000,
  /** Longest wait of a fetch without records, and so of closing; a record ends it at once. */
  maxWaitMs: 1000,
  /** The same of who reads what is there already. */
  rangeWaitMs: 100,
  transactionTimeoutMs: 60_000,
  /** Fetches of a member that only commits: what its leaving waits for. */
  memberWaitMs: 50,
} as const

export const briefTimings = {
  connectionTimeoutMs: 2000,
  requestTimeoutMs: 4000,
  retries: 1,
} as const

export const sizes = {
  /** Bytes of one fetch, over all partitions and for one: bounds a consumer's memory. */
  fetchBytesMax: 8 * 1_048_576,
  partitionBytesMax: 2 * 1_048_576,
  /** Bytes of values of one send: half of what a broker takes, room for keys and headers. */
  sendBytesMax: 512 * 1024,
} as const
