import type { Endpoint } from '@ts-toxcore/core'
import { Simulation } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { connectedPeers, numbered, Peer, range, twoPeers } from './peer.ts'

const SEED = process.env.SEED ?? '1'
console.log(`SEED ${SEED}`)

const HANDSHAKE = 0x1a
const DATA = 0x1b

test('a session is there after three one-way trips, and confirmed to the asked side after four', () => {
  const { sim, alice, bob } = twoPeers(SEED, { latency: 20 })
  alice.connect(bob)
  assert.ok(sim.runUntil(() => bob.isConnected, 1000))
  assert.is(sim.now - sim.start, 100)
  assert.ok(alice.isConnected)
  assert.equal(alice.events('established'), [{ type: 'established', id: 0, publicKey: bob.publicKey }])
  // Cookie request, handshake, request packet.
  assert.is(alice.host.stats.packetsSent, 3)
  assert.is(bob.host.stats.packetsSent, 3)
})

test('connects while 30 % are lost', () => {
  for (let i = 0; i < 20; i++) {
    const { sim, alice, bob } = twoPeers(`${SEED}/${i}`, { latency: 20, loss: 0.3 })
    alice.connect(bob)
    assert.ok(
      sim.runUntil(() => alice.isConnected && bob.isConnected, 8000),
      `run ${i}`,
    )
  }
})

test('both connect at the same time: one session each, whatever the order of packets', () => {
  for (let i = 0; i < 20; i++) {
    const { sim, alice, bob } = twoPeers(`${SEED}/${i}`, { latency: 20, jitter: 20, loss: i < 10 ? 0 : 0.2 })
    alice.connect(bob)
    sim.run(i * 5)
    if (bob.id === undefined) bob.connect(alice)
    assert.ok(
      sim.runUntil(() => alice.isConnected && bob.isConnected, 8000),
      `run ${i}`,
    )
    alice.sendNumbers(0, 10)
    bob.sendNumbers(0, 10)
    sim.run(5000)
    assert.equal(alice.numbers, range(0, 10))
    assert.equal(bob.numbers, range(0, 10))
    for (const peer of [alice, bob]) {
      assert.is(peer.events('established').length, 1)
      assert.is(peer.events('closed').length, 0)
    }
  }
})

test('connect is idempotent, and waits for an endpoint', () => {
  const { sim, alice, bob } = twoPeers(SEED)
  const id = alice.host.do(now => alice.engine.connect(now, bob.publicKey, bob.dht.publicKey))
  sim.run(60_000)
  assert.is(alice.host.stats.packetsSent, 0)
  assert.is(alice.events('closed').length, 0)
  assert.is(alice.connect(bob), id)
  sim.run(200)
  assert.ok(alice.isConnected)
})

test('asks in haste at first, then at c-toxcore’s interval, and gives up after 8 s', () => {
  const { sim, alice, bob } = twoPeers(SEED)
  const times: number[] = []
  sim.intercept(() => {
    times.push(sim.now - sim.start)
    return false
  })
  alice.connect(bob)
  sim.run(20_000)
  assert.equal(times, [0, 100, 250, 500, 1000, 2000, 3000, 4000, 5000, 6000, 7000])
  const [closed, ...others] = alice.host.eventsOf('closed')
  assert.is(others.length, 0)
  assert.equal(closed, { at: sim.start + 8000, output: { type: 'closed', id: 0, reason: 'timeout' } })
  assert.is(alice.engine.deadline(), Number.POSITIVE_INFINITY)
})

test('kill ends the session on the other side at once, even if two of three packets are lost', () => {
  const { sim, alice, bob } = connectedPeers(SEED)
  let seen = 0
  sim.intercept(() => ++seen === 3)
  alice.kill()
  sim.intercept(undefined)
  sim.run(21)
  assert.is(seen, 3)
  assert.is(alice.events('closed').length, 0)
  assert.equal(bob.events('closed'), [{ type: 'closed', id: bob.id, reason: 'killed' }])
  const before = sim.stats.packets
  sim.run(60_000)
  assert.is(sim.stats.packets, before, 'silence')
  for (const peer of [alice, bob]) assert.is(peer.engine.deadline(), Number.POSITIVE_INFINITY)
})

