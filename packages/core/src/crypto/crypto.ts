import type { Random } from '../random.ts'

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
export interface Crypto extends KeyCacheCrypto, SessionCrypto, OnionCrypto, StreamCrypto, SignatureCrypto {
  readonly backend: Backend

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

/**
 * Which implementation this is: 'js' runs everywhere; 'wasm' needs WebAssembly with 128-bit SIMD; 'wasm-relaxed'
 * calculates on curves with fused multiply-add, where the engine has relaxed SIMD and its self-test passes.
 */
export type Backend = (typeof BACKENDS)[number]
/** The fastest last. */
export const BACKENDS = ['js', 'wasm', 'wasm-relaxed'] as const

/** Keys derived ahead, kept and forgotten. */
export interface KeyCacheCrypto {
  /** Whether the key for (secret, publicKey) is cached: opening a box of this sender costs no X25519. */
  isCached(secret: SecretHandle, publicKey: Uint8Array): boolean
  /**
   * Derives and caches the keys for several public keys: cheaper than one at a time. Not more than the owner's quota;
   * degenerate ones are left out.
   */
  cacheKeys(secret: SecretHandle, publicKeys: readonly Uint8Array[]): void
  /** Wipes the cached keys of this secret that were not used since the last call. */
  forgetIdleKeys(secret: SecretHandle): void
  /** As `deriveKey`, for several (secret, public key) at once: cheaper than one at a time. */
  deriveKeys(pairs: readonly (readonly [SecretHandle, Uint8Array])[]): (KeyHandle | undefined)[]
}

/** Ed25519 (RFC 8032), pure, with libsodium's decisions on what a valid signature is. */
export interface SignatureCrypto {
  /** From a seed of 32 bytes: a public key of 32 and a secret key of 64 bytes (seed, public key), as in libsodium. */
  signatureKeyPair(seed: Uint8Array): KeyPair
  /** 64 bytes. `secretKey`: 64 bytes (seed, public key). `message`: any length. */
  sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array
  /**
   * False if the signature is not by `publicKey`, and for what libsodium refuses: a public key that is not canonical
   * or of small order, R of small order, S not below the group order. Not cofactored.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}

/**
 * Net-crypto data packets (spec, "Encrypted packets"), the hot path: one call for each, and no allocation.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0x1b |
 * | 2 | last 2 bytes of the nonce |
 * | 16 | MAC |
 * | 4 | number of the first lossless packet that the sender of this still awaits |
 * | 4 | lossless: its packet number; else the number of the next lossless packet |
 * | 0 – 7 | padding: zeros |
 * | 1 – 1373 | payload; its first byte is the packet id, never 0 |
 */
export interface SessionCrypto {
  /**
   * Both directions of an established session. Takes `key` over: it must not be used or dropped any more. The base
   * nonces (24 bytes each) are copied; ours is counted up with each packet, the peer's follows what is received.
   */
  addSession(key: KeyHandle, sendNonce: Uint8Array, receiveNonce: Uint8Array): SessionHandle
  /** Wipes its key. */
  dropSession(session: SessionHandle): void
  /** The datagram: a view, valid until the next call of anything here. `payload`: 1 – 1373 bytes. */
  sealData(session: SessionHandle, bufferStart: number, packetNumber: number, payload: Uint8Array): Uint8Array
  /**
   * Opens a datagram; `data` says what was in it. False, and `data` unchanged, if it is too short or too long, not
   * authentic or without a payload.
   */
  openData(session: SessionHandle, datagram: Uint8Array): boolean
  /** What `openData` opened last. */
  readonly data: OpenedData
}

export interface OpenedData {
  /** Both unsigned 32-bit. */
  readonly bufferStart: number
  readonly packetNumber: number
  /** A view, valid until the next call of anything of this Crypto. */
  readonly payload: Uint8Array
}

/**
 * Onion packets (spec, "Onion"). A layer is: public key (32), MAC (16), then sealed the padded address of the next node
 * (19) and the next layer or the data. All layers of a packet share its nonce.
 */
export interface OnionCrypto {
  /**
   * Seals the three layers of a packet in place, the innermost first. `packet` is laid out in the clear: kind (1), nonce
   * (24), and per layer public key (32), room for the MAC (16), address (19); then the data. `keys`: of the first to
   * the third node.
   */
  wrapOnion(keys: readonly [KeyHandle, KeyHandle, KeyHandle], packet: Uint8Array): void
  /**
   * Takes one layer off a packet of kind 0x80, 0x81 or 0x82 and adds the way back; `peeled` says what came out. False,
   * and `peeled` unchanged, if the packet is too short or too long, or not authentic.
   *
   * @param returnKey our own symmetric key for ways back
   * @param from a fresh nonce (24 bytes) and the padded address (19 bytes) that the packet came from
   */
  peelOnion(secret: SecretHandle, returnKey: KeyHandle, packet: Uint8Array, from: Uint8Array): boolean
  /** What `peelOnion` opened last. */
  readonly peeled: PeeledOnion
}

export interface PeeledOnion {
  /** Where it goes: a padded address (19 bytes), not checked. A view, valid until the next call of anything here. */
  readonly address: Uint8Array
  /** First byte of what was sealed after the address: for 0x82 the kind of the packet that leaves the onion. */
  readonly kind: number
  /**
   * What is sent there: 0x81 or 0x82 with the nonce and the next layer, or the bare data after 0x82; then the way back:
   * nonce (24), MAC (16), sealed `from`'s address (19) and the ways back that the packet brought. A view, as above.
   */
  readonly packet: Uint8Array
}

/**
 * Frames of a TCP relay connection (spec, "TCP server"): length of what follows (2), MAC (16), sealed payload (1 – 2032 bytes).
 * Each direction has a nonce that is counted up with each frame.
 */
export interface StreamCrypto {
  /** Takes `key` over. The nonces (24 bytes each) are copied. */
  addStream(key: KeyHandle, sendNonce: Uint8Array, receiveNonce: Uint8Array): StreamHandle
  /** Wipes its key. */
  dropStream(stream: StreamHandle): void
  /** The frame: a view, valid until the next call of anything here. */
  sealFrame(stream: StreamHandle, payload: Uint8Array): Uint8Array
  /**
   * Opens all complete frames at the beginning of `bytes`, in order, and hands each payload to `onFrame`: a view that is
   * valid during that call. Returns how many bytes they took: the caller keeps the rest, and brings it again with what
   * follows. −1 if a frame is not authentic or its length is impossible: the stream is broken for good, and the frames
   * before it have been handed out.
   */
  openFrames(stream: StreamHandle, bytes: Uint8Array, onFrame: (payload: Uint8Array) => void): number
}

declare const secretBrand: unique symbol
declare const keyBrand: unique symbol
declare const sessionBrand: unique symbol
declare const streamBrand: unique symbol
/** A local secret key kept by a `Crypto`. */
export type SecretHandle = number & { readonly [secretBrand]: true }
/** A symmetric key kept by a `Crypto`. */
export type KeyHandle = number & { readonly [keyBrand]: true }
/** Keys and nonces of a net-crypto session kept by a `Crypto`. */
export type SessionHandle = number & { readonly [sessionBrand]: true }
/** Key and nonces of a relay connection kept by a `Crypto`. */
export type StreamHandle = number & { readonly [streamBrand]: true }

export interface KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** 32 bytes (X25519) or 64 bytes (Ed25519). */
  readonly secretKey: Uint8Array
}

export const PUBLIC_KEY_SIZE = 32
export const SECRET_KEY_SIZE = 32
/** Of a derived or symmetric key. */
export const KEY_SIZE = 32
export const NONCE_SIZE = 24
export const MAC_SIZE = 16
export const SIGNATURE_SIZE = 64
