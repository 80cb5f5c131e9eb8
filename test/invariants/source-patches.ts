// Changes to the project's own source that a trial loads instead of the original: so the product needs no hooks and no switches.

/** Replaces `find`, which must stand exactly once in the file. */
export interface SourcePatch {
  /** From the root of the checkout. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** @throws Error naming the patch when its place is not there, or not alone. */
export function patchSource(source: string, patches: readonly SourcePatch[]): string {
  return patches.reduce((text, { file, find, replace }) => {
    const parts = text.split(find)
    if (parts.length === 2) return parts.join(replace)
    const places = parts.length - 1
    throw new Error(
      `${file} has ${places} places that read ${JSON.stringify(find)}: mend the patch`,
    )
  }, source)
}
