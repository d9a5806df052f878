import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, wipe } from '../bytes.ts'
import { expectBytes } from '../errors.ts'
import { SIGNATURE_SIZE, type SignatureCrypto } from './crypto.ts'

const SEED_SIZE = 32
const SIGNATURE_PUBLIC_KEY_SIZE = 32
const SIGNATURE_SECRET_KEY_SIZE = 64

const { Point } = ed25519
const { BASE, Fn } = Point
type Point = typeof BASE

/**
 * Ed25519 on noble's points and scalars. Signing and verifying are spelled out here, because both differ from noble's:
 * libsodium verifies without the cofactor (of a key with a part of small order it accepts other signatures), and
 * signs with the public key that the secret key carries instead of multiplying for it again.
 */
export const jsEd25519: SignatureCrypto = {
  signatureKeyPair(seed) {
    expectBytes('seed', seed, SEED_SIZE)
    const publicKey = ed25519.getPublicKey(seed)
    return { publicKey, secretKey: concatBytes(seed, publicKey) }
  },

  sign(secretKey, message) {
    expectBytes('secretKey', secretKey, SIGNATURE_SECRET_KEY_SIZE)
    const publicKey = secretKey.subarray(SEED_SIZE)
    const { head, prefix, scalar } = secretHalves(secretKey.subarray(0, SEED_SIZE))
    const nonce = hashToScalar(prefix, message)
    wipe(head)
    wipe(prefix)
    const r = BASE.multiply(nonce).toBytes()
    const s = Fn.toBytes(Fn.create(nonce + hashToScalar(r, publicKey, message) * scalar))
    return concatBytes(r, s)
  },

  verify(publicKey, message, signature) {
    expectBytes('publicKey', publicKey, SIGNATURE_PUBLIC_KEY_SIZE)
    expectBytes('signature', signature, SIGNATURE_SIZE)
    const r = signature.subarray(0, 32)
    const s = bytesToNumberLE(signature.subarray(32))
    const a = decodePoint(publicKey)
    if (s >= Fn.ORDER || a === undefined || a.isSmallOrder()) return false
    const k = hashToScalar(r, publicKey, message)
    const expected = BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k))
    // Bytes are compared, so an R that is not canonical equals nothing, and what is known of `expected` is known of R.
    return equalBytes(expected.toBytes(), r) && !expected.isSmallOrder()
  },
}

/** RFC 8032, 5.1.5: the clamped scalar (modulo the group order) and what nonces are derived from. */
function secretHalves(seed: Uint8Array) {
  const hash = sha512(seed)
  const head = hash.subarray(0, 32)
  head[0]! &= 0b1111_1000
  head[31]! &= 0b0111_1111
  head[31]! |= 0b0100_0000
  return { head, prefix: hash.subarray(32), scalar: Fn.create(bytesToNumberLE(head)) }
}

function hashToScalar(...parts: Uint8Array[]): bigint {
  return Fn.create(bytesToNumberLE(sha512(concatBytes(...parts))))
}

/** Undefined if the bytes are no point or not its canonical form. */
function decodePoint(bytes: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(bytes)
  } catch {
    return undefined
  }
}
