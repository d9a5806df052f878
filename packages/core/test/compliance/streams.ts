import {
  type Crypto,
  concatBytes,
  equalBytes,
  MAC_SIZE,
  NONCE_SIZE,
  type StreamHandle,
} from '@ts-toxcore/core'
import nacl from 'tweetnacl'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { flipped, type Kit } from './kit.ts'

const MAX_PAYLOAD_SIZE = 2032

export function streamCompliance({ name, crypto, oracle, random, bytes }: Kit): void {
  const test = suite(`${name}: streams`)
  const directions: [title: string, from: Crypto, to: Crypto][] = [
    ['to itself', crypto, crypto],
    ['to crypto-js', crypto, oracle],
    ['from crypto-js', oracle, crypto],
  ]

  function connect(from: Crypto, to: Crypto, key = bytes(32), nonce = bytes(NONCE_SIZE)) {
    const back = bytes(NONCE_SIZE)
    return {
      sender: from.addStream(from.addKey(key), nonce, back),
      receiver: to.addStream(to.addKey(key), back, nonce),
    }
  }
  /** Opens and copies the payloads. */
  function open(by: Crypto, stream: StreamHandle, input: Uint8Array) {
    const payloads: Uint8Array[] = []
    const taken = by.openFrames(stream, input, payload => payloads.push(payload.slice()))
    return { payloads, taken }
  }

  for (const [title, from, to] of directions) {
    test(`${title}: payloads of every size, with a nonce that carries through all of its bytes`, () => {
      const key = bytes(32)
      const nonce = new Uint8Array(NONCE_SIZE).fill(0xff)
      nonce[23] = 0xf0
      const { sender, receiver } = connect(from, to, key, nonce)
      for (let size = 1; size <= MAX_PAYLOAD_SIZE; size++) {
        const payload = bytes(size)
        const frame = from.sealFrame(sender, payload)
        const length = MAC_SIZE + size
        const expected = concatBytes(Uint8Array.of(length >> 8, length), nacl.secretbox(payload, nonce, key))
        assert.ok(equalBytes(frame, expected), `${size}`)
        const { payloads, taken } = open(to, receiver, frame.slice())
        assert.is(taken, frame.length)
        assert.is(payloads.length, 1)
        assert.ok(equalBytes(payloads[0]!, payload), `${size}`)
        for (let i = 23; i >= 0; i--) if (++nonce[i]! & 0xff) break
      }
      from.dropStream(sender)
      to.dropStream(receiver)
    })

    test(`${title}: frames split anywhere`, () => {
      const payloads = [1, 2, 100, 1, 300].map(bytes)
      const whole = (sender: StreamHandle) =>
        concatBytes(...payloads.map(payload => from.sealFrame(sender, payload).slice()))
      const size = payloads.reduce((sum, payload) => sum + 2 + MAC_SIZE + payload.length, 0)
      for (let split = 0; split <= size; split++) {
        const { sender, receiver } = connect(from, to)
        const stream = whole(sender)
        const first = open(to, receiver, stream.subarray(0, split))
        assert.ok(first.taken >= 0 && first.taken <= split)
        const second = open(to, receiver, stream.subarray(first.taken))
        assert.is(first.taken + second.taken, size)
        assert.equal([...first.payloads, ...second.payloads], payloads)
        from.dropStream(sender)
        to.dropStream(receiver)
      }
    })
  }

  test('in the smallest pieces and the largest heaps', () => {
    const { sender, receiver } = connect(crypto, crypto)
    const payloads = Array.from({ length: 300 }, () => bytes(1 + random.below(200)))
    const stream = concatBytes(...payloads.map(payload => crypto.sealFrame(sender, payload).slice()))
    const opened: Uint8Array[] = []
    let kept = new Uint8Array(0)
    for (let at = 0; at < stream.length; ) {
      const end = Math.min(stream.length, at + 1 + (random.chance(0.5) ? 0 : random.below(1000)))
      const input = concatBytes(kept, stream.subarray(at, end))
      const { payloads, taken } = open(crypto, receiver, input)
      opened.push(...payloads)
      kept = input.slice(taken)
      at = end
    }
    assert.is(kept.length, 0)
    assert.equal(opened, payloads)

    // Much more at once than any arena for a packet has room for.
    const big = Array.from({ length: 200 }, () => bytes(MAX_PAYLOAD_SIZE))
    const heap = concatBytes(...big.map(payload => crypto.sealFrame(sender, payload).slice()))
    const result = open(crypto, receiver, heap)
    assert.is(result.taken, heap.length)
    assert.ok(result.payloads.every((payload, i) => equalBytes(payload, big[i]!)))
    crypto.dropStream(sender)
    crypto.dropStream(receiver)
  })

  test('a changed bit breaks the stream for good; the frames before it come out', () => {
    const size = 2 + MAC_SIZE + 20
    for (let bit = 0; bit < 8 * size; bit++) {
      const { sender, receiver } = connect(crypto, crypto)
      const payloads = [bytes(3), bytes(20), bytes(5)]
      const [first, second, third] = payloads.map(payload => crypto.sealFrame(sender, payload).slice()) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ]
      const damaged = flipped(second, bit)
      const claimed = damaged[0]! * 0x100 + damaged[1]!
      const input = concatBytes(first, damaged, third)
      const copy = input.slice()
      const { payloads: opened, taken } = open(crypto, receiver, input)
      assert.equal(opened, [payloads[0]], `bit ${bit}`)
      assert.ok(equalBytes(input, copy))
      const incomplete = claimed > MAC_SIZE && claimed <= MAC_SIZE + MAX_PAYLOAD_SIZE && claimed > 60
      assert.is(taken, incomplete ? first.length : -1, `bit ${bit}`)
      if (taken === -1) {
        assert.equal(open(crypto, receiver, second), { payloads: [], taken: -1 })
        assert.equal(open(crypto, receiver, new Uint8Array(0)), { payloads: [], taken: -1 })
      }
      crypto.dropStream(sender)
      crypto.dropStream(receiver)
    }
  })

  test('impossible lengths break it as soon as they are seen; too few bytes wait', () => {
    for (const length of [0, 1, MAC_SIZE - 1, MAC_SIZE, MAC_SIZE + MAX_PAYLOAD_SIZE + 1, 0x7fff, 0xffff]) {
      const { sender, receiver } = connect(crypto, crypto)
      assert.equal(open(crypto, receiver, new Uint8Array(0)), { payloads: [], taken: 0 })
      assert.equal(open(crypto, receiver, Uint8Array.of(length >> 8)), { payloads: [], taken: 0 })
      assert.is(open(crypto, receiver, Uint8Array.of(length >> 8, length)).taken, -1, `${length}`)
      crypto.dropStream(sender)
      crypto.dropStream(receiver)
    }
    const { sender, receiver } = connect(crypto, crypto)
    const frame = crypto.sealFrame(sender, bytes(50)).slice()
    for (let size = 0; size < frame.length; size++) {
      assert.equal(open(crypto, receiver, frame.subarray(0, size)), { payloads: [], taken: 0 })
    }
    assert.is(open(crypto, receiver, frame).taken, frame.length)
    // Once more: its nonce is used up.
    assert.is(open(crypto, receiver, frame).taken, -1)
    crypto.dropStream(sender)
    crypto.dropStream(receiver)
  })

  test('a payload lives through the whole of its call, whatever is sealed and opened meanwhile', () => {
    const { sender, receiver } = connect(crypto, crypto)
    const answers = connect(crypto, oracle)
    const payloads = [1, 40, MAX_PAYLOAD_SIZE, 7].map(bytes)
    const stream = concatBytes(...payloads.map(payload => crypto.sealFrame(sender, payload).slice()))
    let count = 0
    const taken = crypto.openFrames(receiver, stream, payload => {
      const expected = payloads[count++]!
      const answer = crypto.sealFrame(answers.sender, bytes(500)).slice()
      assert.ok(equalBytes(payload, expected), 'after sealing')
      // An echo: straight out of the view.
      const echo = crypto.sealFrame(answers.sender, payload).slice()
      assert.ok(equalBytes(payload, expected), 'after sealing itself')
      assert.is(open(oracle, answers.receiver, concatBytes(answer, echo)).payloads.length, 2)
      crypto.sha256(payload)
      crypto.publicKey(bytes(32))
      assert.ok(equalBytes(payload, expected), 'after hashing')
    })
    assert.is(taken, stream.length)
    assert.is(count, 4)
    for (const handle of [sender, receiver, answers.sender]) crypto.dropStream(handle)
    oracle.dropStream(answers.receiver)
  })

  test('a stream takes its key over, and copies its nonces', () => {
    const [key, nonce] = [bytes(32), bytes(NONCE_SIZE)]
    const handle = crypto.addKey(key)
    for (const size of [0, 23, 25]) {
      assert.throws(() => crypto.addStream(handle, bytes(size), nonce), RangeError)
      assert.throws(() => crypto.addStream(handle, nonce, bytes(size)), RangeError)
    }
    const given = nonce.slice()
    const stream = crypto.addStream(handle, given, given)
    given.fill(0)
    assert.throws(() => crypto.seal(handle, nonce, bytes(1), new Uint8Array(17)))
    assert.throws(() => crypto.dropKey(handle))
    for (const size of [0, MAX_PAYLOAD_SIZE + 1]) {
      assert.throws(() => crypto.sealFrame(stream, bytes(size)), RangeError)
    }
    const frame = crypto.sealFrame(stream, Uint8Array.of(1)).slice()
    assert.ok(equalBytes(frame.subarray(2), nacl.secretbox(Uint8Array.of(1), nonce, key)))
    crypto.dropStream(stream)
    assert.throws(() => crypto.sealFrame(stream, Uint8Array.of(1)))
    assert.throws(() => crypto.openFrames(stream, frame, () => {}))
    assert.throws(() => crypto.dropStream(stream))
  })

  test('two hundred streams at once keep to their own keys and nonces', () => {
    const peers = Array.from({ length: 200 }, () => connect(crypto, oracle))
    for (let i = 0; i < 1000; i++) {
      const { sender, receiver } = peers[random.below(peers.length)]!
      const payload = bytes(1 + random.below(50))
      const opened = open(oracle, receiver, crypto.sealFrame(sender, payload))
      assert.equal(opened.payloads, [payload])
    }
    for (const { sender, receiver } of peers) {
      crypto.dropStream(sender)
      oracle.dropStream(receiver)
    }
  })

  test.run()
}
