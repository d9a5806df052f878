import type { Endpoint } from '@ts-toxcore/core'
import { fuzz, SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NetCrypto } from '../src/index.ts'
import { createHandMadePeer } from './hand-made-peer.ts'
import { connectedPeers, numbered, type Peer, twoPeers } from './peer.ts'

const DATAGRAMS = 150_000
const PAYLOADS = 50_000

/** Everything that alice sends to bob in the life of a session. */
function recordLife(): { bob: Peer; alice: Peer; packets: Uint8Array[] } {
  const { sim, alice, bob } = twoPeers('fuzz')
  const packets: Uint8Array[] = []
  sim.intercept(({ sender, data }) => {
    if (sender === alice.host) packets.push(data.slice())
    return true
  })
  alice.connect(bob)
  sim.run(200)
  for (let i = 0; i < 10; i++) {
    alice.send(numbered(160, i, 1 + 5 + i * 100))
    alice.sendLossy(numbered(200, i))
    bob.send(numbered(160, i))
  }
  sim.run(3000)
  bob.connect(alice)
  alice.kill()
  return { bob, alice, packets }
}

/** Handles a packet and returns how many bytes were sent because of it. */
function feed(engine: NetCrypto, now: number, from: Endpoint, data: Uint8Array): number {
  engine.handleDatagram(now, from, data)
  let sent = 0
  for (let output = engine.poll(); output !== undefined; output = engine.poll()) {
    if (output.type === 'datagram') sent += output.data.length
  }
  return sent
}

test('datagrams: no throw, no reply larger than its cause but a cookie’s', () => {
  const { bob, alice, packets } = recordLife()
  // Sessions in several states are there to be confused.
  const other = connectedPeers('fuzz/other').alice
  const endpoints = [alice.host.endpoint, other.host.endpoint, bob.host.endpoint]
  const engine = bob.engine
  let time = bob.sim.now
  engine.connect(time, other.publicKey, other.dht.publicKey, bob.host.endpoint)
  while (engine.poll() !== undefined);
  fuzz({
    title: 'net-crypto datagrams',
    corpus: packets,
    count: DATAGRAMS,
    // The DHT public key of a cookie request, and something authenticated in the other kinds.
    keep: [1, 33],
    env: process.env,
    print: console.log,
    handle: (input, random) => {
      time += random.float()
      // What is due by the clock is not the packet's doing.
      engine.tick(time)
      while (engine.poll() !== undefined);
      return feed(engine, time, endpoints[random.below(endpoints.length)]!, input)
    },
    // A cookie response has 16 bytes more than its request: the protocol demands it, and the cookie limit bounds it.
    maxReply: input => input.length + (input[0] === 0x18 ? 16 : 0),
  })
  const { malformed, not_authentic, unknown_source, cookie_limit } = engine.drops.snapshot()
  for (const count of [malformed, not_authentic, unknown_source, cookie_limit]) assert.ok(count! > 100)
})

test('payloads of an authentic peer: no throw, no flood of answers', () => {
  const { alice: victim, bob } = twoPeers('fuzz/payloads')
  const from = bob.host.endpoint
  const engine = victim.engine
  const random = new SeededRandom('fuzz/payloads/keys')
  const begin = () =>
    createHandMadePeer({
      crypto: victim.crypto,
      random,
      engine,
      victim: { publicKey: victim.publicKey, dhtPublicKey: victim.dht.publicKey },
      from,
    })
  let time = victim.sim.now
  let channel = begin()(time)
  let [established, closed, data, lossy] = [0, 0, 0, 0]
  let id = -1

  fuzz({
    title: 'net-crypto payloads',
    corpus: [
      Uint8Array.of(1),
      Uint8Array.of(1, 1, 1, 1, 255, 0, 0, 7),
      new Uint8Array(1373).fill(1),
      Uint8Array.of(1, ...new Array<number>(600).fill(0)),
      numbered(16, 1, 1373),
      numbered(160, 2, 6),
      numbered(200, 3, 60),
      numbered(254, 3, 6),
    ],
    count: PAYLOADS,
    env: process.env,
    print: console.log,
    handle: (input, choice) => {
      time += choice.float() * 5
      if (input.length === 0 || input.length > 1373) return
      if (id >= 0 && choice.chance(0.5)) engine.send(time, id, numbered(160, 0))
      // Numbers that are plausible, or anything.
      const number = () => (choice.chance(0.9) ? choice.below(40) : choice.u32())
      engine.handleDatagram(time, from, victim.crypto.sealData(channel, number(), number(), input).slice())
      engine.tick(time)
      let sent = 0
      let isClosed = false
      for (let output = engine.poll(); output !== undefined; output = engine.poll()) {
        if (output.type === 'datagram') sent++
        if (output.type === 'data') data++
        if (output.type === 'lossy') lossy++
        if (output.type === 'established') {
          established++
          id = output.id
        }
        if (output.type === 'closed') isClosed = true
      }
      // Whatever is asked for, no more goes out than may be on its way.
      assert.ok(sent <= 64, `${sent} datagrams`)
      if (isClosed || choice.chance(0.001)) {
        closed += Number(isClosed)
        if (id >= 0) engine.kill(time, id)
        while (engine.poll() !== undefined);
        id = -1
        // The cookie limit counts.
        time += 1000
        victim.crypto.dropSession(channel)
        channel = begin()(time)
      }
    },
  })
  for (const count of [established, closed, data, lossy]) assert.ok(count > 20, `${count}`)
})

test.run()
