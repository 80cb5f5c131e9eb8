// One ClickHouse server as a process: calls the library's entry of `clickhouse local` and has it listen.
//
// usage: node clickhouse-child.mjs CONFIG.xml   (descriptor 3: a pipe that the parent holds open)
//
// The call never returns and has a thread of its own; this one only waits, without a timer, for the
// end of the pipe, which is the end of the parent. SIGTERM keeps its default, which is to end at
// once: what was acknowledged is on disk, and the next start loads it.
import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { DataType, load, open } from 'ffi-rs'

const LIFELINE = 3

const config = process.argv[2]
const { path } = createRequire(import.meta.url)('chdb/libchdb').resolveLibchdb()
// A call whose queries have ended returns: the second one sleeps an hour a row, for a hundred years.
const query = `system start listen http; select sleepEachRow(3600) from numbers(900000)
  settings function_sleep_max_microseconds_per_block = 0, max_block_size = 1 format Null`
const args = ['clickhouse', `--config-file=${config}`, '--query', query]

const lifeline = new Socket({ fd: LIFELINE, readable: true, writable: false })
lifeline.on('close', () => process.kill(process.pid, 'SIGKILL'))
lifeline.on('error', () => undefined)
lifeline.resume()

open({ library: 'chdb', path })
await load({
  library: 'chdb',
  funcName: 'query_stable_v2',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [args.length, args],
  runInNewThread: true,
})
// Only a server that could not start, or was told to end, comes here; it has said why.
process.exit(1)
