import { equalBytes, type SecretHandle } from '@ts-toxcore/core'
import nacl from 'tweetnacl'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import boxes from '../../../../test-vectors/core/box.json'
import smallOrder from '../../../../test-vectors/core/small-order-keys.json'
import { flipped, hex, hexOf, type Kit } from './kit.ts'

const LONGEST = 2000

export function boxCompliance({ name, crypto, bytes, boxed, stranger }: Kit): void {
  const test = suite(`${name}: box`)

  test('vectors, in both directions', () => {
    for (const { comment, secretKey, peerSecretKey, nonce, message, box } of boxes.cases) {
      const [mine, theirs] = [secretKey, peerSecretKey].map(key => crypto.addSecret(hex(key), 4))
      const [myPublic, theirPublic] = [secretKey, peerSecretKey].map(key => crypto.publicKey(hex(key)))
      assert.is(hexOf(boxed(mine!, theirPublic!, hex(nonce), hex(message))), box, comment)
      const opened = new Uint8Array(message.length / 2)
      assert.is(crypto.openBox(theirs!, myPublic!, hex(nonce), hex(box), opened), true)
      assert.is(hexOf(opened), message)
      crypto.dropSecret(mine!)
      crypto.dropSecret(theirs!)
    }
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
    const shared = nacl.box.before(theirPublic, mySecret)
    for (let size = 0; size <= LONGEST; size++) {
      const [nonce, message] = [bytes(24), bytes(size)]
      const expected = nacl.secretbox(message, nonce, shared)
      assert.ok(equalBytes(boxed(me, theirPublic, nonce, message), expected), `sealBox ${size}`)
      const opened = new Uint8Array(size)
      assert.ok(crypto.openBox(them, myPublic, nonce, expected, opened), `openBox ${size}`)
      assert.ok(equalBytes(opened, message))
    }
    crypto.dropSecret(me)
    crypto.dropSecret(them)
  })

  test('any changed bit of box, nonce or sender: refused, and nothing is written', () => {
    const [me, them] = [stranger(300), stranger(300)]
    const [nonce, message] = [bytes(24), bytes(20)]
    const box = boxed(me.secret, them.publicKey, nonce, message)
    const refuses = (publicKey: Uint8Array, withNonce: Uint8Array, input: Uint8Array) => {
      const out = new Uint8Array(20).fill(0xaa)
      assert.is(crypto.openBox(them.secret, publicKey, withNonce, input, out), false)
      assert.ok(out.every(byte => byte === 0xaa))
    }
    for (let bit = 0; bit < 8 * box.length; bit++) refuses(me.publicKey, nonce, flipped(box, bit))
    for (let bit = 0; bit < 8 * 24; bit++) refuses(me.publicKey, flipped(nonce, bit), box)
    // X25519 ignores the top bit of a point: the last one makes the same key.
    for (let bit = 0; bit < 255; bit++) refuses(flipped(me.publicKey, bit), nonce, box)
    const out = new Uint8Array(20)
    assert.is(crypto.openBox(them.secret, flipped(me.publicKey, 255), nonce, box, out), true)
    assert.equal(out, message)
    crypto.dropSecret(me.secret)
    crypto.dropSecret(them.secret)
  })

  test('public keys of small order are refused, whether asked once or twice', () => {
    const { secret } = stranger()
    const out = new Uint8Array(26).fill(0xaa)
    for (const { comment, publicKey } of smallOrder.cases) {
      for (let time = 0; time < 2; time++) {
        assert.is(crypto.sealBox(secret, hex(publicKey), bytes(24), bytes(10), out), false, comment)
        assert.is(crypto.openBox(secret, hex(publicKey), bytes(24), bytes(16), new Uint8Array(0)), false)
        assert.is(crypto.deriveKey(secret, hex(publicKey)), undefined)
        assert.is(crypto.isCached(secret, hex(publicKey)), false)
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

  test.run()
}
