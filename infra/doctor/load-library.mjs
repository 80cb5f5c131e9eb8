// Loads the ClickHouse library and ends: a library for another machine fails here, in a process of its own, and says why.
import { createRequire } from 'node:module'
import { open } from 'ffi-rs'

open({
  library: 'chdb',
  path: createRequire(import.meta.url)('chdb/libchdb').resolveLibchdb().path,
})
