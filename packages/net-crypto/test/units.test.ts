import { Endpoint, randomBytes, SECOND } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { Acknowledger } from '../src/acknowledger.ts'
import { Congestion } from '../src/congestion.ts'
import {
  answerCookieRequest,
  CookieJar,
  CookieLimiter,
  createCookieRequest,
  openCookieResponse,
} from '../src/cookie.ts'
import { createHandshake, openHandshake } from '../src/handshake.ts'
import { OutgoingPool } from '../src/outgoing.ts'
import { PacketArray } from '../src/packet-array.ts'
import { decodePacketRequest, encodePacketRequest } from '../src/packet-request.ts'
import { Paths } from '../src/paths.ts'
import { Receiver } from '../src/receiver.ts'
import { RoundTrip } from '../src/round-trip.ts'
import { Sender } from '../src/sender.ts'
import { Slab } from '../src/slab.ts'

const random = new SeededRandom('net-crypto units')
const crypto = testCrypto()
const NOW = 1_700_000_000_000

// ---- packet requests ----

test('a packet request is a list of distances, 0 for 255 (the example of the spec)', () => {
  const missing = new Set([3, 6, 1024])
  const out = new Uint8Array(1373)
  const size = encodePacketRequest(out, 1, 1025, number => !missing.has(number))
  assert.equal([...out.subarray(0, size)], [1, 3, 3, 0, 0, 0, 253])
  const found: number[] = []
  assert.is(decodePacketRequest(out.subarray(1, size), 1, 2000, found), 1025)
  assert.equal(found, [3, 6, 1024])
})

test('packet requests survive any pattern of loss, over the wrap-around, and cut short', () => {
  const found: number[] = []
  for (let round = 0; round < 300; round++) {
    const start = (0xffff_ffff - random.below(600)) >>> 0
    const count = random.below(2000)
    const end = (start + count) >>> 0
    const loss = random.float() ** 3
    const missing: number[] = []
    for (let i = 0; i < count; i++) if (random.chance(loss)) missing.push((start + i) >>> 0)
    const set = new Set(missing)
    const out = new Uint8Array(1 + random.below(round % 2 ? 60 : 1373))
    const size = encodePacketRequest(out, start, end, number => !set.has(number))
    const covered = decodePacketRequest(out.subarray(1, size), start, end, found)
    const expected = missing.filter(number => (number - start) >>> 0 < (covered - start) >>> 0)
    assert.equal(found, expected)
    if (size < out.length) assert.is(found.length, missing.length)
  }
})

test('a list speaks for what lies before its last byte, and for nothing behind', () => {
  const found: number[] = []
  assert.is(decodePacketRequest(Uint8Array.of(0, 5), 0, 1000, found), 260)
  assert.equal(found, [259])
  assert.is(decodePacketRequest(Uint8Array.of(255), 0, 1000, found), 255)
  assert.equal(found, [254])
  assert.is(decodePacketRequest(Uint8Array.of(0), 0, 1000, found), 255)
  assert.equal(found, [])
  assert.is(decodePacketRequest(Uint8Array.of(5, 200), 0, 100, found), 100)
  assert.equal(found, [4])
})

// ---- arrays and queues ----

test('a packet array behaves like a map with bounds, over the wrap-around', () => {
  const LIMIT = 1024
  const start = 0xffff_fe00
  const array = new PacketArray<number>(LIMIT, start)
  const model = new Map<number, number>()
  let first = start
  let end = start
  for (let i = 0; i < 50_000; i++) {
    const number = (first + random.below(LIMIT + 20) - 10) >>> 0
    const offset = (number - first) >>> 0
    switch (random.below(4)) {
      case 0: {
        const isFine = offset < LIMIT && !model.has(number)
        assert.is(array.insert(number, i), isFine)
        if (isFine) {
          model.set(number, i)
          if (offset >= (end - first) >>> 0) end = (number + 1) >>> 0
        }
        break
      }
      case 1:
        for (let value = array.shift(); value !== undefined; value = array.shift()) {
          assert.is(value, model.get(first))
          model.delete(first)
          first = (first + 1) >>> 0
        }
        assert.not.ok(model.has(first))
        break
      case 2:
        assert.is(array.remove(number), model.get(number))
        model.delete(number)
        break
      default:
        if (array.size > 0) {
          array.skip()
          model.delete(first)
          first = (first + 1) >>> 0
        }
    }
    assert.is(array.start, first)
    assert.is(array.end, end)
    assert.is(array.get(number), model.get(number))
    assert.is(array.free, LIMIT - ((end - first) >>> 0))
  }
  assert.ok(first < start, 'it wrapped around')
})

