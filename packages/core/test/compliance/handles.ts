import { KEY_SIZE, type KeyHandle, MAC_SIZE, NONCE_SIZE, utf8 } from '@ts-toxcore/core'
import nacl from 'tweetnacl'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Kit } from './kit.ts'

/** Keys and secrets behind handles: what they are, whose they are, and when they are gone. */
export function handleCompliance({ name, crypto, random, bytes, sealed, boxed, stranger }: Kit): void {
  const test = suite(`${name}: handles`)

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

  test('a handle that was dropped throws, even when its place is taken by another', () => {
    const [first, nonce, box] = [crypto.addKey(bytes(32)), bytes(24), new Uint8Array(MAC_SIZE)]
    crypto.dropKey(first)
    const second = crypto.addKey(bytes(32))
    assert.is.not(second, first)
    assert.throws(() => crypto.seal(first, nonce, new Uint8Array(0), box))
    assert.throws(() => crypto.open(first, nonce, box, new Uint8Array(0)))
    assert.throws(() => crypto.dropKey(first))
    assert.throws(() => crypto.addSession(first, nonce, nonce))
    assert.throws(() => crypto.addStream(first, nonce, nonce))
    crypto.seal(second, nonce, new Uint8Array(0), box)
    crypto.dropKey(second)

    const { secret, publicKey } = stranger()
    crypto.dropSecret(secret)
    const next = stranger().secret
    assert.throws(() => crypto.sealBox(secret, publicKey, nonce, new Uint8Array(0), box))
    assert.throws(() => crypto.openBox(secret, publicKey, nonce, box, new Uint8Array(0)))
    assert.throws(() => crypto.deriveKey(secret, publicKey))
    assert.throws(() => crypto.deriveKeys([[secret, publicKey]]))
    assert.throws(() => crypto.cacheKeys(secret, [publicKey]))
    assert.throws(() => crypto.isCached(secret, publicKey))
    assert.throws(() => crypto.forgetIdleKeys(secret))
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

  test.run()
}
