// One after the other for each key, all keys at once: two acts on the same pair never read the same state.

export interface KeyedTurns {
  /** Runs `task` when the earlier ones of `key` have ended, however they ended. */
  run<T>(key: string, task: () => Promise<T>): Promise<T>
  /** Tasks that run or wait. */
  readonly running: number
}

export function createKeyedTurns(): KeyedTurns {
  const last = new Map<string, Promise<unknown>>()
  let running = 0
  return {
    get running() {
      return running
    },
    async run(key, task) {
      running += 1
      const before = last.get(key)
      const turn = before === undefined ? task() : before.then(task)
      const ended = turn.catch(() => undefined)
      last.set(key, ended)
      try {
        return await turn
      } finally {
        running -= 1
        // Nobody came after: the key is forgotten, so that the map holds no more than what runs.
        if (last.get(key) === ended) last.delete(key)
      }
    },
  }
}
