// Disks of a trial's own: one so small that it can be filled, and one whose power can be cut. Both need root.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { close, DataType, load, open } from 'ffi-rs'

export interface SmallDisk extends Disposable {
  readonly folder: string
  /** Takes all that is free for some seconds, then gives it back. */
  fill(forMs: number): Promise<void>
}

/** Mounts a disk in memory at an empty folder. @throws Error where that is not allowed. */
export function openSmallDisk(folder: string, megabytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true })
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)
  const ballast = join(folder, 'ballast')
  return {
    folder,
    async fill(forMs) {
      const deadline = Date.now() + forMs
      // Again and again: what others give back, as a finished merge, is taken too.
      while (Date.now() < deadline) {
        takeAllOf(folder, ballast)
        await sleep(100)
      }
      rmSync(ballast, { force: true })
    },
    [Symbol.dispose]() {
      unmount(folder)
    },
  }
}

const BLOCK = Buffer.alloc(1024 * 1024)

function takeAllOf(folder: string, ballast: string): void {
  const file = openSync(ballast, 'a')
  try {
    while (statfsSync(folder).bfree > 0) writeSync(file, BLOCK)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  } finally {
    closeSync(file)
  }
}

export interface LoopDisk extends Disposable {
  readonly folder: string
  /** What the kernel has not written to the disk by now is lost, as when the power fails. */
  cut(): void
  /** Mounts what is left, once nobody has a file open any more. @throws Error when somebody has. */
  mountAgain(): Promise<void>
}

/** Makes an ext4 disk in a file and mounts it at an empty folder. @throws Error where that is not allowed. */
export function openLoopDisk(folder: string, megabytes: number): LoopDisk {
  const image = `${folder}.image`
  mkdirSync(folder, { recursive: true })
  closeSync(openSync(image, 'w'))
  truncateSync(image, megabytes * 1024 * 1024)
  run('mkfs.ext4', '-q', '-F', image)
  const mount = (): void => run('mount', '-o', 'loop', image, folder)
  mount()
  return {
    folder,
    cut: () => shutDown(folder),
    async mountAgain() {
      // Without the flag `-l`: the disk that was shut down would stay mounted under its open files.
      for (let tries = 1; !isUnmounted(folder); tries += 1) {
        if (tries === UNMOUNT_TRIES_MAX) throw new Error(`somebody has files open in ${folder}`)
        await sleep(100)
      }
      mount()
    },
    [Symbol.dispose]() {
      unmount(folder)
      rmSync(image, { force: true })
    },
  }
}

/** `_IOR('X', 125, __u32)` of ext4 and xfs, and its flag that leaves the journal as it is on the disk. */
const GOING_DOWN = { request: 0x80_04_58_7d, noLogFlush: 2 } as const

function shutDown(folder: string): void {
  const file = openSync(folder, 'r')
  open({ library: 'libc', path: '' })
  try {
    const flags = Buffer.alloc(4)
    flags.writeUInt32LE(GOING_DOWN.noLogFlush)
    const failed = load({
      library: 'libc',
      funcName: 'ioctl',
      retType: DataType.I32,
      paramsType: [DataType.I32, DataType.U64, DataType.U8Array],
      paramsValue: [file, GOING_DOWN.request, flags],
    })
    if (failed !== 0) throw new Error(`the disk at ${folder} cannot be shut down`)
  } finally {
    close('libc')
    closeSync(file)
  }
}

const UNMOUNT_TRIES_MAX = 100

function isUnmounted(folder: string): boolean {
  try {
    run('umount', folder)
    return true
  } catch {
    return false
  }
}

/** Lazily: who still has files open there keeps them until it ends. */
function unmount(folder: string): void {
  run('umount', '-l', folder)
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
