/** Two engines with nothing between them, in one thread. */
import { performance } from 'node:perf_hooks'
import { type Crypto, Endpoint, type KeyPair, type Random } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { NetCrypto } from '../src/index.ts'
import { numbered } from './peer.ts'

export interface Side {
  readonly engine: NetCrypto
  readonly endpoint: Endpoint
  /** Datagrams for it that have not been handled. */
  readonly inbox: Uint8Array[]
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
    inbox: [],
    publicKey: longTerm.publicKey,
    dhtPublicKey: dht.publicKey,
    id: -1,
    received: 0,
    sent: 0,
  }
}

/** Handles what has come, and hands over what that leads to. */
function turn(side: Side, peer: Side): void {
  const { engine } = side
  for (const data of side.inbox.splice(0)) engine.handleDatagram(clock(), peer.endpoint, data)
  if (engine.deadline() <= clock()) engine.tick(clock())
  for (let output = engine.poll(); output !== undefined; output = engine.poll()) {
    if (output.type === 'datagram') {
      side.sent++
      peer.inbox.push(output.data.slice())
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
    while (queued < count && a.engine.send(clock(), a.id, payload) !== undefined) queued++
    turn(a, b)
    turn(b, a)
  }
  return (performance.now() - began) / 1000
}
