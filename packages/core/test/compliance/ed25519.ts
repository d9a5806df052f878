import { concatBytes, utf8 } from '@ts-toxcore/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import lowOrder from '../../../../test-vectors/core/ed25519-low-order.json'
import rfc8032 from '../../../../test-vectors/core/ed25519-rfc8032.json'
import sodium from '../../../../test-vectors/core/ed25519-sign.json'
import speccheck from '../../../../test-vectors/core/ed25519-speccheck.json'
import wycheproof from '../../../../test-vectors/core/wycheproof-ed25519.json'
import { base64, flipped, hex, hexOf, type Kit } from './kit.ts'

/** The group order, little endian. */
const L = hex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')

export function ed25519Compliance({ name, crypto, bytes }: Kit): void {
  const test = suite(`${name}: Ed25519`)

  test('RFC 8032, section 7.1', () => {
    for (const { comment, seed, publicKey, message, signature } of rfc8032.cases) {
      const pair = crypto.signatureKeyPair(hex(seed))
      assert.is(hexOf(pair.publicKey), publicKey, comment)
      assert.is(hexOf(pair.secretKey), seed + publicKey, comment)
      assert.is(hexOf(crypto.sign(pair.secretKey, hex(message))), signature, comment)
      assert.is(crypto.verify(pair.publicKey, hex(message), hex(signature)), true, comment)
    }
  })

  test(`libsodium’s sign: ${sodium.cases.length} cases, also malleated and forged`, () => {
    for (const [seed, publicKey, signature, message] of sodium.cases.map(row => row.map(base64)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ][]) {
      const title = `${message.length} bytes`
      assert.equal(crypto.sign(concatBytes(seed, publicKey), message), signature, title)
      assert.is(crypto.verify(publicKey, message, signature), true, title)
      assert.is(crypto.verify(publicKey, message, withOrderAdded(signature)), false, title)
      if (message.length === 0) continue
      const forged = message.slice()
      forged[forged.length - 1]!++
      assert.is(crypto.verify(publicKey, forged, signature), false, title)
      // Public keys cost much: some will do.
      if (message.length % 16 === 1) assert.equal(crypto.signatureKeyPair(seed).publicKey, publicKey)
    }
  })

  test('libsodium’s sign: high bits of S, and public keys that are none', () => {
    const [, publicKey, signature, message] = sodium.cases[1023]!.map(base64) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    for (let j = 1; j < 8; j++) {
      const high = signature.slice()
      high[63]! ^= j << 5
      assert.is(crypto.verify(publicKey, message, high), false)
    }
    for (const key of [
      'f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      '0000000000000000000000000000000000000000000000000000000000000000',
      '3eee494fb9eac773144e34b0c755affaf33ea782c0722e5ea8b150e61209ab36',
      '0200000000000000000000000000000000000000000000000000000000000000',
      '0500000000000000000000000000000000000000000000000000000000000000',
    ]) {
      assert.is(crypto.verify(hex(key), message, signature), false, key)
    }
    const small = signature.slice().fill(0xff, 0, 32)
    small[0] = 0xdb
    assert.is(crypto.verify(new Uint8Array(32), message, small), false)
  })

  test(`Wycheproof: ${wycheproof.cases.length} cases`, () => {
    for (const [id, publicKey, message, signature, valid] of wycheproof.cases as [
      number,
      string,
      string,
      string,
      boolean,
    ][]) {
      const verify = () => crypto.verify(hex(publicKey), hex(message), hex(signature))
      // Another size is the caller's mistake: where signatures stand in packets, their size is given.
      if (signature.length !== 128) assert.throws(verify, RangeError)
      else assert.is(verify(), valid, `${id}`)
    }
  })

  test('“Taming the many EdDSAs”: its 12 cases, with libsodium’s verdicts', () => {
    for (const { comment, publicKey, message, signature, valid } of speccheck.cases) {
      assert.is(crypto.verify(hex(publicKey), hex(message), hex(signature)), valid, comment)
    }
  })

  test(`points of small and mixed order, canonical and not: ${lowOrder.cases.length} cases, with libsodium’s verdicts`, () => {
    for (const [number, publicKey, signature, message, valid] of lowOrder.cases as [
      number,
      string,
      string,
      string,
      boolean,
    ][]) {
      assert.is(crypto.verify(hex(publicKey), utf8(message), hex(signature)), valid, `${number}`)
    }
  })

  test('any changed bit of key, message or signature: refused', () => {
    const { publicKey, secretKey } = crypto.signatureKeyPair(bytes(32))
    const message = bytes(20)
    const signature = crypto.sign(secretKey, message)
    assert.is(crypto.verify(publicKey, message, signature), true)
    for (let bit = 0; bit < 8 * 32; bit++) {
      assert.is(crypto.verify(flipped(publicKey, bit), message, signature), false, `key ${bit}`)
    }
    for (let bit = 0; bit < 8 * 20; bit++) {
      assert.is(crypto.verify(publicKey, flipped(message, bit), signature), false, `message ${bit}`)
    }
    for (let bit = 0; bit < 8 * 64; bit++) {
      assert.is(crypto.verify(publicKey, message, flipped(signature, bit)), false, `signature ${bit}`)
    }
    assert.is(crypto.verify(publicKey, message.subarray(1), signature), false)
    assert.is(crypto.verify(publicKey, concatBytes(message, Uint8Array.of(0)), signature), false)
  })

  test('messages of any length, a megabyte, too', () => {
    const { publicKey, secretKey } = crypto.signatureKeyPair(bytes(32))
    for (const size of [0, 1, 63, 64, 65, 1373, 4096, 65_536, 2 ** 20]) {
      const message = bytes(size)
      const signature = crypto.sign(secretKey, message)
      assert.is(crypto.verify(publicKey, message, signature), true, `${size}`)
      if (size === 0) continue
      message[size - 1]! ^= 1
      assert.is(crypto.verify(publicKey, message, signature), false, `${size}`)
    }
  })

  test('results have memory of their own, inputs are left as they are', () => {
    const seed = bytes(32)
    const seedCopy = seed.slice()
    const pair = crypto.signatureKeyPair(seed)
    const message = bytes(100)
    const copies = [pair.publicKey, pair.secretKey, message].map(each => each.slice())
    const signature = crypto.sign(pair.secretKey, message)
    const signatureCopy = signature.slice()
    crypto.verify(pair.publicKey, message, signature)
    crypto.sign(crypto.signatureKeyPair(bytes(32)).secretKey, bytes(50))
    assert.equal(seed, seedCopy)
    assert.equal([pair.publicKey, pair.secretKey, message], copies)
    assert.equal(signature, signatureCopy)
  })

  test('sizes that do not fit are the caller’s mistake', () => {
    const { publicKey, secretKey } = crypto.signatureKeyPair(bytes(32))
    const signature = crypto.sign(secretKey, bytes(3))
    assert.throws(() => crypto.signatureKeyPair(bytes(31)), RangeError)
    assert.throws(() => crypto.signatureKeyPair(bytes(64)), RangeError)
    assert.throws(() => crypto.sign(bytes(32), bytes(3)), RangeError)
    assert.throws(() => crypto.verify(publicKey.subarray(1), bytes(3), signature), RangeError)
    assert.throws(() => crypto.verify(publicKey, bytes(3), signature.subarray(1)), RangeError)
    assert.throws(() => crypto.verify(publicKey, bytes(3), concatBytes(signature, bytes(1))), RangeError)
  })

  test.run()
}

/** The same S modulo the group order: what makes signatures malleable where it is not checked. */
function withOrderAdded(signature: Uint8Array): Uint8Array {
  const out = signature.slice()
  let carry = 0
  for (let i = 0; i < 32; i++) {
    carry += out[32 + i]! + L[i]!
    out[32 + i] = carry
    carry >>= 8
  }
  return out
}
