// A fresh process: how long from the beginning of the import to the first opened box. Prints a `Start` as JSON.
import type { Backend } from '../../packages/core/src/index.ts'

const backend = process.argv[2] as Backend
const zeros = new Uint8Array(1500)
const began = performance.now()
const since = () => performance.now() - began

const { loadBackend } = (await import(
  new URL('./ours.mjs', import.meta.url).href
)) as typeof import('./ours.ts')
const evaluated = since()
const crypto = loadBackend(backend)!
const loaded = since()
crypto.open(
  crypto.addKey(zeros.subarray(0, 32)),
  zeros.subarray(0, 24),
  zeros,
  new Uint8Array(zeros.length - 16),
)
const opened = since()
console.log(JSON.stringify({ backend, evaluated, loaded, opened }))