test('a slab makes copies that do not touch each other', () => {
  const slab = new Slab()
  const copies = Array.from({ length: 200 }, (_, i) => slab.copy(new Uint8Array(1 + i * 6).fill(i)))
  for (const [i, copy] of copies.entries()) {
    assert.is(copy.length, 1 + i * 6)
    assert.ok(copy.every(byte => byte === i))
  }
  assert.is(copies[50]!.buffer, copies[51]!.buffer)
  assert.ok(slab.copy(new Uint8Array(1373)).buffer.byteLength < 32_768, 'little is kept alive by one')
})

test('an acknowledged packet is used again, and nothing of it shows', () => {
  const pool = new OutgoingPool()
  const first = pool.take(new Uint8Array(100).fill(1))
  Object.assign(first, { sentAt: 5, timesSent: 3, lost: true })
  pool.release(first)
  const again = pool.take(new Uint8Array(100).fill(2))
  assert.is(again, first)
  assert.equal(again, { payload: new Uint8Array(100).fill(2), sentAt: 0, timesSent: 0, lost: false })
  const other = pool.take(new Uint8Array(100).fill(3))
  pool.release(again)
  assert.equal(pool.take(Uint8Array.of(4)).payload, Uint8Array.of(4), 'of another size')
  assert.equal(other.payload, new Uint8Array(100).fill(3))
})

test('the receiver delivers in order, once, and knows what it misses', () => {
  const receiver = new Receiver(0xffff_fffe)
  const packet = (number: number) => Uint8Array.of(160, number)
  assert.is(receiver.accept(0, packet(0)), 'gap')
  assert.is(receiver.accept(0, packet(0)), 'duplicate')
  assert.is(receiver.shift(), undefined)
  assert.ok(receiver.hasGaps)
  const out = new Uint8Array(100)
  assert.equal([...out.subarray(0, receiver.writeRequest(out, 'gaps'))], [1, 1, 1])
  assert.equal([...out.subarray(0, receiver.writeRequest(out, 'nothing'))], [1])
  assert.is(receiver.accept(0xffff_ffff, packet(255)), 'repair')
  assert.is(receiver.accept(0xffff_fffe, packet(254)), 'repair')
  assert.equal([receiver.shift(), receiver.shift(), receiver.shift()], [packet(254), packet(255), packet(0)])
  assert.not.ok(receiver.hasGaps)
  assert.is(receiver.accept(0xffff_fffe, packet(254)), 'duplicate')
  assert.is(receiver.accept(1 + 32_768, packet(1)), 'too_far')
  assert.ok(receiver.extend(3))
  assert.not.ok(receiver.extend(2), 'never back')
  assert.equal([receiver.hasGaps, receiver.hasTail], [false, true])
  assert.equal([...out.subarray(0, receiver.writeRequest(out, 'gaps'))], [1])
  assert.equal([...out.subarray(0, receiver.writeRequest(out, 'all'))], [1, 1, 1])
  assert.is(receiver.accept(2, packet(2)), 'gap', 'named before, but a gap only now')
  assert.equal([receiver.hasGaps, receiver.hasTail], [true, false])
})

