// Whether our processes run, are ready, and stay up.
import { simulatorProcess } from '../servers/processes.ts'
import type { ProcessView } from '../status/snapshot.ts'
import { fault, ok, warning } from './finding.ts'
import type { Verdict } from './finding.ts'

/** Killed once or twice is a day's work; more than this is something that dies by itself. */
const RESTARTS_MAX = 2

export function judgeProcesses(
  processes: readonly ProcessView[],
  logsDir: string,
): readonly Verdict[] {
  const verdicts = processes.flatMap((each) => judgeProcess(each, logsDir))
  const ready = processes.filter(({ state }) => state === 'ready').map(({ name }) => name)
  const said = ready.length === processes.length ? `all ${ready.length}` : ready.join(', ')
  return ready.length === 0 ? verdicts : [ok(`ready: ${said}`), ...verdicts]
}

function judgeProcess(
  { name, state, why, restarts }: ProcessView,
  logsDir: string,
): readonly Verdict[] {
  const look = `Look at ${logsDir}/${name}.log.`
  switch (state) {
    case 'ready':
      return (restarts ?? 0) > RESTARTS_MAX
        ? [warning(`${name} died and was started again ${restarts} times`, look)]
        : []
    case 'starting again':
      return [fault(`${name} died and is being started again`, look)]
    case 'not ready':
      // It becomes ready once its history is sent, which takes minutes on a new platform.
      if (name === simulatorProcess.name) return [ok(`simulator is at work: ${why ?? ''}`)]
      return [fault(`${name} is not ready: ${why ?? 'it does not say why'}`, look)]
    case 'does not answer':
      return [fault(`${name} runs and does not answer`, look)]
    default:
      return state satisfies never
  }
}
