// Payloads and datagrams are handed out as views of the Crypto's memory: none may be overwritten before it was looked at.
import { Endpoint, type Instant, type KeyPair } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withShortLivedViews } from '../../core/test/short-lived-views.ts'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { NetCrypto } from '../src/index.ts'
import { numbered, range } from './peer.ts'

const SEED = process.env.SEED ?? '1'
console.log(`SEED ${SEED}`)

const PEERS = 3
const LOSSLESS = 160
const LOSSY = 200
const STEPS = 20_000
const COUNT = 400
const GARBAGE = 0x5a

test('engines that share a Crypto, any inputs in any order: every payload arrives as it was sent', () => {
  const random = new SeededRandom(`views ${SEED}`)
  const crypto = withShortLivedViews(testCrypto())
  let now: Instant = 1_700_000_000_000
  const local = ({ publicKey, secretKey }: KeyPair) => ({
    publicKey,
    secret: crypto.addSecret(secretKey, 4),
  })
  const peers = range(0, PEERS).map(index => {
    const [longTerm, dht] = [local(crypto.keyPair(random)), local(crypto.keyPair(random))]
    return {
      endpoint: Endpoint.parse('192.0.2.1', 1 + index)!,
      publicKey: longTerm.publicKey,
      dhtPublicKey: dht.publicKey,
      engine: new NetCrypto({ crypto, random, longTerm, dht }),
      inbox: [] as { from: Endpoint; data: Uint8Array }[],
      /** By session. */
      sent: new Map<number, number>(),
      received: new Map<number, number[]>(),
      lossy: 0,
      /** Copies of what was polled last. */
      borrowed: undefined as Uint8Array | undefined,
    }
  })
  type Peer = (typeof peers)[0]

  /** A payload says which one it is, and all of it the same. */
  const check = (payload: Uint8Array): number => {
    const number = new DataView(payload.buffer, payload.byteOffset).getUint32(1)
    assert.ok(payload[0] === LOSSLESS || payload[0] === LOSSY, `packet id ${payload[0]}`)
    assert.equal(payload, numbered(payload[0], number, payload.length))
    return number
  }
  /** Takes one output; false if there is none. */
  const poll = (peer: Peer): boolean => {
    peer.borrowed?.fill(GARBAGE)
    peer.borrowed = undefined
    const output = peer.engine.poll()
    if (output === undefined) return false
    if (output.type === 'datagram') {
      const to = peers.find(({ endpoint }) => endpoint.equals(output.to))!
      to.inbox.push({ from: peer.endpoint, data: output.data.slice() })
    } else if (output.type === 'incoming') {
      peer.engine.accept(now, output.token)
    } else if (output.type === 'established') {
      peer.sent.set(output.id, 0)
      peer.received.set(output.id, [])
    } else if (output.type === 'data') {
      // The owner answers before it looks at the next output.
      peer.received.get(output.id)!.push(check(output.data))
      if (random.below(4) === 0) send(peer, output.id)
    } else if (output.type === 'acknowledged') {
      // Whatever the owner does about it may need the Crypto.
      crypto.sha256(peer.publicKey)
    } else if (output.type === 'lossy') {
      check(output.data)
      peer.lossy++
    }
    return true
  }
  const send = (peer: Peer, id: number): void => {
    const number = peer.sent.get(id)!
    if (number >= COUNT) return
    const size = 5 + random.below(random.below(2) === 0 ? 20 : 1369)
    if (peer.engine.send(now, id, numbered(LOSSLESS, number, size)) !== undefined)
      peer.sent.set(id, number + 1)
  }

  for (const [i, peer] of peers.entries()) {
    for (const other of peers.slice(i + 1))
      peer.engine.connect(now, other.publicKey, other.dhtPublicKey, other.endpoint)
  }
  const isDone = () =>
    peers.every(
      ({ received }) =>
        received.size === PEERS - 1 && [...received.values()].every(({ length }) => length === COUNT),
    )
  let steps = 0
  while (!isDone() && steps++ < STEPS) {
    now += random.below(5)
    const peer = peers[random.below(PEERS)]!
    // Several inputs before the outputs are drained; but drained they are before anybody else has the Crypto.
    for (let inputs = 1 + random.below(4); inputs > 0; inputs--) {
      const ids = [...peer.sent.keys()]
      const id = ids[random.below(ids.length || 1)]
      const action = random.below(6)
      if (action < 3) {
        // Some are lost, some overtake others.
        for (const { from, data } of peer.inbox.splice(random.below(3), 1 + random.below(4)))
          if (random.below(20) > 0) peer.engine.handleDatagram(now, from, data)
      } else if (action === 3) {
        if (peer.engine.deadline() <= now) peer.engine.tick(now)
      } else if (action === 4) {
        for (let i = random.below(4); i > 0; i--) poll(peer)
      } else if (id !== undefined) {
        if (random.below(2) === 0) send(peer, id)
        else peer.engine.sendLossy(now, id, numbered(LOSSY, steps, 5 + random.below(200)))
      }
    }
    while (poll(peer));
  }
  assert.ok(
    isDone(),
    `${steps} steps: ${peers.map(({ received }) => [...received.values()].map(r => r.length))}`,
  )
  for (const { received } of peers)
    for (const numbers of received.values()) assert.equal(numbers, range(0, COUNT))
  assert.ok(peers.every(({ lossy }) => lossy > 100))
})

test.run()
