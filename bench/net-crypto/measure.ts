// One backend's share in one process: others in the same process would see each other's types in V8, and be slower for it.
// Prints a `ProcessResult` as JSON; null if the backend does not run here.
import { PerformanceObserver, performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { type Backend, type Crypto, loadCrypto } from '@ts-toxcore/core'
import { Receiving } from '../../packages/net-crypto/test/receiving.ts'
import { connectedSides, transfer } from '../../packages/net-crypto/test/two-sides.ts'
import { median } from '../lib/statistics.ts'

export interface Job {
  readonly backend: Backend
  /** Bytes of a payload. */
  readonly size: number
  readonly rounds: number
  /** How many to receive for `garbage`; 0: that is not measured. */
  readonly packets: number
}

/** Packets a second. */
export type Rates = Readonly<Record<'receive' | 'seal' | 'two engines', number>>

export interface ProcessResult {
  /** Medians of the rounds. */
  readonly rates: Rates
  readonly garbage?: Garbage
}

export interface Garbage {
  readonly packets: number
  readonly bytesPerPacket: number
  /** Collections while the packets were handled. */
  readonly collections: number
}

/** A round takes about so long for each kind. */
const ROUND_MS = 200
const WARM_UP_MS = 1500
const job = JSON.parse(process.argv[2]!) as Job

const [crypto, peerCrypto] = [await load(), await load()]
console.log(JSON.stringify(crypto && peerCrypto ? await measure(crypto, peerCrypto) : null))

async function load(): Promise<Crypto | undefined> {
  try {
    return await loadCrypto({ backend: job.backend })
  } catch {
    return undefined
  }
}

async function measure(crypto: Crypto, peerCrypto: Crypto): Promise<ProcessResult> {
  const receiving = new Receiving(crypto, peerCrypto, job.size)
  // One after the other: engines that only receive and engines that also send would be one more mixture.
  const received = inRounds(duration => receive(receiving, duration))
  const garbage = job.packets > 0 ? { garbage: await collect(receiving, job.packets) } : {}
  const sides = connectedSides(crypto)
  let count = 1000
  const both = inRounds(duration => {
    const seconds = transfer(sides, count, job.size)
    const rate = count / seconds
    count = Math.max(1000, Math.round((rate * duration) / 1000))
    return rate
  })
  const rates = {
    receive: median(received.map(({ receive }) => receive)),
    seal: median(received.map(({ seal }) => seal)),
    'two engines': median(both),
  }
  return { rates, ...garbage }
}

function inRounds<Rate>(once: (duration: number) => Rate): Rate[] {
  const began = performance.now()
  while (performance.now() - began < WARM_UP_MS) once(ROUND_MS)
  return Array.from({ length: job.rounds }, () => once(ROUND_MS))
}

function receive(receiving: Receiving, duration: number): { receive: number; seal: number } {
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
  return { receive: (packets * 1000) / received, seal: (packets * 1000) / sealed }
}

/** What the heap grows by while packets are received, between collections, and the collections. */
async function collect(receiving: Receiving, total: number): Promise<Garbage> {
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
  return { packets, bytesPerPacket: bytes / packets, collections }
}