test('a peer that restarted is known by its new DHT key: the old session gives way', () => {
  const { sim, alice, bob } = connectedPeers(SEED)
  bob.restart()
  bob.connect(alice)
  assert.ok(sim.runUntil(() => bob.isConnected && alice.events('established').length === 2, 1000))
  const order = alice.host.events.map(event => event.output.type)
  const replaced = order.slice(order.indexOf('peer_dht_key')).filter(type => type !== 'direct')
  assert.equal(replaced, ['peer_dht_key', 'closed', 'incoming', 'established'])
  alice.sendNumbers(0, 3)
  sim.run(100)
  assert.equal(bob.numbers, [0, 1, 2])
})

test('a peer that lost the session but kept its DHT key gets a new one', () => {
  const { sim, alice, bob } = connectedPeers(SEED)
  sim.intercept(() => false)
  bob.kill()
  sim.intercept(undefined)
  sim.run(10)
  bob.connect(alice)
  assert.ok(sim.runUntil(() => bob.isConnected && alice.events('established').length === 2, 1000))
  assert.equal(alice.events('closed'), [{ type: 'closed', id: 0, reason: 'replaced' }])
})

test('recorded handshakes open nothing and break nothing', () => {
  const { sim, alice, bob } = twoPeers(SEED)
  const recorded: { from: Endpoint; data: Uint8Array }[] = []
  sim.intercept(({ sender, from, data }) => {
    if (sender === alice.host && data[0] === HANDSHAKE) recorded.push({ from, data: data.slice() })
    return true
  })
  const replay = () => {
    for (const { from, data } of recorded) {
      bob.host.do(now => bob.engine.handleDatagram(now, from, data.slice()))
    }
  }
  alice.connect(bob)
  sim.run(1000)
  replay()
  assert.is(bob.engine.drops.snapshot().duplicate, 1, 'during the session')
  assert.is(bob.events('incoming').length, 1)

  alice.kill()
  sim.run(100)
  replay()
  assert.is(bob.events('incoming').length, 1, 'after the session')

  alice.restart()
  alice.connect(bob)
  sim.run(1000)
  assert.ok(bob.isConnected)
  const first = recorded.shift()!
  recorded.length = 0
  recorded.push(first)
  replay()
  assert.ok(bob.isConnected && alice.isConnected, 'during the next session')
  assert.is(bob.events('incoming').length, 2)
  assert.is(bob.engine.drops.snapshot().replayed, 2)
})

test('a handshake that comes late, after its sender has restarted, does not end the session with the restarted one', () => {
  const { sim, alice, bob } = twoPeers(SEED)
  let late: Uint8Array | undefined
  sim.intercept(({ sender, data }) => {
    if (sender !== alice.host || data[0] !== HANDSHAKE) return true
    late ??= data.slice()
    return false
  })
  const before = alice.host.endpoint
  alice.connect(bob)
  sim.run(200)
  sim.intercept(undefined)
  alice.restart()
  alice.connect(bob)
  sim.run(1000)
  bob.host.do(now => bob.engine.handleDatagram(now, before, late!))
  assert.is(bob.engine.drops.snapshot().replayed, 1)
  assert.ok(bob.isConnected && alice.isConnected)
  assert.is(bob.events('incoming').length, 1)
})

test('the packets that confirm a session may be lost: the next handshake asks for them', () => {
  const { sim, alice, bob } = twoPeers(SEED)
  const lost = new Set<unknown>()
  sim.intercept(({ sender, data }) => {
    if (data[0] !== DATA || lost.has(sender)) return true
    lost.add(sender)
    return false
  })
  alice.connect(bob)
  assert.ok(sim.runUntil(() => alice.isConnected && bob.isConnected, 300))
  assert.is(lost.size, 2)
})

