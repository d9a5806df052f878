// How many data packets a second does net-crypto handle in one thread, engine and kernels, without a socket? On each
// backend: receiving (datagram in, checked payload out, each datagram another one), sealing alone (the crypto), and two
// engines in one thread that send each other packets; then what receiving allocates, over many packets.
//   npm run bench -- net-crypto [--rounds N] [--packets N] [--json]
import { PerformanceObserver, performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { getHeapStatistics } from 'node:v8'
import { type Backend, type Crypto, loadCrypto } from '@ts-toxcore/core'
import { Receiving } from '../packages/net-crypto/test/receiving.ts'
import { connectedSides, type Side, transfer } from '../packages/net-crypto/test/two-sides.ts'

const SIZES = [100, 1373] as const
const BACKENDS: readonly Backend[] = ['js', 'wasm', 'wasm-relaxed']
/** A round takes about so long for each kind. */
const ROUND_MS = 200
const WARM_UP_MS = 1500

interface Row {
  readonly backend: Backend
  readonly size: number
  readonly receiving: Receiving
  readonly sides: [Side, Side]
  /** Packets a second, by round. */
  readonly receive: number[]
  readonly seal: number[]
  readonly both: number[]
}

interface Garbage {
  readonly backend: Backend
  readonly size: number
  readonly packets: number
  readonly bytesPerPacket: number
  /** Collections while the packets were handled. */
  readonly collections: number
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    packets: { type: 'string', default: '10000000' },
    json: { type: 'boolean', default: false },
  },
})

const rows: Row[] = []
for (const backend of BACKENDS) {
  const [crypto, peerCrypto] = [await load(backend), await load(backend)]
  if (crypto === undefined || peerCrypto === undefined) continue
  for (const size of SIZES) {
    rows.push({
      backend,
      size,
      receiving: new Receiving(crypto, peerCrypto, size),
      sides: connectedSides(crypto),
      receive: [],
      seal: [],
      both: [],
    })
  }
}
for (const row of rows) {
  measure(row, WARM_UP_MS)
  for (const figures of [row.receive, row.seal, row.both]) figures.length = 0
}
for (let round = 0; round < Number(values.rounds); round++) for (const row of rows) measure(row, ROUND_MS)

const garbage: Garbage[] = []
for (const row of rows) {
  // JavaScript's own is no secret, and it takes its time.
  if (row.backend !== 'js') garbage.push(await collect(row, Number(values.packets)))
}

if (values.json) {
  const figures = rows.map(({ backend, size, receive, seal, both }) => ({
    backend,
    size,
    receive,
    seal,
    both,
  }))
  console.log(JSON.stringify({ figures, garbage }))
} else {
  const column = (value: string) => value.padStart(20)
  console.log(`packets a second, medians of ${values.rounds} rounds (best)`)
  console.log(['backend', 'bytes', 'receive', 'seal', 'two engines'].map(column).join(''))
  for (const { backend, size, receive, seal, both } of rows) {
    console.log([backend, `${size}`, ...[receive, seal, both].map(rate)].map(column).join(''))
  }
  console.log('\nallocated while receiving')
  console.log(['backend', 'bytes', 'packets', 'bytes a packet', 'collections'].map(column).join(''))
  for (const { backend, size, packets, bytesPerPacket, collections } of garbage) {
    console.log(
      [backend, `${size}`, `${packets}`, bytesPerPacket.toFixed(3), `${collections}`].map(column).join(''),
    )
  }
}

async function load(backend: Backend): Promise<Crypto | undefined> {
  try {
    return await loadCrypto({ backend })
  } catch {
    return undefined
  }
}

function measure({ size, receiving, sides, receive, seal, both }: Row, duration: number): void {
  const began = performance.now()
  let [packets, received, sealed] = [0, 0, 0]
  while (performance.now() - began < duration) {
    const start = performance.now()
    receiving.prepare()
    const middle = performance.now()
    packets += receiving.handle()
    sealed += middle - start
    received += performance.now() - middle
  }
  seal.push((packets * 1000) / sealed)
  receive.push((packets * 1000) / received)
  const count = Math.max(1000, packets >> 3)
  both.push(count / transfer(sides, count, size))
}

/** What the heap grows by while packets are received, between collections, and the collections. */
async function collect({ backend, size, receiving }: Row, total: number): Promise<Garbage> {
  let collections = 0
  const observer = new PerformanceObserver(list => {
    collections += list.getEntries().length
  })
  observer.observe({ entryTypes: ['gc'] })
  let [packets, bytes] = [0, 0]
  while (packets < total) {
    const before = getHeapStatistics().used_heap_size
    // Many at a time: to ask for the figures costs a kilobyte itself.
    for (let i = 0; i < 256 && packets < total; i++) {
      receiving.prepare()
      packets += receiving.handle()
    }
    bytes += Math.max(0, getHeapStatistics().used_heap_size - before)
    await setImmediate()
  }
  await setImmediate()
  observer.disconnect()
  return { backend, size, packets, bytesPerPacket: bytes / packets, collections }
}

function rate(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const text = (value: number) => Math.round(value).toLocaleString('en')
  return `${text(sorted[sorted.length >> 1]!)} (${text(sorted.at(-1)!)})`
}