test('few packets are acknowledged at once, a stream now and then', () => {
  const roundTrip = new RoundTrip()
  roundTrip.sample(NOW, 16)
  const acknowledger = new Acknowledger(NOW, roundTrip)
  let acks = 0
  const receive = (now: number) => {
    acknowledger.received(now)
    if (acknowledger.deadline() > now) return
    acks++
    acknowledger.requested(now, 'gaps', false)
  }
  for (let i = 0; i < 5; i++) receive(NOW + i / 10)
  assert.is(acks, 5)
  for (let i = 0; i < 1000; i++) receive(NOW + 1 + i / 10)
  assert.ok(acks >= 5 + 32 && acks <= 5 + 60, `${acks} acknowledgements in 100 ms`)
  acks = 0
  for (let i = 0; i < 5; i++) receive(NOW + 200 + i / 10)
  assert.is(acks, 5, 'after a pause')
})

test('what is only said to exist is requested when nothing comes any more', () => {
  const roundTrip = new RoundTrip()
  roundTrip.sample(NOW, 40)
  const acknowledger = new Acknowledger(NOW, roundTrip)
  acknowledger.tailNamed(NOW)
  assert.is(acknowledger.requestAt, NOW + 5, 'nothing has come for long')
  acknowledger.received(NOW + 1)
  acknowledger.tailAwaited()
  assert.is(acknowledger.requestAt, NOW + 61)
  acknowledger.received(NOW + 20)
  acknowledger.tailAwaited()
  acknowledger.tailNamed(NOW + 30)
  assert.is(acknowledger.requestAt, NOW + 80)
  assert.is(acknowledger.wanted(NOW + 79), 'gaps')
  assert.is(acknowledger.wanted(NOW + 80), 'all')
  acknowledger.gapOpened(NOW + 30)
  assert.is(acknowledger.requestAt, NOW + 35, 'what was overtaken does not wait so long')
})

test('while gaps are being filled, acknowledgements ask for nothing', () => {
  const roundTrip = new RoundTrip()
  roundTrip.sample(NOW, 40)
  const acknowledger = new Acknowledger(NOW, roundTrip)
  acknowledger.received(NOW)
  acknowledger.gapOpened(NOW)
  assert.is(acknowledger.wanted(NOW + 5), 'gaps')
  acknowledger.requested(NOW + 5, 'gaps', true)
  assert.is(acknowledger.requestAt, NOW + 65)
  acknowledger.received(NOW + 64)
  acknowledger.repaired(NOW + 64)
  assert.is(acknowledger.wanted(NOW + 64), 'nothing')
  acknowledger.requested(NOW + 64, 'nothing', true)
  assert.is(acknowledger.requestAt, NOW + 69, 'the rest does not come')
  acknowledger.received(NOW + 65)
  assert.is(acknowledger.wanted(NOW + 65), 'gaps', 'the rest was overtaken')
})

function senderWith(count: number): Sender {
  const roundTrip = new RoundTrip()
  roundTrip.sample(NOW, 50)
  const sender = new Sender(roundTrip, new OutgoingPool())
  for (let i = 0; i < count; i++) sender.queue(Uint8Array.of(160, i))
  return sender
}

function drain(sender: Sender, now: number): number[] {
  const sent: number[] = []
  for (let number = sender.next(now); number !== undefined; number = sender.next(now)) sent.push(number)
  return sent
}

test('the sender repeats what is asked for, but not what can still be on its way', () => {
  const sender = senderWith(6)
  assert.equal(drain(sender, NOW), [0, 1, 2, 3, 4, 5])
  sender.request(NOW + 10, Uint8Array.of(1, 2))
  assert.equal(drain(sender, NOW + 10), [], 'sent 10 ms ago')
  sender.request(NOW + 60, Uint8Array.of(1, 2))
  assert.equal(drain(sender, NOW + 60), [0, 2])
  sender.request(NOW + 70, Uint8Array.of(1, 2))
  assert.equal(drain(sender, NOW + 70), [], 'repeated 10 ms ago')
  assert.ok(sender.acknowledge(NOW + 120, 6))
  assert.is(sender.deadline(), Number.POSITIVE_INFINITY)
})

