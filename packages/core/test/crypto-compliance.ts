import {
  type Crypto,
  concatBytes,
  equalBytes,
  fromHex,
  KEY_SIZE,
  type KeyHandle,
  MAC_SIZE,
  NONCE_SIZE,
  type SecretHandle,
  toHex,
  utf8,
} from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import nacl from 'tweetnacl'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import boxes from '../../../test-vectors/core/box.json'
import hmacs from '../../../test-vectors/core/hmac-sha256.json'
import secretboxes from '../../../test-vectors/core/secretbox.json'
import hashes from '../../../test-vectors/core/sha2.json'
import smallOrder from '../../../test-vectors/core/small-order-keys.json'
import x25519 from '../../../test-vectors/core/x25519.json'

const hex = (text: string) => fromHex(text)!
const LONGEST = 2000

/** What every implementation of `Crypto` must do. */
export function cryptoCompliance(name: string, create: () => Crypto): void {
  const test = suite(name)
  const crypto = create()
  const random = new SeededRandom(1)
  const bytes = (size: number) => {
    const out = new Uint8Array(size)
    random.fill(out)
    return out
  }
  const sealed = (key: KeyHandle, nonce: Uint8Array, message: Uint8Array) => {
    const out = new Uint8Array(message.length + MAC_SIZE)
    crypto.seal(key, nonce, message, out)
    return out
  }
  const boxed = (secret: SecretHandle, peer: Uint8Array, nonce: Uint8Array, message: Uint8Array) => {
    const out = new Uint8Array(message.length + MAC_SIZE)
    assert.is(crypto.sealBox(secret, peer, nonce, message, out), true)
    return out
  }

  test('secretbox: vectors', () => {
    for (const { comment, key, nonce, message, box } of secretboxes.cases) {
      const handle = crypto.addKey(hex(key))
      assert.is(toHex(sealed(handle, hex(nonce), hex(message))).toLowerCase(), box, comment)
      const opened = new Uint8Array(message.length / 2)
      assert.is(crypto.open(handle, hex(nonce), hex(box), opened), true)
      assert.is(toHex(opened).toLowerCase(), message)
      crypto.dropKey(handle)
    }
  })

  test('box: vectors, in both directions', () => {
    for (const { comment, secretKey, peerSecretKey, nonce, message, box } of boxes.cases) {
      const [mine, theirs] = [secretKey, peerSecretKey].map(key => crypto.addSecret(hex(key), 4))
      const [myPublic, theirPublic] = [secretKey, peerSecretKey].map(key => crypto.publicKey(hex(key)))
      assert.is(toHex(boxed(mine!, theirPublic!, hex(nonce), hex(message))).toLowerCase(), box, comment)
      const opened = new Uint8Array(message.length / 2)
      assert.is(crypto.openBox(theirs!, myPublic!, hex(nonce), hex(box), opened), true)
      assert.is(toHex(opened).toLowerCase(), message)
      crypto.dropSecret(mine!)
      crypto.dropSecret(theirs!)
    }
  })

  test('x25519: public keys (RFC 7748, 6.1), and the base point multiplied once (5.2)', () => {
    for (const { secretKey, publicKey } of x25519.keyPairs) {
      assert.is(toHex(crypto.publicKey(hex(secretKey))).toLowerCase(), publicKey)
    }
    const { start, after1 } = x25519.iterated
    assert.is(toHex(crypto.publicKey(hex(start))).toLowerCase(), after1)
  })

  /** The shared point itself stays inside: what is seen of it is the key derived from it. */
  const agrees = (scalar: Uint8Array, point: Uint8Array, result: Uint8Array) => {
    const secret = crypto.addSecret(scalar, 1)
    const key = crypto.deriveKey(secret, point)!
    const nonce = new Uint8Array(NONCE_SIZE)
    const expected = nacl.secretbox(scalar, nonce, hsalsa20(result))
    const same = equalBytes(sealed(key, nonce, scalar), expected)
    crypto.dropKey(key)
    crypto.dropSecret(secret)
    return same
  }

  test('x25519: multiplication of any point (RFC 7748, 5.2), seen through the derived key', () => {
    for (const { scalar, point, result } of x25519.scalarMult) {
      assert.ok(agrees(hex(scalar), hex(point), hex(result)))
      assert.not.ok(agrees(hex(scalar), hex(point), hex(scalar)))
    }
  })

  test('x25519: 1,000 iterations (RFC 7748, 5.2), each seen through the derived key', () => {
    const { start, after1, after1000 } = x25519.iterated
    let [k, u] = [hex(start), hex(start)]
    for (let i = 1; i <= 1000; i++) {
      const result = nacl.scalarMult(k, u)
      assert.ok(agrees(k, u, result), `iteration ${i}`)
      u = k
      k = result
      if (i === 1) assert.is(toHex(k).toLowerCase(), after1)
    }
    assert.is(toHex(k).toLowerCase(), after1000)
  })

  test('SHA-256 and SHA-512: vectors', () => {
    for (const { text, repeat, sha256, sha512 } of hashes.cases) {
      const data = utf8(text.repeat(repeat))
      assert.is(toHex(crypto.sha256(data)).toLowerCase(), sha256, `${repeat} × '${text}'`)
      assert.is(toHex(crypto.sha512(data)).toLowerCase(), sha512, `${repeat} × '${text}'`)
    }
  })

  test('HMAC-SHA-256: vectors', () => {
    for (const { comment, key, data, mac } of hmacs.cases) {
      const full = toHex(crypto.hmacSha256(hex(key), hex(data))).toLowerCase()
      assert.is(full.length, 64)
      assert.is(full.slice(0, mac.length), mac, comment)
    }
  })

  test('hashes have memory of their own: a later one does not change an earlier one', () => {
    const first = crypto.sha256(utf8('first'))
    const copy = first.slice()
    crypto.sha256(utf8('second'))
    assert.equal(first, copy)
  })

  test(`every length from 0 to ${LONGEST} seals as in tweetnacl, and opens`, () => {
    const [mySecret, theirSecret] = [bytes(32), bytes(32)]
    const [me, them] = [mySecret, theirSecret].map(key => crypto.addSecret(key, 2)) as [
      SecretHandle,
      SecretHandle,
    ]
    const [myPublic, theirPublic] = [mySecret, theirSecret].map(key => nacl.scalarMult.base(key)) as [
      Uint8Array,
      Uint8Array,
    ]
    const derived = crypto.deriveKey(me, theirPublic)!
    const shared = nacl.box.before(theirPublic, mySecret)
    for (let size = 0; size <= LONGEST; size++) {
      const [nonce, message] = [bytes(NONCE_SIZE), bytes(size)]
      const expected = nacl.secretbox(message, nonce, shared)
      assert.ok(equalBytes(boxed(me, theirPublic, nonce, message), expected), `sealBox ${size}`)
      assert.ok(equalBytes(sealed(derived, nonce, message), expected), `seal ${size}`)
      const opened = new Uint8Array(size)
      assert.ok(crypto.openBox(them, myPublic, nonce, expected, opened), `openBox ${size}`)
      assert.ok(equalBytes(opened, message))
      opened.fill(0)
      assert.ok(crypto.open(derived, nonce, expected, opened), `open ${size}`)
      assert.ok(equalBytes(opened, message))
    }
    crypto.dropKey(derived)
    crypto.dropSecret(me)
    crypto.dropSecret(them)
  })

  test('in place, at any offset of a larger buffer, and nothing beside it is touched', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    for (const size of [0, 1, 15, 16, 17, 63, 64, 65, 1000, LONGEST]) {
      for (const offset of [0, 1, 7, 50]) {
        const [nonce, message] = [bytes(NONCE_SIZE), bytes(size)]
        const packet = bytes(offset + MAC_SIZE + size + 9)
        const before = packet.slice()
        packet.set(message, offset + MAC_SIZE)
        const box = packet.subarray(offset, offset + MAC_SIZE + size)
        const plain = box.subarray(MAC_SIZE)
        crypto.seal(key, nonce, plain, box)
        assert.equal(box.slice(), sealed(key, nonce, message))
        assert.is(crypto.open(key, nonce, box, plain), true)
        assert.equal(plain.slice(), message)
        assert.equal(packet.subarray(0, offset), before.subarray(0, offset))
        assert.equal(packet.subarray(offset + MAC_SIZE + size), before.subarray(offset + MAC_SIZE + size))
      }
    }
    crypto.dropKey(key)
  })

  test('any changed bit, another nonce, another key: refused, and nothing is written', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    const other = crypto.addKey(bytes(KEY_SIZE))
    const nonce = bytes(NONCE_SIZE)
    const box = sealed(key, nonce, bytes(40))
    const refuses = (withKey: KeyHandle, withNonce: Uint8Array, input: Uint8Array) => {
      const out = new Uint8Array(input.length - MAC_SIZE).fill(0xaa)
      assert.is(crypto.open(withKey, withNonce, input, out), false)
      assert.ok(out.every(byte => byte === 0xaa))
    }
    for (let bit = 0; bit < 8 * box.length; bit++) refuses(key, nonce, flipped(box, bit))
    for (let bit = 0; bit < 8 * NONCE_SIZE; bit++) refuses(key, flipped(nonce, bit), box)
    refuses(other, nonce, box)
    refuses(key, nonce, box.subarray(0, box.length - 1))
    refuses(key, nonce, concatBytes(box, Uint8Array.of(0)))
    const out = new Uint8Array(40)
    assert.is(crypto.open(key, nonce, box, out), true)
    crypto.dropKey(key)
    crypto.dropKey(other)
  })

  test('in place, too, a refused box stays as it was', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    const nonce = bytes(NONCE_SIZE)
    const box = flipped(sealed(key, nonce, bytes(100)), 3)
    const before = box.slice()
    assert.is(crypto.open(key, nonce, box, box.subarray(MAC_SIZE)), false)
    assert.equal(box, before)
    crypto.dropKey(key)
  })

  test('boxes that are too short for a MAC are refused', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    const { secret, publicKey } = stranger()
    for (let size = 0; size < MAC_SIZE; size++) {
      assert.is(crypto.open(key, bytes(NONCE_SIZE), bytes(size), new Uint8Array(0)), false)
      assert.is(crypto.openBox(secret, publicKey, bytes(NONCE_SIZE), bytes(size), new Uint8Array(0)), false)
    }
    crypto.dropKey(key)
    crypto.dropSecret(secret)
  })

  test('sizes that do not fit are the caller’s mistake', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    const { secret, publicKey } = stranger()
    const [nonce, message, box] = [bytes(NONCE_SIZE), bytes(10), new Uint8Array(10 + MAC_SIZE)]
    assert.throws(() => crypto.seal(key, nonce, message, new Uint8Array(10)), RangeError)
    assert.throws(() => crypto.seal(key, nonce, message, new Uint8Array(27)), RangeError)
    assert.throws(() => crypto.open(key, nonce, box, new Uint8Array(26)), RangeError)
    assert.throws(() => crypto.seal(key, bytes(NONCE_SIZE - 1), message, box), RangeError)
    assert.throws(() => crypto.open(key, bytes(NONCE_SIZE + 1), box, message), RangeError)
    assert.throws(() => crypto.sealBox(secret, publicKey, bytes(8), message, box), RangeError)
    assert.throws(() => crypto.sealBox(secret, bytes(31), nonce, message, box), RangeError)
    assert.throws(() => crypto.openBox(secret, bytes(33), nonce, box, message), RangeError)
    assert.throws(() => crypto.deriveKey(secret, bytes(31)), RangeError)
    assert.throws(() => crypto.addKey(bytes(31)), RangeError)
    assert.throws(() => crypto.addSecret(bytes(33), 1), RangeError)
    assert.throws(() => crypto.publicKey(bytes(31)), RangeError)
    crypto.dropKey(key)
    crypto.dropSecret(secret)
  })

  test('public keys of small order are refused, whether asked once or twice', () => {
    const { secret } = stranger()
    const out = new Uint8Array(10 + MAC_SIZE).fill(0xaa)
    for (const { comment, publicKey } of smallOrder.cases) {
      for (let time = 0; time < 2; time++) {
        assert.is(crypto.sealBox(secret, hex(publicKey), bytes(24), bytes(10), out), false, comment)
        assert.is(crypto.openBox(secret, hex(publicKey), bytes(24), bytes(16), new Uint8Array(0)), false)
        assert.is(crypto.deriveKey(secret, hex(publicKey)), undefined)
      }
    }
    assert.ok(
      out.every(byte => byte === 0xaa),
      'nothing was written',
    )
    // Not merely everything.
    assert.is(crypto.sealBox(secret, stranger().publicKey, bytes(24), bytes(10), out), true)
    crypto.dropSecret(secret)
  })

  test('a handle that was dropped throws, even when its place is taken by another', () => {
    const [first, nonce, box] = [crypto.addKey(bytes(32)), bytes(24), new Uint8Array(MAC_SIZE)]
    crypto.dropKey(first)
    const second = crypto.addKey(bytes(32))
    assert.is.not(second, first)
    assert.throws(() => crypto.seal(first, nonce, new Uint8Array(0), box))
    assert.throws(() => crypto.open(first, nonce, box, new Uint8Array(0)))
    assert.throws(() => crypto.dropKey(first))
    crypto.seal(second, nonce, new Uint8Array(0), box)
    crypto.dropKey(second)

    const { secret, publicKey } = stranger()
    crypto.dropSecret(secret)
    const next = stranger().secret
    assert.throws(() => crypto.sealBox(secret, publicKey, nonce, new Uint8Array(0), box))
    assert.throws(() => crypto.openBox(secret, publicKey, nonce, box, new Uint8Array(0)))
    assert.throws(() => crypto.deriveKey(secret, publicKey))
    assert.throws(() => crypto.dropSecret(secret))
    crypto.dropSecret(next)
  })

  test('10,000 keys come and go; each handle keeps to its own key', () => {
    const held: { handle: KeyHandle; key: Uint8Array }[] = []
    const seen = new Set<number>()
    for (let i = 0; i < 10_000; i++) {
      if (held.length > 50) crypto.dropKey(held.splice(random.below(held.length), 1)[0]!.handle)
      const key = bytes(KEY_SIZE)
      const handle = crypto.addKey(key)
      assert.not.ok(seen.has(handle), 'a handle was given out twice')
      seen.add(handle)
      held.push({ handle, key })
    }
    const nonce = bytes(NONCE_SIZE)
    for (const { handle, key } of held) {
      assert.equal(sealed(handle, nonce, utf8('x')), nacl.secretbox(utf8('x'), nonce, key))
      crypto.dropKey(handle)
    }
  })

  test('keys and secrets are copied: the caller may wipe its own', () => {
    const [key, secretKey, nonce] = [bytes(32), bytes(32), bytes(24)]
    const [keyCopy, publicKey] = [key.slice(), nacl.scalarMult.base(secretKey)]
    const [handle, secret] = [crypto.addKey(key), crypto.addSecret(secretKey, 1)]
    const theirs = nacl.box.keyPair.fromSecretKey(bytes(32))
    const expected = nacl.box(utf8('x'), nonce, theirs.publicKey, secretKey)
    key.fill(0)
    secretKey.fill(0)
    assert.equal(sealed(handle, nonce, utf8('x')), nacl.secretbox(utf8('x'), nonce, keyCopy))
    assert.equal(boxed(secret, theirs.publicKey, nonce, utf8('x')), expected)
    const opened = new Uint8Array(1)
    const reply = nacl.box(utf8('y'), nonce, publicKey, theirs.secretKey)
    assert.is(crypto.openBox(secret, theirs.publicKey, nonce, reply, opened), true)
    crypto.dropKey(handle)
    crypto.dropSecret(secret)
  })

  test('a derived key outlives its secret', () => {
    const { secret } = stranger()
    const peer = stranger()
    const key = crypto.deriveKey(secret, peer.publicKey)!
    const nonce = bytes(24)
    const expected = boxed(secret, peer.publicKey, nonce, utf8('x'))
    crypto.dropSecret(secret)
    assert.equal(sealed(key, nonce, utf8('x')), expected)
    crypto.dropKey(key)
    crypto.dropSecret(peer.secret)
  })

  test('more peers than the quota: evicted keys are derived again, rightly', () => {
    const mine = bytes(32)
    const secret = crypto.addSecret(mine, 3)
    const peers = Array.from({ length: 8 }, () => nacl.scalarMult.base(bytes(32)))
    for (let i = 0; i < 100; i++) {
      const [peer, nonce] = [peers[random.below(peers.length)]!, bytes(24)]
      assert.equal(boxed(secret, peer, nonce, utf8('x')), nacl.box(utf8('x'), nonce, peer, mine))
    }
    crypto.dropSecret(secret)
  })

  test('key pairs come from the given randomness', () => {
    const [first, again] = [1, 1].map(seed => crypto.keyPair(new SeededRandom(seed)))
    assert.equal(again, first)
    assert.equal(first!.publicKey, nacl.scalarMult.base(first!.secretKey))
    assert.not.equal(crypto.keyPair(new SeededRandom(2)), first)
  })

  test('inputs are left as they are', () => {
    const [key, nonce, message] = [bytes(32), bytes(24), bytes(50)]
    const copies = [key, nonce, message].map(input => input.slice())
    const handle = crypto.addKey(key)
    const box = sealed(handle, nonce, message)
    const boxCopy = box.slice()
    crypto.open(handle, nonce, box, new Uint8Array(50))
    assert.equal([key, nonce, message], copies)
    assert.equal(box, boxCopy)
    crypto.dropKey(handle)
  })

  function stranger(quota = 1) {
    const secretKey = bytes(32)
    return { secret: crypto.addSecret(secretKey, quota), publicKey: crypto.publicKey(secretKey) }
  }

  test.run()
}

function flipped(input: Uint8Array, bit: number): Uint8Array {
  const out = input.slice()
  out[bit >> 3]! ^= 1 << (bit & 7)
  return out
}

/** The last step of NaCl's crypto_box_beforenm: what makes a key out of a point. */
function hsalsa20(point: Uint8Array): Uint8Array {
  const { crypto_core_hsalsa20 } = (
    nacl as unknown as {
      lowlevel: {
        crypto_core_hsalsa20(out: Uint8Array, input: Uint8Array, key: Uint8Array, constant: Uint8Array): void
      }
    }
  ).lowlevel
  const key = new Uint8Array(KEY_SIZE)
  crypto_core_hsalsa20(key, new Uint8Array(16), point, utf8('expand 32-byte k'))
  return key
}
