import { equalBytes, NONCE_SIZE } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import nacl from 'tweetnacl'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import sodium from '../../../../test-vectors/core/libsodium-scalarmult.json'
import wycheproof from '../../../../test-vectors/core/wycheproof-x25519.json'
import x25519 from '../../../../test-vectors/core/x25519.json'
import { flipped, hex, hexOf, hsalsa20, type Kit } from './kit.ts'

export function x25519Compliance({ name, crypto, bytes, sealed }: Kit): void {
  const test = suite(`${name}: X25519`)

  /** The shared point itself stays inside: what is seen of it is the key derived from it. */
  const agrees = (scalar: Uint8Array, point: Uint8Array, result: Uint8Array) => {
    const secret = crypto.addSecret(scalar, 1)
    const key = crypto.deriveKey(secret, point)
    crypto.dropSecret(secret)
    if (key === undefined) return false
    const nonce = new Uint8Array(NONCE_SIZE)
    const expected = nacl.secretbox(scalar, nonce, hsalsa20(result))
    const same = equalBytes(sealed(key, nonce, scalar), expected)
    crypto.dropKey(key)
    return same
  }
  const refuses = (scalar: Uint8Array, point: Uint8Array) => {
    const secret = crypto.addSecret(scalar, 1)
    const key = crypto.deriveKey(secret, point)
    crypto.dropSecret(secret)
    return key === undefined
  }

  test('public keys (RFC 7748, 6.1), and the base point multiplied once (5.2)', () => {
    for (const { secretKey, publicKey } of x25519.keyPairs) {
      assert.is(hexOf(crypto.publicKey(hex(secretKey))), publicKey)
    }
    const { start, after1 } = x25519.iterated
    assert.is(hexOf(crypto.publicKey(hex(start))), after1)
  })

  test('multiplication of any point (RFC 7748, 5.2), seen through the derived key', () => {
    for (const { scalar, point, result } of x25519.scalarMult) {
      assert.ok(agrees(hex(scalar), hex(point), hex(result)))
      assert.not.ok(agrees(hex(scalar), hex(point), hex(scalar)))
    }
  })

  test('1,000 iterations (RFC 7748, 5.2), each seen through the derived key', () => {
    const { start, after1, after1000 } = x25519.iterated
    let [k, u] = [hex(start), hex(start)]
    for (let i = 1; i <= 1000; i++) {
      const result = nacl.scalarMult(k, u)
      assert.ok(agrees(k, u, result), `iteration ${i}`)
      u = k
      k = result
      if (i === 1) assert.is(hexOf(k), after1)
    }
    assert.is(hexOf(k), after1000)
  })

  test(`Wycheproof: ${wycheproof.cases.length} cases`, () => {
    for (const [id, scalar, point, shared] of wycheproof.cases as [number, string, string, string | null][]) {
      if (shared === null) assert.ok(refuses(hex(scalar), hex(point)), `${id}`)
      else assert.ok(agrees(hex(scalar), hex(point), hex(shared)), `${id}`)
    }
  })

  test(`libsodium’s scalarmult8: ${sodium.cases.length} cases`, () => {
    for (const [scalar, point, product] of sodium.cases as [string, string, string | null][]) {
      if (product === null) assert.ok(refuses(hex(scalar), hex(point)), `${scalar} ${point}`)
      else assert.ok(agrees(hex(scalar), hex(point), hex(product)), `${scalar} ${point}`)
    }
  })

  test('the fixed base agrees with the ladder, at the edges and anywhere', () => {
    const scalars: Uint8Array[] = [0, 0xff, 0x77, 0x88, 0x80, 0x08, 0x01, 0x10].map(byte =>
      new Uint8Array(32).fill(byte),
    )
    for (let bit = 0; bit < 256; bit++) scalars.push(flipped(new Uint8Array(32), bit))
    for (let bit = 0; bit < 256; bit += 5) scalars.push(flipped(new Uint8Array(32).fill(0xff), bit))
    while (scalars.length < 600) scalars.push(bytes(32))
    for (const scalar of scalars) {
      assert.equal(crypto.publicKey(scalar), nacl.scalarMult.base(scalar), hexOf(scalar))
    }
  })

  test('points at the edges: near 0, p and 2²⁵⁵, with and without the top bit', () => {
    const points: Uint8Array[] = []
    for (const tail of [0x00, 0xff]) {
      for (let low = 0; low < 256; low++) {
        const point = new Uint8Array(32).fill(tail)
        point[0] = low
        point[31] = tail & (low & 1 ? 0xff : 0x7f)
        points.push(point)
      }
    }
    const scalar = bytes(32)
    for (const point of points) {
      const expected = nacl.scalarMult(scalar, point)
      if (expected.every(byte => byte === 0)) assert.ok(refuses(scalar, point), hexOf(point))
      else assert.ok(agrees(scalar, point, expected), hexOf(point))
    }
  })

  test('bits that are clamped do not matter', () => {
    const [scalar, point] = [bytes(32), nacl.scalarMult.base(bytes(32))]
    const result = nacl.scalarMult(scalar, point)
    for (const bit of [0, 1, 2, 254, 255]) assert.ok(agrees(flipped(scalar, bit), point, result))
    for (const bit of [3, 128, 253]) assert.not.ok(agrees(flipped(scalar, bit), point, result))
    const copy = scalar.slice()
    const publicKey = crypto.publicKey(scalar)
    assert.equal(scalar, copy, 'the caller’s scalar is not clamped')
    for (const bit of [0, 1, 2, 254, 255]) assert.equal(crypto.publicKey(flipped(scalar, bit)), publicKey)
  })

  test('key pairs come from the given randomness', () => {
    const [first, again] = [1, 1].map(seed => crypto.keyPair(new SeededRandom(seed)))
    assert.equal(again, first)
    assert.equal(first!.publicKey, nacl.scalarMult.base(first!.secretKey))
    assert.not.equal(crypto.keyPair(new SeededRandom(2)), first)
  })

  test.run()
}