test('a handshake is worth nothing when its cookie is 15 s old', () => {
  for (const [age, isTaken] of [
    [14_900, true],
    [15_100, false],
  ] as const) {
    const { sim, alice, bob } = twoPeers(SEED, { latency: 1 })
    let held: Uint8Array | undefined
    sim.intercept(({ data }) => {
      if (data[0] !== HANDSHAKE) return true
      held ??= data.slice()
      return false
    })
    alice.connect(bob)
    sim.run(age)
    bob.host.do(now => bob.engine.handleDatagram(now, alice.host.endpoint, held!))
    assert.is(bob.events('incoming').length, isTaken ? 1 : 0, `${age} ms`)
    assert.is(bob.engine.drops.snapshot().bad_cookie, isTaken ? undefined : 1)
  }
})

test('strangers get 10 cookies at once and 10 a second; whom we seek is served all the same', () => {
  const sim = new Simulation({ seed: SEED, logLimit: 0 })
  const crypto = testCrypto()
  const bob = new Peer(sim, 'bob', crypto)
  bob.accepts = false
  const strangers = range(0, 40).map(i => new Peer(sim, `stranger ${i}`, crypto))
  for (const stranger of strangers) stranger.connect(bob)
  sim.run(41)
  assert.is(bob.host.stats.sentByKind[0x19], 10)
  assert.is(bob.engine.drops.snapshot().cookie_limit, 30)
  sim.run(7000)
  assert.ok(bob.host.stats.sentByKind[0x19]! <= 10 + 71, `${bob.host.stats.sentByKind[0x19]}`)
  // No more than 32 wait for an answer.
  assert.is(bob.events('incoming').length, 32)
  assert.ok(bob.engine.drops.snapshot().too_many_pending! > 0)

  for (const stranger of strangers) stranger.host.stop()
  const friend = new Peer(sim, 'friend', crypto)
  for (const stranger of strangers.slice(0, 15)) {
    stranger.restart()
    stranger.connect(bob)
  }
  bob.host.do(now => bob.engine.connect(now, friend.publicKey, friend.dht.publicKey))
  friend.connect(bob)
  sim.run(200)
  assert.ok(friend.isConnected && bob.isConnected)
})

test('a pending handshake fades with its cookie, and its token with it', () => {
  const { sim, alice, bob } = twoPeers(SEED)
  bob.accepts = false
  alice.connect(bob)
  sim.run(200)
  const [{ token }] = bob.events('incoming') as [{ token: number }]
  sim.run(20_000)
  assert.is(
    bob.host.do(now => bob.engine.accept(now, token)),
    undefined,
  )
  assert.is(bob.engine.deadline(), Number.POSITIVE_INFINITY)
})

test('a handshake that waits takes nothing from a session that has got a later one', () => {
  const { sim, alice, bob } = twoPeers(SEED, { latency: 20 })
  bob.accepts = false
  alice.connect(bob)
  assert.ok(sim.runUntil(() => bob.events('incoming').length > 0, 1000))
  const [{ token }] = bob.events('incoming') as [{ token: number }]
  // Alice repeats her handshake, which the session takes that bob has begun; she does not hear of it.
  bob.connect(alice)
  sim.intercept(packet => packet.sender !== bob.host)
  sim.run(300)
  assert.is(
    bob.host.do(now => bob.engine.accept(now, token)),
    bob.id,
  )
  sim.run(1500)
  sim.intercept(undefined)
  assert.ok(sim.runUntil(() => alice.isConnected && bob.isConnected, 5000))
  assert.is(bob.engine.drops.snapshot().replayed, undefined)
  assert.ok(bob.engine.drops.snapshot().duplicate! > 0)
})

test('a route that falls silent is reported, tried again sparsely, and carries on when it revives', () => {
  const { sim, alice, bob } = connectedPeers(SEED)
  sim.run(1000)
  sim.partition([alice.host], [bob.host])
  alice.sendNumbers(0, 20)
  sim.run(8000)
  assert.equal(alice.events('direct').at(-1), { type: 'direct', id: alice.id, direct: false })
  const before = alice.host.stats.packetsSent
  sim.run(60_000)
  const attempts = alice.host.stats.packetsSent - before
  assert.ok(attempts >= 14 && attempts <= 16, `${attempts} attempts`)
  assert.not.ok(alice.sendLossy(numbered(200, 0)))
  assert.ok(alice.isConnected, 'whether to give up is decided above')
  sim.heal()
  sim.run(5000)
  assert.equal(alice.events('direct').at(-1), { type: 'direct', id: alice.id, direct: true })
  assert.equal(bob.numbers, range(0, 20))
})

