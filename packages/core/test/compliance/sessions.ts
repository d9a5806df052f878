import {
  type Crypto,
  concatBytes,
  equalBytes,
  MAC_SIZE,
  NONCE_SIZE,
  type SessionHandle,
} from '@ts-toxcore/core'
import nacl from 'tweetnacl'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { flipped, type Kit } from './kit.ts'

const MAX_PAYLOAD_SIZE = 1373
const MAX_DATAGRAM_SIZE = 1400
const U32_EDGES = [0, 1, 0x7fffffff, 0x80000000, 0xdeadbeef, 0xffffffff]
/** c-toxcore's DATA_NUM_THRESHOLD: the base nonce moves on by it when a packet is more than twice as far ahead. */
const DATA_NUM_THRESHOLD = 21_845

export function sessionCompliance({ name, crypto, oracle, random, bytes }: Kit): void {
  const test = suite(`${name}: sessions`)
  const directions: [title: string, from: Crypto, to: Crypto][] = [
    ['to itself', crypto, crypto],
    ['to crypto-js', crypto, oracle],
    ['from crypto-js', oracle, crypto],
  ]

  /** A session of each, one's send nonce being the other's receive nonce. */
  function connect(from: Crypto, to: Crypto, key = bytes(32), nonce = bytes(NONCE_SIZE)) {
    const back = bytes(NONCE_SIZE)
    return {
      sender: from.addSession(from.addKey(key), nonce, back),
      receiver: to.addSession(to.addKey(key), back, nonce),
    }
  }
  function opens(
    by: Crypto,
    session: SessionHandle,
    datagram: Uint8Array,
    payload: Uint8Array,
    title: string,
  ) {
    assert.is(by.openData(session, datagram), true, title)
    assert.ok(equalBytes(by.data.payload, payload), title)
  }
  /** A datagram as the specification has it, by tweetnacl alone. */
  function byHand(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Uint8Array {
    return concatBytes(Uint8Array.of(0x1b), nonce.subarray(22), nacl.secretbox(plain, nonce, key))
  }
  const numbers = (bufferStart: number, packetNumber: number) => {
    const out = new DataView(new ArrayBuffer(8))
    out.setUint32(0, bufferStart)
    out.setUint32(4, packetNumber)
    return new Uint8Array(out.buffer)
  }

  for (const [title, from, to] of directions) {
    test(`${title}: payloads of every size, padded to steps of 8`, () => {
      const key = bytes(32)
      const nonce = bytes(NONCE_SIZE)
      const { sender, receiver } = connect(from, to, key, nonce)
      for (let size = 1; size <= MAX_PAYLOAD_SIZE; size++) {
        const payload = bytes(size)
        payload[0] ||= 1
        const datagram = from.sealData(sender, size, 0xffffffff - size, payload)
        const padding = new Uint8Array((MAX_PAYLOAD_SIZE - size) % 8)
        const plain = concatBytes(numbers(size, 0xffffffff - size), padding, payload)
        assert.ok(equalBytes(datagram, byHand(key, nonce, plain)), `${size}`)
        opens(to, receiver, datagram.slice(), payload, `${size}`)
        assert.is(to.data.bufferStart, size)
        assert.is(to.data.packetNumber, 0xffffffff - size)
        add(nonce, 1)
      }
      from.dropSession(sender)
      to.dropSession(receiver)
    })

    test(`${title}: numbers are unsigned; a nonce carries through all of its bytes`, () => {
      const nonce = new Uint8Array(NONCE_SIZE).fill(0xff)
      nonce[23] = 0xf0
      const { sender, receiver } = connect(from, to, bytes(32), nonce)
      for (const bufferStart of U32_EDGES) {
        for (const packetNumber of U32_EDGES) {
          const datagram = from.sealData(sender, bufferStart, packetNumber, Uint8Array.of(16))
          opens(to, receiver, datagram.slice(), Uint8Array.of(16), `${bufferStart} ${packetNumber}`)
          assert.is(to.data.bufferStart, bufferStart)
          assert.is(to.data.packetNumber, packetNumber)
        }
      }
      from.dropSession(sender)
      to.dropSession(receiver)
    })

    test(`${title}: 70,000 packets, so that the 16 bits wrap around`, () => {
      const { sender, receiver } = connect(from, to)
      const payload = Uint8Array.of(200, 1, 2, 3)
      for (let i = 0; i < 70_000; i++) {
        const datagram = from.sealData(sender, i, i, payload)
        assert.ok(to.openData(receiver, datagram), `${i}`)
        if (to.data.packetNumber !== i) assert.unreachable(`${i}`)
      }
      from.dropSession(sender)
      to.dropSession(receiver)
    })
  }

  test('nonces are recovered as in the specification, whatever is lost, late or repeated', () => {
    const key = bytes(32)
    for (const low of [0, 0xfffe, 0x8000, random.below(0x10000)]) {
      const base = bytes(NONCE_SIZE)
      base.fill(0xff, 20)
      base[22] = low >> 8
      base[23] = low
      const session = crypto.addSession(crypto.addKey(key), bytes(NONCE_SIZE), base)
      for (let i = 0; i < 500; i++) {
        // Mostly around what makes the base move; also just behind it, and a whole range ahead.
        const near = [0, 2 * DATA_NUM_THRESHOLD, DATA_NUM_THRESHOLD, 0xffff, random.below(0x10000)][
          random.below(5)
        ]!
        const ahead = near + random.below(5) - 2
        const nonce = base.slice()
        add(nonce, ahead)
        const forged = byHand(bytes(32), nonce, concatBytes(numbers(1, i), Uint8Array.of(16)))
        assert.is(crypto.openData(session, forged), false)
        const datagram = byHand(key, nonce, concatBytes(numbers(0, i), Uint8Array.of(16)))
        const understood = ahead >= 0 && ahead <= 0xffff
        assert.is(crypto.openData(session, datagram), understood, `${ahead} ahead`)
        if (!understood) continue
        assert.is(crypto.data.packetNumber, i)
        if (ahead > 2 * DATA_NUM_THRESHOLD) add(base, DATA_NUM_THRESHOLD)
      }
      crypto.dropSession(session)
    }
  })

  test('padding of any length is skipped; a packet of nothing else is refused', () => {
    const [key, nonce] = [bytes(32), bytes(NONCE_SIZE)]
    const session = crypto.addSession(crypto.addKey(key), bytes(NONCE_SIZE), nonce)
    for (const size of [1, 2, 7, 8, 9, 100]) {
      for (const padding of [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 64, 1200]) {
        const payload = bytes(size)
        // Zeros inside of the payload are its own.
        payload.fill(0, 1)
        payload[0] = 16 + padding
        const plain = concatBytes(numbers(7, 9), new Uint8Array(padding), payload)
        opens(crypto, session, byHand(key, nonce, plain), payload, `${padding} before ${size}`)
        const before = seen()
        for (const nothing of [concatBytes(numbers(1, 2), new Uint8Array(padding)), numbers(0, 0)]) {
          assert.is(crypto.openData(session, byHand(key, nonce, nothing)), false)
          assert.equal(seen(), before)
        }
      }
    }
    crypto.dropSession(session)
  })

  test('every truncation, every changed bit, anything else: refused, data and datagram unchanged', () => {
    const { sender, receiver } = connect(crypto, crypto)
    const first = crypto.sealData(sender, 3, 4, Uint8Array.of(16, 5)).slice()
    assert.is(crypto.openData(receiver, first), true)
    const before = seen()
    const refuses = (datagram: Uint8Array, title: string) => {
      const copy = datagram.slice()
      assert.is(crypto.openData(receiver, datagram), false, title)
      assert.equal(seen(), before, title)
      assert.ok(equalBytes(datagram, copy), title)
    }
    const datagram = crypto.sealData(sender, 0, 0, concatBytes(Uint8Array.of(16), bytes(60))).slice()
    for (let length = 0; length < datagram.length; length++) {
      refuses(datagram.subarray(0, length), `cut to ${length}`)
    }
    // The kind is what brings a packet here; it is not looked at again.
    for (let bit = 8; bit < 8 * datagram.length; bit++) refuses(flipped(datagram, bit), `bit ${bit}`)
    for (let size = 0; size < 60; size++) refuses(new Uint8Array(size), `${size} zeros`)
    for (const size of [MAX_DATAGRAM_SIZE, MAX_DATAGRAM_SIZE + 1, 2048, 5000, 65_535, 200_000]) {
      refuses(bytes(size), `${size} bytes`)
    }
    for (let i = 0; i < 500; i++) refuses(bytes(random.below(MAX_DATAGRAM_SIZE + 50)), 'noise')
    assert.is(crypto.openData(receiver, datagram), true)
    crypto.dropSession(sender)
    crypto.dropSession(receiver)
  })

  test('authentic, but longer than a datagram may be: refused', () => {
    const [key, nonce] = [bytes(32), bytes(NONCE_SIZE)]
    const session = crypto.addSession(crypto.addKey(key), bytes(NONCE_SIZE), nonce)
    const filled = (size: number) =>
      byHand(key, nonce, concatBytes(numbers(0, 0), new Uint8Array(size).fill(1)))
    const limit = MAX_DATAGRAM_SIZE - 3 - MAC_SIZE - 8
    assert.is(crypto.openData(session, filled(limit)), true)
    assert.is(crypto.data.payload.length, limit)
    for (const size of [limit + 1, limit + 2, 2000, 5000]) {
      assert.is(crypto.openData(session, filled(size)), false)
    }
    crypto.dropSession(session)
  })

  test('a session takes its key over, and copies its nonces', () => {
    const [key, nonce] = [bytes(32), bytes(NONCE_SIZE)]
    const handle = crypto.addKey(key)
    for (const size of [0, 23, 25]) {
      assert.throws(() => crypto.addSession(handle, bytes(size), nonce), RangeError)
      assert.throws(() => crypto.addSession(handle, nonce, bytes(size)), RangeError)
    }
    const given = nonce.slice()
    const session = crypto.addSession(handle, given, given)
    assert.equal(given, nonce)
    given.fill(0)
    assert.throws(() => crypto.seal(handle, nonce, bytes(1), new Uint8Array(17)))
    assert.throws(() => crypto.dropKey(handle))
    assert.throws(() => crypto.addSession(handle, nonce, nonce))
    const expected = byHand(key, nonce, concatBytes(numbers(1, 2), new Uint8Array(4), Uint8Array.of(16)))
    assert.ok(equalBytes(crypto.sealData(session, 1, 2, Uint8Array.of(16)), expected))
    crypto.dropSession(session)
    const next = crypto.addSession(crypto.addKey(bytes(32)), nonce, nonce)
    assert.throws(() => crypto.sealData(session, 0, 0, Uint8Array.of(16)))
    assert.throws(() => crypto.openData(session, expected))
    assert.throws(() => crypto.dropSession(session))
    crypto.dropSession(next)
  })

  test('a payload of the wrong size throws and uses no nonce up', () => {
    const { sender, receiver } = connect(crypto, crypto)
    for (const size of [0, MAX_PAYLOAD_SIZE + 1, 5000]) {
      assert.throws(() => crypto.sealData(sender, 0, 0, bytes(size)), RangeError)
    }
    const datagram = crypto.sealData(sender, 0, 0, Uint8Array.of(16)).slice()
    const { sender: fresh, receiver: other } = connect(crypto, crypto)
    opens(crypto, receiver, datagram, Uint8Array.of(16), 'the first nonce')
    for (const session of [sender, receiver, fresh, other]) crypto.dropSession(session)
  })

  test('what was opened can be sealed again at once, and what was sealed can be opened where it lies', () => {
    const one = connect(crypto, crypto)
    const two = connect(crypto, crypto)
    for (const size of [1, 5, 8, 100, MAX_PAYLOAD_SIZE]) {
      const payload = bytes(size)
      payload[0] = 16
      assert.ok(crypto.openData(one.receiver, crypto.sealData(one.sender, 0, 0, payload)))
      const forwarded = crypto.sealData(two.sender, 0, 0, crypto.data.payload)
      opens(crypto, two.receiver, forwarded, payload, `${size}`)
    }
    for (const session of [one.sender, one.receiver, two.sender, two.receiver]) crypto.dropSession(session)
  })

  test('a thousand sessions at once keep to their own keys and nonces', () => {
    const peers = Array.from({ length: 1000 }, () => connect(crypto, oracle))
    for (let i = 0; i < 3000; i++) {
      const { sender, receiver } = peers[random.below(peers.length)]!
      opens(oracle, receiver, crypto.sealData(sender, 0, i, Uint8Array.of(16)), Uint8Array.of(16), `${i}`)
    }
    for (const { sender, receiver } of peers) {
      crypto.dropSession(sender)
      oracle.dropSession(receiver)
    }
  })

  /** What `data` says, apart from the bytes of its view, which only live until the next call. */
  function seen() {
    const { bufferStart, packetNumber, payload } = crypto.data
    return { bufferStart, packetNumber, size: payload.length }
  }

  test.run()
}

/** Adds to a big-endian nonce, in place; `amount` may be negative. */
function add(nonce: Uint8Array, amount: number): void {
  for (let i = nonce.length - 1, carry = amount; i >= 0 && carry !== 0; i--) {
    carry += nonce[i]!
    nonce[i] = carry
    carry >>= 8
  }
}
