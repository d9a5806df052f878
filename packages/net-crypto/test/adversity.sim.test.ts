/** Packets that come twice, late, in the wrong order or from an earlier session. */
import type { Endpoint } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { OutgoingPool } from '../src/outgoing.ts'
import { Receiver } from '../src/receiver.ts'
import { RoundTrip } from '../src/round-trip.ts'
import { Sender } from '../src/sender.ts'
import { connectedPeers, numbered, type Peer, range, twoPeers } from './peer.ts'

const SEED = process.env.SEED ?? '1'
console.log(`SEED ${SEED}`)

const ROUGH = { latency: 20, jitter: 30, loss: 0.2, duplication: 0.5, reordering: 0.3, reorderingDelay: 1500 }

/** Keeps what `sender` sends; the returned function hands all of it to `receiver` once more. */
function record(sender: Peer, receiver: Peer): () => void {
  const recorded: { from: Endpoint; data: Uint8Array }[] = []
  sender.sim.intercept(packet => {
    if (packet.sender === sender.host) recorded.push({ from: packet.from, data: packet.data.slice() })
    return true
  })
  return () => {
    sender.sim.intercept(undefined)
    for (const { from, data } of recorded) {
      receiver.host.do(now => receiver.engine.handleDatagram(now, from, data.slice()))
    }
  }
}

test('cookies and handshakes that come twice, late and in any order make one session', () => {
  for (let i = 0; i < 30; i++) {
    const { sim, alice, bob } = twoPeers(`${SEED}/${i}`, ROUGH)
    alice.connect(bob)
    if (i % 2 === 0) bob.connect(alice)
    assert.ok(
      sim.runUntil(() => alice.isConnected && bob.isConnected, 8000),
      `run ${i}`,
    )
    alice.sendNumbers(0, 20)
    bob.sendNumbers(0, 20)
    sim.run(15_000)
    for (const peer of [alice, bob]) {
      assert.equal(peer.numbers, range(0, 20), `run ${i}`)
      assert.is(peer.events('established').length, 1)
      assert.is(peer.events('closed').length, 0)
    }
  }
})

test('both restart while they connect to each other', () => {
  for (let i = 0; i < 10; i++) {
    const { sim, alice, bob } = twoPeers(`${SEED}/${i}`, { latency: 20, jitter: 20, loss: 0.2 })
    alice.connect(bob)
    bob.connect(alice)
    sim.run(i * 12)
    alice.restart()
    sim.run(i * 7)
    bob.restart()
    alice.connect(bob)
    bob.connect(alice)
    const isConnected = () => alice.isConnected && bob.isConnected
    assert.ok(sim.runUntil(isConnected, 8000), `run ${i}`)
    alice.numbers.length = 0
    bob.numbers.length = 0
    alice.sendNumbers(0, 5)
    bob.sendNumbers(0, 5)
    sim.run(3000)
    assert.ok(isConnected())
    assert.equal([alice.numbers, bob.numbers], [range(0, 5), range(0, 5)], `run ${i}`)
  }
})

test('all packets of a session, its kill packets too, are nothing to the next one', () => {
  const { sim, alice, bob } = connectedPeers(SEED)
  const replay = record(alice, bob)
  alice.sendNumbers(0, 10)
  sim.run(500)
  alice.kill()
  sim.run(500)
  alice.connect(bob)
  assert.ok(sim.runUntil(() => alice.isConnected && bob.isConnected, 1000))
  const closedBefore = bob.events('closed').length
  replay()
  sim.run(1000)
  alice.sendNumbers(10, 20)
  sim.run(1000)
  assert.is(bob.events('closed').length, closedBefore)
  assert.equal(bob.numbers, range(0, 20))
  assert.ok(alice.isConnected && bob.isConnected)
})

test('all packets of a session twice change nothing in it', () => {
  const { sim, alice, bob } = connectedPeers(SEED)
  const replay = record(alice, bob)
  alice.sendNumbers(0, 200)
  sim.run(1000)
  replay()
  alice.sendNumbers(200, 210)
  sim.run(1000)
  assert.equal(bob.numbers, range(0, 210))
  assert.is(bob.events('closed').length, 0)
})

test('a listener may send, and end the session, while packets come', () => {
  const { sim, alice, bob } = connectedPeers(SEED, { latency: 5 })
  let answers = 0
  bob.onEvent = event => {
    if (event.type !== 'data') return
    bob.send(numbered(160, answers++))
    if (answers === 50) bob.kill()
  }
  alice.sendNumbers(0, 100)
  sim.run(1000)
  assert.is(alice.events('closed').length, 1)
  assert.not.ok(alice.isConnected)
  assert.not.ok(bob.isConnected)
})

test('packet numbers wrap around at 2³² in the middle of a lossy transfer', () => {
  const first = 0xffff_ff00
  const roundTrip = new RoundTrip()
  const sender = new Sender(roundTrip, new OutgoingPool(), first)
  const receiver = new Receiver(first)
  const delivered: number[] = []
  const request = new Uint8Array(1373)
  let now = 1_700_000_000_000
  let sent = 0
  const count = 1000
  for (let number = 0; number < count; number++) sender.queue(numbered(160, number))
  for (let turn = 0; delivered.length < count; turn++) {
    assert.ok(turn < 2000, `${delivered.length} have come`)
    for (let number = sender.next(now); number !== undefined; number = sender.next(now)) {
      if (sent++ % 7 === 3) continue
      receiver.accept(number, sender.payload(number))
      for (let data = receiver.shift(); data !== undefined; data = receiver.shift()) {
        delivered.push(new DataView(data.buffer, data.byteOffset).getUint32(1))
      }
    }
    receiver.extend(sender.unsent)
    now += 20
    const size = receiver.writeRequest(request, 'all')
    assert.ok(sender.acknowledge(now, receiver.start))
    sender.request(now, request.subarray(1, size))
    sender.tick(now)
  }
  assert.equal(delivered, range(0, count))
  assert.is(sender.start, (first + count) >>> 0)
  assert.is(sender.free, 32_768)
})

test.run()
