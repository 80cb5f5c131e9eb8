// Where a trial and the processes that it strikes meet: small files in the data folder.
import { join } from 'node:path'

/** One line, `point signal`; renamed by the process that takes it. */
export function armedFile(dataDir: string, process: string): string {
  return join(dataDir, 'trial', `armed-${process}`)
}

/** A line for every strike, `process.point pid`, written before it. */
export function hitsFile(dataDir: string): string {
  return join(dataDir, 'trial', 'hits')
}

/** The name of the mutation that processes load when they start. */
export function mutationFile(dataDir: string): string {
  return join(dataDir, 'trial', 'mutation')
}
