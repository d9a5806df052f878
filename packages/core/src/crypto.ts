import type { Random } from './random.ts'

/**
 * The cryptography that Tox is made of, as one interface with two implementations (JavaScript, WebAssembly) that
 * pass the same compliance suite. Spec: "Crypto" (NaCl's crypto_box: X25519, XSalsa20-Poly1305).
 *
 * Secrets live behind handles so that an implementation can keep them in its own memory. A handle carries a
 * generation: using one after it was dropped throws, because that is a bug of ours.
 * All sealing and opening writes into memory of the caller's and may work in place, so no packet needs a copy:
 *
 * - seal: `out` has `message.length + MAC_SIZE` bytes. In place: `message` is `out.subarray(MAC_SIZE)`.
 * - open: `out` has `box.length - MAC_SIZE` bytes. In place: `out` is `box.subarray(MAC_SIZE)`. Authenticated
 *   before decrypted: when it returns false, `out` was not written.
 */
export interface Crypto {
  readonly backend: 'js' | 'wasm'

  /** A fresh key pair; the secret key comes from `random`, so that a run replays from its seed. */
  keyPair(random: Random): KeyPair
  /** The X25519 public key (32 bytes) of a secret key (32 bytes). */
  publicKey(secretKey: Uint8Array): Uint8Array

  /**
   * Takes a copy of a long-lived secret key. Keys derived from it are cached by peer public key, at most
   * `cachedKeys` of them: that is the owner's quota, and a flood of strangers evicts only the owner's own entries.
   */
  addSecret(secretKey: Uint8Array, cachedKeys: number): SecretHandle
  /** Wipes the secret and every key derived and cached from it. */
  dropSecret(secret: SecretHandle): void

  /** crypto_box with the key derived from (secret, publicKey). False if `publicKey` is degenerate (small order). */
  sealBox(
    secret: SecretHandle,
    publicKey: Uint8Array,
    nonce: Uint8Array,
    message: Uint8Array,
    out: Uint8Array,
  ): boolean
  /** False if `box` is not authentic or `publicKey` is degenerate. */
  openBox(
    secret: SecretHandle,
    publicKey: Uint8Array,
    nonce: Uint8Array,
    box: Uint8Array,
    out: Uint8Array,
  ): boolean

  /** Keeps a symmetric key (32 bytes, copied) until it is dropped. */
  addKey(key: Uint8Array): KeyHandle
  /** Keeps the key derived from (secret, publicKey) until it is dropped; undefined if `publicKey` is degenerate. */
  deriveKey(secret: SecretHandle, publicKey: Uint8Array): KeyHandle | undefined
  /** Wipes the key. */
  dropKey(key: KeyHandle): void
  /** crypto_secretbox. */
  seal(key: KeyHandle, nonce: Uint8Array, message: Uint8Array, out: Uint8Array): void
  /** False if `box` is not authentic. */
  open(key: KeyHandle, nonce: Uint8Array, box: Uint8Array, out: Uint8Array): boolean

  /** 32 bytes. */
  sha256(data: Uint8Array): Uint8Array
  /** 64 bytes. */
  sha512(data: Uint8Array): Uint8Array
  /** 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array
}

declare const secretBrand: unique symbol
declare const keyBrand: unique symbol
/** A local secret key kept by a `Crypto`. */
export type SecretHandle = number & { readonly [secretBrand]: true }
/** A symmetric key kept by a `Crypto`. */
export type KeyHandle = number & { readonly [keyBrand]: true }

export interface KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** 32 bytes. */
  readonly secretKey: Uint8Array
}

export const PUBLIC_KEY_SIZE = 32
export const SECRET_KEY_SIZE = 32
/** Of a derived or symmetric key. */
export const KEY_SIZE = 32
export const NONCE_SIZE = 24
export const MAC_SIZE = 16
