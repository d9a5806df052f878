import type { KeyHandle, SecretHandle } from '@ts-toxcore/core'
import { type Crypto, createJsCrypto, fromHex, KEY_SIZE, MAC_SIZE, toHex, utf8 } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import nacl from 'tweetnacl'
import * as assert from 'uvu/assert'

/** What the suites share: the implementation under test, the readable one to compare with, and seeded bytes. */
export interface Kit {
  readonly name: string
  readonly crypto: Crypto
  /** crypto-js: sealed by one, opened by the other. */
  readonly oracle: Crypto
  readonly random: SeededRandom
  bytes(size: number): Uint8Array
  /** `crypto.seal` into new memory. */
  sealed(key: KeyHandle, nonce: Uint8Array, message: Uint8Array): Uint8Array
  /** `crypto.sealBox` into new memory. */
  boxed(secret: SecretHandle, peer: Uint8Array, nonce: Uint8Array, message: Uint8Array): Uint8Array
  stranger(quota?: number): { secret: SecretHandle; publicKey: Uint8Array }
}

export function createKit(name: string, crypto: Crypto): Kit {
  const random = new SeededRandom(1)
  const bytes = (size: number) => {
    const out = new Uint8Array(size)
    random.fill(out)
    return out
  }
  return {
    name,
    crypto,
    oracle: createJsCrypto(),
    random,
    bytes,
    sealed(key, nonce, message) {
      const out = new Uint8Array(message.length + MAC_SIZE)
      crypto.seal(key, nonce, message, out)
      return out
    },
    boxed(secret, peer, nonce, message) {
      const out = new Uint8Array(message.length + MAC_SIZE)
      assert.is(crypto.sealBox(secret, peer, nonce, message, out), true)
      return out
    },
    stranger(quota = 1) {
      const secretKey = bytes(32)
      return { secret: crypto.addSecret(secretKey, quota), publicKey: crypto.publicKey(secretKey) }
    },
  }
}

export const hex = (text: string): Uint8Array => fromHex(text)!
/** Vectors are written in lower case. */
export const hexOf = (bytes: Uint8Array): string => toHex(bytes).toLowerCase()
export const base64 = (text: string): Uint8Array => Uint8Array.from(atob(text), char => char.charCodeAt(0))

export function flipped(input: Uint8Array, bit: number): Uint8Array {
  const out = input.slice()
  out[bit >> 3]! ^= 1 << (bit & 7)
  return out
}

/** NaCl's primitives, which tweetnacl exports and its type declarations leave out. */
interface LowLevel {
  crypto_core_hsalsa20(out: Uint8Array, input: Uint8Array, key: Uint8Array, constant: Uint8Array): void
  crypto_stream(out: Uint8Array, at: number, size: bigint | number, nonce: Uint8Array, key: Uint8Array): void
  crypto_onetimeauth(
    out: Uint8Array,
    outAt: number,
    message: Uint8Array,
    at: number,
    size: number,
    key: Uint8Array,
  ): void
}
export const lowlevel = (nacl as unknown as { lowlevel: LowLevel }).lowlevel

/** The last step of NaCl's crypto_box_beforenm: what makes a key out of a point. */
export function hsalsa20(point: Uint8Array): Uint8Array {
  const key = new Uint8Array(KEY_SIZE)
  lowlevel.crypto_core_hsalsa20(key, new Uint8Array(16), point, utf8('expand 32-byte k'))
  return key
}