test('the sender believes no acknowledgement of what it never sent, and shrugs at old ones', () => {
  const sender = senderWith(4)
  assert.not.ok(sender.acknowledge(NOW, 1))
  drain(sender, NOW)
  assert.not.ok(sender.acknowledge(NOW, 5))
  assert.ok(sender.acknowledge(NOW, 3))
  assert.ok(sender.acknowledge(NOW, 1))
  assert.is(sender.start, 3)
  assert.ok(sender.isAcknowledged(2))
  assert.not.ok(sender.isAcknowledged(3))
})

test('after silence the sender probes with its last packet, ever more seldom', () => {
  const sender = senderWith(3)
  drain(sender, NOW)
  let now = NOW
  const pauses: number[] = []
  for (let i = 0; i < 5; i++) {
    const due = sender.deadline()
    pauses.push(Math.round(due - now))
    now = due
    sender.tick(now)
    assert.equal(drain(sender, now), [2])
  }
  assert.equal(pauses, [175, 350, 700, 1000, 1000])
})

/** Lets a congestion control see rounds with so many packets delivered and lost; gives its window afterwards. */
function rounds(congestion: Congestion): (delivered: number, lost: number, time: number) => number {
  let number = 0
  return (delivered, lost, time) => {
    number += delivered + lost
    congestion.limit()
    for (let i = 0; i < delivered; i++) congestion.delivered()
    for (let i = 0; i < lost; i++) congestion.lost()
    congestion.acknowledged(NOW, number, number, time)
    return congestion.window
  }
}

test('the window grows while nothing is lost, shrinks with loss, and ends the growth at a queue', () => {
  const roundTrip = new RoundTrip()
  roundTrip.sample(NOW, 50)
  const congestion = new Congestion(roundTrip, 0)
  const round = rounds(congestion)
  assert.is(round(64, 0, 50), 128)
  assert.is(round(128, 0, 50), 256)
  assert.is(round(150, 106, 50), 150)
  assert.is(round(150, 0, 50), 168)
  assert.is(round(168, 0, 300), 147)
  // Loss that does not care about the window.
  for (let i = 0; i < 4; i++) round(105, 45, 50)
  const before = congestion.window
  assert.ok(round(105, 45, 50) > before)
})

test('one delayed round does not end the quick start, two do', () => {
  const roundTrip = new RoundTrip()
  roundTrip.sample(NOW, 50)
  const congestion = new Congestion(roundTrip, 0)
  const round = rounds(congestion)
  assert.is(round(64, 0, 130), 64)
  assert.is(round(64, 3, 50), 128)
  assert.is(round(128, 0, 130), 128)
  assert.is(round(128, 0, 130), 128)
  assert.is(round(128, 0, 50), 144)
  assert.is(round(136, 8, 50), 162, '6 % lost, as on a radio link')
  assert.is(round(148, 14, 50), 172, '9 % lost')
  assert.is(round(164, 8, 130), 172, 'lost at random, and a little late')
  assert.is(round(155, 17, 130), 150, 'lost to a queue')
})

// ---- cookies and handshakes ----

function side() {
  const longTerm = crypto.keyPair(random)
  const dht = crypto.keyPair(random)
  const key = ({ publicKey, secretKey }: typeof dht) => ({
    publicKey,
    secret: crypto.addSecret(secretKey, 16),
  })
  return { crypto, random, longTerm: key(longTerm), dht: key(dht), jar: new CookieJar(crypto, random) }
}

test('cookie request and response: 145 and 161 bytes, bound to the keys and the echo id', () => {
  const [alice, bob, eve] = [side(), side(), side()]
  const echoId = randomBytes(random, 8)
  const request = createCookieRequest(alice, bob.dht.publicKey, echoId)!
  assert.is(request.length, 145)
  assert.is(answerCookieRequest(eve, eve.jar, NOW, request), 'not_authentic')
  assert.is(answerCookieRequest(bob, bob.jar, NOW, request.subarray(1)), 'malformed')
  const response = answerCookieRequest(bob, bob.jar, NOW, request) as Uint8Array
  assert.is(response.length, 161)
  assert.is(openCookieResponse(alice, eve.dht.publicKey, response), undefined)
  const opened = openCookieResponse(alice, bob.dht.publicKey, response)!
  assert.equal(opened.echoId, echoId)
  assert.equal(bob.jar.open(NOW, opened.cookie), {
    time: NOW,
    publicKey: alice.longTerm.publicKey,
    dhtPublicKey: alice.dht.publicKey,
  })
})

