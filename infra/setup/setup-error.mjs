// A fault of the machine that its owner can mend: what is wrong, and what to do about it.
export class SetupError extends Error {
  /** @param {string} wrong @param {string} remedy */
  constructor(wrong, remedy) {
    super(`${wrong}\n${remedy}`)
  }
}
