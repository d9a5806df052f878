/** NaCl's crypto_box out of tweetnacl's parts: deriving a key, and sealing and opening with it. */
import nacl from 'tweetnacl'
import { wipe } from '../bytes.ts'
import { expectBytes } from '../errors.ts'
import { KEY_SIZE, MAC_SIZE, NONCE_SIZE, PUBLIC_KEY_SIZE } from './crypto.ts'

/** NaCl's primitives, which tweetnacl exports and its type declarations leave out. Results: 0 is success. */
interface LowLevel {
  crypto_core_hsalsa20(out: Uint8Array, input: Uint8Array, key: Uint8Array, constant: Uint8Array): number
  crypto_secretbox(
    box: Uint8Array,
    message: Uint8Array,
    size: number,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number
  crypto_secretbox_open(
    message: Uint8Array,
    box: Uint8Array,
    size: number,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number
}
const { crypto_core_hsalsa20, crypto_secretbox, crypto_secretbox_open } = (
  nacl as unknown as { lowlevel: LowLevel }
).lowlevel

const HSALSA_ZERO = new Uint8Array(16)
const SIGMA = new TextEncoder().encode('expand 32-byte k')

/** crypto_box_beforenm; undefined if `publicKey` is of small order. */
export function precompute(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  expectBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
  const point = nacl.scalarMult(secretKey, publicKey)
  let bits = 0
  for (const byte of point) bits |= byte
  // The all-zero result of a small-order point: libsodium refuses it too.
  if (bits === 0) return undefined
  const key = new Uint8Array(KEY_SIZE)
  crypto_core_hsalsa20(key, HSALSA_ZERO, point, SIGMA)
  wipe(point)
  return key
}

/** NaCl wants 32 zero bytes before the message and 16 before the box: two reused buffers give it that room. */
export class Secretbox {
  #plain = new Uint8Array(32 + 4096)
  #boxed = new Uint8Array(32 + 4096)

  seal(key: Uint8Array, nonce: Uint8Array, message: Uint8Array, out: Uint8Array): void {
    // A shorter nonce would be read as if it ended in zeros: no error, and soon one used twice.
    expectBytes('nonce', nonce, NONCE_SIZE)
    expectBytes('out', out, message.length + MAC_SIZE)
    const size = 32 + message.length
    this.#reserve(size)
    this.#plain.fill(0, 0, 32)
    this.#plain.set(message, 32)
    crypto_secretbox(this.#boxed, this.#plain, size, nonce, key)
    out.set(this.#boxed.subarray(16, size))
    this.#plain.fill(0, 32, size)
  }

  open(key: Uint8Array, nonce: Uint8Array, box: Uint8Array, out: Uint8Array): boolean {
    expectBytes('nonce', nonce, NONCE_SIZE)
    if (box.length < MAC_SIZE) return false
    expectBytes('out', out, box.length - MAC_SIZE)
    const size = 16 + box.length
    this.#reserve(size)
    this.#boxed.fill(0, 0, 16)
    this.#boxed.set(box, 16)
    const authentic = crypto_secretbox_open(this.#plain, this.#boxed, size, nonce, key) === 0
    if (authentic) {
      out.set(this.#plain.subarray(32, size))
      this.#plain.fill(0, 32, size)
    }
    return authentic
  }

  #reserve(size: number): void {
    if (size <= this.#plain.length) return
    this.#plain = new Uint8Array(2 * size)
    this.#boxed = new Uint8Array(2 * size)
  }
}
