import { equalConstantTime } from './bytes.ts'
import { PUBLIC_KEY_SIZE } from './crypto/crypto.ts'

/** A Map keyed by the 32 bytes of a public key (or other short byte strings of one length). */
export class KeyMap<V> {
  readonly #entries = new Map<string, [key: Uint8Array, value: V]>()

  get size(): number {
    return this.#entries.size
  }
  get(key: Uint8Array): V | undefined {
    return this.#entries.get(keyText(key))?.[1]
  }
  has(key: Uint8Array): boolean {
    return this.#entries.has(keyText(key))
  }
  /** Keeps a copy of `key`. */
  set(key: Uint8Array, value: V): void {
    const text = keyText(key)
    const entry = this.#entries.get(text)
    if (entry) entry[1] = value
    else this.#entries.set(text, [key.slice(), value])
  }
  delete(key: Uint8Array): boolean {
    return this.#entries.delete(keyText(key))
  }
  clear(): void {
    this.#entries.clear()
  }
  /** In order of insertion. */
  *values(): IterableIterator<V> {
    for (const entry of this.#entries.values()) yield entry[1]
  }
  /** In order of insertion. */
  entries(): IterableIterator<[key: Uint8Array, value: V]> {
    return this.#entries.values()
  }
}

/** Bytes as a string with one character a byte: a Map key, not for people. */
export function keyText(key: Uint8Array): string {
  return String.fromCharCode.apply(null, key as unknown as number[])
}

/** Adds 1 to a big-endian nonce, in place. */
export function incrementNonce(nonce: Uint8Array): void {
  for (let i = nonce.length - 1; i >= 0; i--) {
    nonce[i] = nonce[i]! + 1
    if (nonce[i] !== 0) return
  }
}

/** Adds `amount` (0 … 2³²−1) to a big-endian nonce, in place. */
export function addToNonce(nonce: Uint8Array, amount: number): void {
  let carry = amount
  for (let i = nonce.length - 1; i >= 0 && carry > 0; i--) {
    const sum = nonce[i]! + (carry & 0xff)
    nonce[i] = sum & 0xff
    carry = Math.floor(carry / 256) + (sum >> 8)
  }
}

export const NOSPAM_SIZE = 4
export const ADDRESS_SIZE = PUBLIC_KEY_SIZE + NOSPAM_SIZE + 2

/**
 * A Tox ID (spec, "Tox ID"): what people give to each other.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 32 | long-term public key |
 * | 4 | nospam |
 * | 2 | checksum: XOR of the 2-byte words before it |
 */
export interface ToxId {
  readonly publicKey: Uint8Array
  readonly nospam: Uint8Array
}

/** 38 bytes. */
export function encodeToxId(id: ToxId): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_SIZE)
  bytes.set(id.publicKey)
  bytes.set(id.nospam, PUBLIC_KEY_SIZE)
  bytes.set(toxIdChecksum(bytes), ADDRESS_SIZE - 2)
  return bytes
}

/** Undefined if the length or the checksum is wrong. */
export function decodeToxId(bytes: Uint8Array): ToxId | undefined {
  if (bytes.length !== ADDRESS_SIZE) return undefined
  if (!equalConstantTime(bytes.subarray(ADDRESS_SIZE - 2), toxIdChecksum(bytes))) return undefined
  return {
    publicKey: bytes.slice(0, PUBLIC_KEY_SIZE),
    nospam: bytes.slice(PUBLIC_KEY_SIZE, PUBLIC_KEY_SIZE + NOSPAM_SIZE),
  }
}

function toxIdChecksum(bytes: Uint8Array): Uint8Array {
  const checksum = new Uint8Array(2)
  for (let i = 0; i < ADDRESS_SIZE - 2; i++) checksum[i % 2]! ^= bytes[i]!
  return checksum
}

/** c-toxcore's `public_key_valid`: X25519 ignores the top bit, so a key that sets it would be a second name. */
export function isValidPublicKey(publicKey: Uint8Array): boolean {
  return publicKey.length === PUBLIC_KEY_SIZE && publicKey[PUBLIC_KEY_SIZE - 1]! < 128
}
