// A way to a server on which answers get lost after it has done its work, and bodies are slow to arrive.
import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export type ProxyFault = 'lost answer' | 'slow body'

export interface FaultyProxy extends AsyncDisposable {
  readonly url: string
  /** The next insert that passes suffers this. */
  arm(fault: ProxyFault): void
  /** How many inserts suffered each. */
  readonly suffered: ReadonlyMap<ProxyFault, number>
}

/** Longer than a statement's `max_execution_time` would ever bound: it counts no waiting for a body. */
const SLOW_MS = 6000

export async function openFaultyProxy(target: string): Promise<FaultyProxy> {
  const armed: ProxyFault[] = []
  const suffered = new Map<ProxyFault, number>()
  const server = createServer((incoming, answer) => {
    const isInsert = /insert/i.test(decodeURIComponent(incoming.url ?? ''))
    const fault = isInsert ? armed.shift() : undefined
    if (fault !== undefined) suffered.set(fault, (suffered.get(fault) ?? 0) + 1)
    forward(target, incoming, answer, fault).catch(() => incoming.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    arm: (fault) => void armed.push(fault),
    suffered,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function forward(
  target: string,
  incoming: IncomingMessage,
  answer: ServerResponse,
  fault: ProxyFault | undefined,
): Promise<void> {
  const { method, headers } = incoming
  const outgoing = send(new URL(incoming.url ?? '/', target), { method, headers })
  // A server that dies ends both ways, as it would without a proxy.
  outgoing.on('error', () => incoming.socket.destroy())
  const answered = once(outgoing, 'response')
  answered.catch(() => undefined)
  let isFirst = true
  for await (const chunk of incoming) {
    outgoing.write(chunk)
    if (isFirst && fault === 'slow body') await sleep(SLOW_MS)
    isFirst = false
  }
  outgoing.end()
  const [response]: IncomingMessage[] = await answered
  if (response === undefined) return
  if (fault === 'lost answer') {
    // To its end: by then the server has stored what it was sent.
    for await (const _chunk of response) continue
    incoming.socket.destroy()
    return
  }
  answer.writeHead(response.statusCode ?? 502, response.headers)
  response.pipe(answer)
}
