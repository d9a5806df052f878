/** How fast two engines are without a network between them: figures for people, and nothing lost at full speed. */
import { performance } from 'node:perf_hooks'
import { type Crypto, createJsCrypto, Endpoint, type KeyPair, type Random } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NetCrypto } from '../src/index.ts'
import { numbered } from './peer.ts'

interface Side {
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

function connectedSides(): [Side, Side] {
  const crypto = createJsCrypto()
  const random = new SeededRandom('throughput')
  const [a, b] = [createSide(crypto, random, 1), createSide(crypto, random, 2)]
  a.id = a.engine.connect(clock(), b.publicKey, b.dhtPublicKey, b.endpoint)
  while (!(a.engine.isConnected(a.id) && b.engine.isConnected(b.id))) {
    turn(a, b)
    turn(b, a)
  }
  return [a, b]
}

for (const [count, size] of [
  [50_000, 100],
  [20_000, 1373],
] as const) {
  test(`${count} packets of ${size} bytes`, () => {
    const [a, b] = connectedSides()
    const payload = numbered(160, 0, size)
    const acksBefore = b.sent
    const began = performance.now()
    let queued = 0
    while (b.received < count) {
      while (queued < count && a.engine.send(clock(), a.id, payload) !== undefined) queued++
      turn(a, b)
      turn(b, a)
    }
    const seconds = (performance.now() - began) / 1000
    assert.is(b.received, count)
    const rate = Math.round(count / seconds)
    const megabytes = ((rate * size) / 2 ** 20).toFixed(1)
    console.log(`NOTE ${size}-byte packets: ${rate}/s, ${megabytes} MiB/s, sealed and opened in one thread`)
    assert.ok(b.sent - acksBefore < count / 10, `${b.sent - acksBefore} acknowledgements`)
  })
}

test.run()
