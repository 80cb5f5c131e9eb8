// Where a trial and the processes that it strikes meet: small files beside the data folder, whose disk may be full.
import { join } from 'node:path'

export function trialFolder(dataDir: string): string {
  return `${dataDir}-strikes`
}

/** One line, `point signal`; renamed by the process that takes it. */
export function armedFile(dataDir: string, process: string): string {
  return join(trialFolder(dataDir), `armed-${process}`)
}

/** A line for every strike, `process.point pid`, written before it. */
export function hitsFile(dataDir: string): string {
  return join(trialFolder(dataDir), 'hits')
}

/** The name of the mutation that processes load when they start. */
export function mutationFile(dataDir: string): string {
  return join(trialFolder(dataDir), 'mutation')
}