test('a cookie opens for 15 s, not before it was made, and for its maker alone', () => {
  const [alice, bob] = [side(), side()]
  const peer = { publicKey: alice.longTerm.publicKey, dhtPublicKey: alice.dht.publicKey }
  const cookie = bob.jar.seal(NOW, peer)
  assert.is(cookie.length, 112)
  assert.ok(bob.jar.open(NOW + 15 * SECOND, cookie))
  assert.is(bob.jar.open(NOW + 15 * SECOND + 1, cookie), undefined)
  assert.is(bob.jar.open(NOW - 1, cookie), undefined)
  assert.is(alice.jar.open(NOW, cookie), undefined)
})

test('a handshake is bound to its cookie', () => {
  const [alice, bob] = [side(), side()]
  const peerOf = ({ longTerm, dht }: typeof bob) => ({
    publicKey: longTerm.publicKey,
    dhtPublicKey: dht.publicKey,
  })
  const ours = { baseNonce: randomBytes(random, 24), sessionPublicKey: crypto.keyPair(random).publicKey }
  const packet = createHandshake(alice, NOW, peerOf(bob), ours, bob.jar.seal(NOW, peerOf(alice)))!
  assert.is(packet.length, 385)
  const opened = openHandshake(bob, NOW, packet)
  if (typeof opened === 'string') throw new Error(opened)
  assert.equal(opened.baseNonce, ours.baseNonce)
  assert.equal(opened.sessionPublicKey, ours.sessionPublicKey)
  assert.equal(opened.publicKey, alice.longTerm.publicKey)
  assert.equal(alice.jar.open(NOW, opened.otherCookie), { time: NOW, ...peerOf(bob) })

  // An older handshake with a fresh cookie put into it.
  const swapped = packet.slice()
  swapped.set(bob.jar.seal(NOW + 1000, peerOf(alice)), 1)
  assert.is(openHandshake(bob, NOW + 1000, swapped), 'bad_cookie')
  assert.is(openHandshake(bob, NOW + 16_000, packet), 'bad_cookie')
  packet[200]! ^= 1
  assert.is(openHandshake(bob, NOW, packet), 'not_authentic')
})

test('the cookie limiter: 10 at once, then one each 100 ms', () => {
  const limiter = new CookieLimiter()
  const take = (now: number, times: number) =>
    Array.from({ length: times }, () => limiter.take(now)).filter(Boolean).length
  assert.is(take(NOW, 20), 10)
  assert.is(take(NOW + 99, 20), 0)
  assert.is(take(NOW + 100, 20), 1)
  assert.is(take(NOW + 1100, 20), 10)
  assert.is(take(NOW + 100_000, 20), 10)
})

// ---- paths ----

test('live routes before dead ones; local IPv4, then IPv6, then IPv4', () => {
  const at = (host: string) => Endpoint.parse(host, 33445)!
  const [lan, v4, v6] = [at('192.168.1.2'), at('198.51.100.7'), at('2001:db8::1')]
  const paths = new Paths()
  assert.is(paths.best(NOW), undefined)
  paths.set(NOW, v4, false)
  assert.is(paths.best(NOW), v4)
  paths.set(NOW, v6, false)
  assert.is(paths.best(NOW), v6)
  paths.heard(NOW, v4)
  assert.is(paths.best(NOW), v4, 'the live one')
  paths.heard(NOW, v6)
  assert.is(paths.best(NOW), v6)
  assert.is(paths.set(NOW, lan, true), v4)
  assert.is(paths.best(NOW), lan)
  assert.not.ok(paths.mayReplace(NOW, v4), 'not while the local one works')
  assert.ok(paths.mayReplace(NOW + 8 * SECOND, v4))
  assert.is(paths.aliveUntil(), NOW + 8 * SECOND)
})

test.run()
