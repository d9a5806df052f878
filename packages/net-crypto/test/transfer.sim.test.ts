import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { connectedPeers, numbered, range } from './peer.ts'

const SEED = process.env.SEED ?? '1'
console.log(`SEED ${SEED}`)

const ROUGH = { latency: 20, jitter: 30, loss: 0.3, reordering: 0.05, reorderingDelay: 80, duplication: 0.1 }

test('30 % loss, reordering and duplication: 5,000 packets each way, in order, once', () => {
  const { sim, alice, bob } = connectedPeers(SEED, ROUGH)
  const began = sim.now
  alice.sendNumbers(0, 5000)
  bob.sendNumbers(0, 5000)
  const done = sim.runUntil(() => alice.numbers.length >= 5000 && bob.numbers.length >= 5000, 120_000)
  assert.ok(done, `alice has ${alice.numbers.length}, bob has ${bob.numbers.length}`)
  const { packets } = sim.stats
  console.log(
    `NOTE 2 × 5,000 packets through 30 % loss: ${sim.now - began} ms of virtual time, ${packets} datagrams`,
  )
  sim.run(20_000)
  assert.equal(alice.numbers, range(0, 5000))
  assert.equal(bob.numbers, range(0, 5000))
  assert.ok(alice.engine.acknowledged(alice.id!, 4999), 'all are acknowledged')
  assert.is(alice.engine.freeSlots(alice.id!), 32_768)
})

test('a bulk of full packets fills a bottleneck without flooding it', () => {
  const { sim, alice, bob } = connectedPeers(SEED, { latency: 25, bandwidth: 1_250_000, queueSize: 65_536 })
  const began = sim.now
  const sentBefore = alice.host.stats.packetsSent
  const count = 3000
  alice.sendNumbers(0, count, 1373)
  assert.ok(
    sim.runUntil(() => bob.numbers.length === count, 60_000),
    `${bob.numbers.length}`,
  )
  const seconds = (sim.now - began) / 1000
  const ideal = (count * 1400) / 1_250_000
  const sent = alice.host.stats.packetsSent - sentBefore
  console.log(
    `NOTE 10 Mbit/s bottleneck: ${seconds.toFixed(2)} s (ideal ${ideal.toFixed(2)} s), ${sent} datagrams for ${count}`,
  )
  assert.ok(seconds < 1.5 * ideal)
  assert.ok(sent < 1.25 * count)
  assert.equal(bob.numbers, range(0, count))
})

test('5 % random loss costs little speed', () => {
  const { sim, alice, bob } = connectedPeers(SEED, { latency: 25, loss: 0.05 })
  const began = sim.now
  alice.sendNumbers(0, 20_000)
  assert.ok(
    sim.runUntil(() => bob.numbers.length === 20_000, 60_000),
    `${bob.numbers.length}`,
  )
  const seconds = (sim.now - began) / 1000
  console.log(`NOTE 20,000 packets with 5 % loss and 50 ms round trip: ${seconds.toFixed(2)} s`)
  assert.ok(seconds < 4)
  assert.equal(bob.numbers, range(0, 20_000))
})

test('acknowledgements add little to a stream', () => {
  const { sim, alice, bob } = connectedPeers(SEED, { latency: 0.05 })
  sim.run(3000)
  const before = bob.host.stats.packetsSent
  alice.sendNumbers(0, 10_000)
  assert.ok(sim.runUntil(() => bob.numbers.length === 10_000, 5000))
  const acks = bob.host.stats.packetsSent - before
  assert.ok(acks < 10_000 / 20, `${acks} acknowledgements`)
})

test('a lone message is acknowledged at once, one answered at once by the answer', () => {
  const { sim, alice, bob } = connectedPeers(SEED, { latency: 0.05 })
  sim.run(3000)
  for (let i = 0; i < 20; i++) {
    const began = sim.now
    const number = alice.send(numbered(160, i))!
    assert.ok(sim.runUntil(() => alice.engine.acknowledged(alice.id!, number), 1000))
    assert.ok(sim.now - began <= 2, `receipt ${i} took ${sim.now - began} ms`)
  }
  sim.run(50)
  bob.onEvent = event => {
    if (event.type === 'data') bob.send(numbered(161, 0))
  }
  const before = bob.host.stats.packetsSent
  alice.send(numbered(160, 20))
  sim.run(0.11)
  assert.is(bob.host.stats.packetsSent - before, 1)
})

test('the last packet of a burst is recovered although nothing follows it', () => {
  const { sim, alice, bob } = connectedPeers(SEED, { latency: 10 })
  alice.sendNumbers(0, 100)
  sim.run(1000)
  let lost = 0
  sim.intercept(({ sender }) => !(sender === alice.host && lost++ === 0))
  const began = sim.now
  alice.sendNumbers(100, 101)
  assert.ok(sim.runUntil(() => bob.numbers.length === 101, 1000))
  assert.ok(sim.now - began < 200, `${sim.now - began} ms`)
})

test('lossy packets arrive at once or not at all, and show that lossless ones were lost', () => {
  const { sim, alice, bob } = connectedPeers(SEED, { latency: 10 })
  sim.intercept(() => false)
  alice.sendNumbers(0, 1)
  alice.sendLossy(numbered(200, 1))
  sim.intercept(undefined)
  assert.ok(alice.sendLossy(numbered(200, 2)))
  sim.run(11)
  assert.equal(bob.lossy, [2])
  sim.run(60)
  assert.equal(bob.numbers, [0])
  assert.equal(bob.lossy, [2])
})

test('a full queue refuses, and says when there is room', () => {
  const { sim, alice, bob } = connectedPeers(SEED, { latency: 10 })
  sim.partition([alice.host], [bob.host])
  alice.sendNumbers(0, 32_768, 5)
  assert.is(alice.send(numbered(160, 0)), undefined)
  assert.is(alice.engine.freeSlots(alice.id!), 0)
  assert.is(alice.events('writable').length, 0)
  sim.heal()
  assert.ok(
    sim.runUntil(() => bob.numbers.length === 32_768, 60_000),
    `${bob.numbers.length}`,
  )
  assert.is(alice.events('writable').length, 1)
  assert.equal(bob.numbers, range(0, 32_768))
})

test('an idle session is no louder than c-toxcore', () => {
  const { sim, alice, bob } = connectedPeers(SEED)
  sim.run(20_000)
  const before = [alice, bob].map(peer => peer.host.stats.packetsSent)
  sim.run(60_000)
  for (const [i, peer] of [alice, bob].entries()) {
    const sent = peer.host.stats.packetsSent - before[i]!
    assert.ok(
      sent >= 20 && sent <= 40,
      `${peer.host.name} sent ${sent} packets in a minute, c-toxcore sends 57`,
    )
  }
})

test.run()
