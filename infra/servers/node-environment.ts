// What every Node process of ours finds in its environment: what the machine needs, and settings that keep it small.
import { join } from 'node:path'
import { inheritedEnvironment } from '../runtime/config.ts'

const SMALL_YOUNG_MB = 2

/**
 * Nine processes share a laptop. A small young generation keeps a busy one near its size at rest
 * (154 instead of 269 MB), compiled code of a former start saves 15 MB and some of the start, and
 * two arenas of glibc instead of eight a core another 10 MB. As variables and not as flags, so that
 * a process is seen as `node <station>/main.ts`. `youngMb` is half a young generation.
 */
export function nodeEnvironment(
  dataDir: string,
  youngMb: number = SMALL_YOUNG_MB,
): Readonly<Record<string, string>> {
  const inherited = inheritedEnvironment()
  const options = [`--max-semi-space-size=${youngMb}`, inherited['NODE_OPTIONS'] ?? '']
  return {
    MALLOC_ARENA_MAX: '2',
    NODE_COMPILE_CACHE: join(dataDir, 'cache'),
    ...inherited,
    NODE_OPTIONS: options.join(' ').trim(),
  }
}
