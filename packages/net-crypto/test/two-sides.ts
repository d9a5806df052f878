/** Two engines with nothing between them, in one thread. */
import { performance } from 'node:perf_hooks'
import { type Crypto, Endpoint, type KeyPair, type Random } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { NetCrypto } from '../src/index.ts'
import { numbered } from './peer.ts'

/** How many packets wait to be sent or acknowledged: with a full queue (32,768) this would measure the machine's memory. */
const QUEUED = 512

/** Copies of datagrams, in memory that is used again, as a socket's is. */
class Inbox {
  readonly #memory: Uint8Array[] = []
  #size = 0

  push(datagram: Uint8Array): void {
    const { length } = datagram
    const at = this.#size++
    if (this.#memory[at]?.length === length) this.#memory[at].set(datagram)
    else this.#memory[at] = datagram.slice()
  }

  /** Hands out what is in it. */
  drain(handle: (datagram: Uint8Array) => void): void {
    for (let i = 0; i < this.#size; i++) handle(this.#memory[i]!)
    this.#size = 0
  }
}

export interface Side {
  readonly engine: NetCrypto
  readonly endpoint: Endpoint
  /** Datagrams for it that have not been handled. */
  readonly inbox: Inbox
  readonly publicKey: Uint8Array
  readonly dhtPublicKey: Uint8Array
  id: number
  received: number
  sent: number
}

const EPOCH = Date.now()
const clock = () => EPOCH + performance.now()

function createSide(crypto: Crypto, random: Random, port: number): Side {
  const [longTerm, dht] = [crypto.keyPair(random), crypto.keyPair(random)]
  const local = ({ publicKey, secretKey }: KeyPair) => ({
    publicKey,
    secret: crypto.addSecret(secretKey, 4),
  })
  return {
    engine: new NetCrypto({ crypto, random, longTerm: local(longTerm), dht: local(dht) }),
    endpoint: Endpoint.parse('127.0.0.1', port)!,
    inbox: new Inbox(),
    publicKey: longTerm.publicKey,
    dhtPublicKey: dht.publicKey,
    id: -1,
    received: 0,
    sent: 0,
  }
}

/** Handles what has come as a driver does: all outputs after each input. */
function turn(side: Side, peer: Side): void {
  const { engine } = side
  side.inbox.drain(datagram => {
    engine.handleDatagram(clock(), peer.endpoint, datagram)
    handOver(side, peer)
  })
  if (engine.deadline() <= clock()) engine.tick(clock())
  handOver(side, peer)
}

function handOver(side: Side, peer: Side): void {
  const { engine } = side
  for (let output = engine.poll(); output !== undefined; output = engine.poll()) {
    if (output.type === 'datagram') {
      side.sent++
      peer.inbox.push(output.data)
    } else if (output.type === 'incoming') side.id = engine.accept(clock(), output.token)!
    else if (output.type === 'data') side.received++
  }
}

export function connectedSides(crypto: Crypto): [Side, Side] {
  const random = new SeededRandom('throughput')
  const [a, b] = [createSide(crypto, random, 1), createSide(crypto, random, 2)]
  a.id = a.engine.connect(clock(), b.publicKey, b.dhtPublicKey, b.endpoint)
  while (!(a.engine.isConnected(a.id) && b.engine.isConnected(b.id))) {
    turn(a, b)
    turn(b, a)
  }
  return [a, b]
}

/** Sends `count` payloads of `size` bytes from `a` to `b`. Gives the seconds that it took. */
export function transfer([a, b]: [Side, Side], count: number, size: number): number {
  const payload = numbered(160, 0, size)
  const before = b.received
  const began = performance.now()
  let queued = 0
  while (b.received - before < count) {
    const limit = Math.min(count, b.received - before + QUEUED)
    while (queued < limit && a.engine.send(clock(), a.id, payload) !== undefined) queued++
    turn(a, b)
    turn(b, a)
  }
  return (performance.now() - began) / 1000
}
