/**
 * What the modules of wasm/ export. Pointers and lengths are in bytes; results that say yes or no are 1 or 0. Said in
 * full beside each export in wasm/src.
 */
export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  /** Where the module's own data ends. */
  readonly __heap_base: { readonly value: number }

  /** Of the relaxed module alone: whether this machine multiplies and adds in one step, as its arithmetic needs it. */
  fma_is_fused?(): number

  x25519_base(out: number, scalar: number): void

  keys_init(secrets: number, entries: number, capacity: number, table: number, mask: number): void
  secret_init(secret: number, quota: number): void
  secret_drop(secret: number): void
  box_seal(secret: number, publicKey: number, nonce: number, buffer: number, size: number): number
  box_open(secret: number, publicKey: number, nonce: number, buffer: number, size: number): number
  keys_is_cached(secret: number, publicKey: number): number
  keys_cache(secret: number, publicKeys: number, count: number): void
  keys_forget_idle(secret: number): void
  keys_derive(secret: number, publicKey: number, out: number): number
  keys_derive_many(requests: number, count: number): void

  secretbox_seal(key: number, nonce: number, buffer: number, size: number): void
  secretbox_open(key: number, nonce: number, buffer: number, size: number): number

  session_seal(
    session: number,
    packet: number,
    bufferStart: number,
    packetNumber: number,
    payloadSize: number,
  ): void
  session_open(session: number, packet: number, size: number): number
  stream_seal(stream: number, frame: number, payloadSize: number): void
  stream_open(stream: number, bytes: number, available: number, out: number): number
  onion_wrap(first: number, second: number, third: number, packet: number, size: number): void
  onion_peel(
    secret: number,
    returnKey: number,
    packet: number,
    size: number,
    from: number,
    address: number,
  ): number

  ed25519_key_pair(publicKey: number, secretKey: number, seed: number): void
  ed25519_sign(signature: number, secretKey: number, message: number, size: number): void
  ed25519_verify(publicKey: number, message: number, size: number, signature: number): number

  sha256(out: number, data: number, size: number): void
  sha512(out: number, data: number, size: number): void
  hmac_sha256(out: number, key: number, keySize: number, data: number, size: number): void
}