test('data from an unknown place is dropped until the endpoint is told', () => {
  const { sim, alice, bob } = connectedPeers(SEED)
  const moved = new Peer(sim, 'moved', testCrypto())
  const data: Uint8Array[] = []
  sim.intercept(packet => {
    if (packet.sender === alice.host) data.push(packet.data.slice())
    return packet.sender !== alice.host
  })
  alice.send(numbered(160, 7))
  bob.host.do(now => bob.engine.handleDatagram(now, moved.host.endpoint, data[0]!.slice()))
  assert.is(bob.engine.drops.snapshot().unknown_source, 1)
  assert.ok(bob.host.do(now => bob.engine.setEndpoint(now, bob.id!, moved.host.endpoint)))
  assert.is(bob.engine.endpoint(bob.id!)?.text, moved.host.endpoint.text)
  bob.host.do(now => bob.engine.handleDatagram(now, moved.host.endpoint, data[0]!.slice()))
  assert.equal(bob.numbers, [7])
})

test('an endpoint belongs to one session', () => {
  const { sim, alice, bob } = connectedPeers(SEED)
  const carol = new Peer(sim, 'carol', testCrypto())
  const id = alice.host.do(now => alice.engine.connect(now, carol.publicKey, carol.dht.publicKey))
  assert.not.ok(
    alice.host.do(now => alice.engine.setEndpoint(now, id, bob.host.endpoint)),
    'bob lives there',
  )
  assert.is(alice.engine.endpoint(id), undefined)
  bob.host.stop()
  sim.run(9000)
  assert.ok(
    alice.host.do(now => alice.engine.setEndpoint(now, id, bob.host.endpoint)),
    'bob is gone',
  )
})

test('a session whose endpoint another one took over rests until it gets another', () => {
  const { sim, alice, bob } = connectedPeers(SEED)
  const carol = new Peer(sim, 'carol', testCrypto())
  const home = bob.host.endpoint
  const away = new Peer(sim, 'away', testCrypto()).host
  bob.host.stop()
  sim.run(9000)
  alice.host.do(now => {
    const id = alice.engine.connect(now, carol.publicKey, carol.dht.publicKey)
    return alice.engine.setEndpoint(now, id, home, true)
  })
  assert.is(alice.engine.endpoint(alice.id!), undefined)
  sim.run(60_000)
  // Nothing can be tried, and so there is nothing to wake for.
  assert.is(alice.engine.deadline(), Number.POSITIVE_INFINITY)
  const to: string[] = []
  sim.intercept(packet => to.push(packet.to.text) > 0)
  assert.ok(alice.host.do(now => alice.engine.setEndpoint(now, alice.id!, away.endpoint)))
  sim.run(1000)
  assert.equal(to, [away.endpoint.text])
})

test('packets that a session cannot take are the caller’s mistake', () => {
  const { alice } = connectedPeers(SEED)
  assert.throws(() => alice.send(new Uint8Array(0)), /expected 1–1373, got 0/)
  assert.throws(() => alice.send(numbered(160, 0, 1374)), /expected 1–1373, got 1374/)
  assert.throws(() => alice.send(numbered(15, 0)), /packet id/)
  assert.throws(() => alice.send(numbered(192, 0)), /packet id/)
  assert.throws(() => alice.sendLossy(numbered(255, 0)), /packet id/)
  assert.is(
    alice.host.do(now => alice.engine.send(now, 99, numbered(160, 0))),
    undefined,
  )
})

test('the same seed gives the same run', () => {
  const digests = [0, 1].map(() => {
    const { sim, alice, bob } = connectedPeers(SEED, { loss: 0.2, jitter: 10 })
    alice.sendNumbers(0, 200)
    bob.sendNumbers(0, 200)
    sim.run(5000)
    return sim.log.digest
  })
  assert.is(digests[0], digests[1])
})

test.run()
