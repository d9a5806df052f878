import { expectBytes } from '../errors.ts'
import { randomBytes } from '../random.ts'
import {
  type Backend,
  type Crypto,
  MAC_SIZE,
  NONCE_SIZE,
  SECRET_KEY_SIZE,
  SIGNATURE_SIZE,
  type SignatureCrypto,
} from './crypto.ts'
import { Arena, type Capacities, expectMessage, PACKET_SIZE } from './wasm-arena.ts'
import type { Kernels } from './wasm-kernels.ts'
import { WasmKeys } from './wasm-keys.ts'
import { createWasmOnion, createWasmSessions, createWasmStreams } from './wasm-packets.ts'

/**
 * The fast implementation: kernels in WebAssembly (wasm/), one instance of which belongs to this Crypto alone. Keys,
 * sessions and streams are records in its memory, which has a fixed size; here are only their handles.
 *
 * Messages are limited to 16 MiB. What was opened last stays in its memory until the next message comes.
 */
export function createWasmCrypto(kernels: Kernels, backend: Backend, capacities: Capacities = {}): Crypto {
  const arena = new Arena(kernels, capacities)
  const keys = new WasmKeys(kernels, arena)
  const { bytes, input, output, publicKey, nonce, tag, data } = arena
  const { secretbox_seal, secretbox_open, box_seal, box_open } = kernels
  const boxes = arena.views(PACKET_SIZE, () => tag)
  const messages = arena.views(PACKET_SIZE, () => data)

  function derivePublicKey(secretKey: Uint8Array): Uint8Array {
    bytes.set(secretKey, input)
    kernels.x25519_base(output, input)
    arena.wipe(input, SECRET_KEY_SIZE)
    return arena.copy(output, 32)
  }

  /** Checks and takes in what is sealed. */
  function takeMessage(messageNonce: Uint8Array, message: Uint8Array, out: Uint8Array): void {
    // A shorter nonce would be read as if it ended in what was there before: no error, and soon one used twice.
    expectBytes('nonce', messageNonce, NONCE_SIZE)
    expectBytes('out', out, message.length + MAC_SIZE)
    expectMessage('message', message.length)
    bytes.set(messageNonce, nonce)
    // Last, because it may be what lies there already.
    bytes.set(message, data)
  }

  /** The same for what is opened; false if it is too short. */
  function takeBox(boxNonce: Uint8Array, box: Uint8Array, out: Uint8Array): boolean {
    expectBytes('nonce', boxNonce, NONCE_SIZE)
    if (box.length < MAC_SIZE) return false
    expectBytes('out', out, box.length - MAC_SIZE)
    expectMessage('box', out.length)
    bytes.set(boxNonce, nonce)
    bytes.set(box, tag)
    return true
  }

  return {
    backend,

    keyPair(random) {
      const secretKey = randomBytes(random, SECRET_KEY_SIZE)
      return { publicKey: derivePublicKey(secretKey), secretKey }
    },
    publicKey(secretKey) {
      expectBytes('secretKey', secretKey, SECRET_KEY_SIZE)
      return derivePublicKey(secretKey)
    },

    addSecret: (secretKey, cachedKeys) => keys.addSecret(secretKey, cachedKeys),
    dropSecret: secret => keys.dropSecret(secret),

    sealBox(secret, peer, messageNonce, message, out) {
      const at = keys.secretAt(secret)
      keys.takePublicKey(peer)
      takeMessage(messageNonce, message, out)
      if (box_seal(at, publicKey, nonce, tag, message.length) === 0) return false
      out.set(boxes(out.length))
      return true
    },
    openBox(secret, peer, boxNonce, box, out) {
      const at = keys.secretAt(secret)
      keys.takePublicKey(peer)
      if (!takeBox(boxNonce, box, out)) return false
      if (box_open(at, publicKey, nonce, tag, out.length) === 0) return false
      out.set(messages(out.length))
      return true
    },

    isCached: (secret, peer) => keys.isCached(secret, peer),
    cacheKeys: (secret, peers) => keys.cacheKeys(secret, peers),
    forgetIdleKeys: secret => keys.forgetIdleKeys(secret),

    addKey: key => keys.addKey(key),
    deriveKey: (secret, peer) => keys.deriveKey(secret, peer),
    deriveKeys: pairs => keys.deriveKeys(pairs),
    dropKey: key => keys.dropKey(key),
    seal(key, messageNonce, message, out) {
      const at = keys.keyAt(key)
      takeMessage(messageNonce, message, out)
      secretbox_seal(at, nonce, tag, message.length)
      out.set(boxes(out.length))
    },
    open(key, boxNonce, box, out) {
      const at = keys.keyAt(key)
      if (!takeBox(boxNonce, box, out) || secretbox_open(at, nonce, tag, out.length) === 0) return false
      out.set(messages(out.length))
      return true
    },

    ...createWasmSessions(kernels, arena, keys),
    ...createWasmOnion(kernels, arena, keys),
    ...createWasmStreams(kernels, arena, keys),
    ...createSignatures(kernels, arena),
    ...createHashes(kernels, arena),
  }
}

function createSignatures(kernels: Kernels, arena: Arena): SignatureCrypto {
  const { bytes, input, output, data } = arena

  return {
    signatureKeyPair(seed) {
      expectBytes('seed', seed, 32)
      bytes.set(seed, input)
      kernels.ed25519_key_pair(data, output, input)
      const pair = { publicKey: arena.copy(data, 32), secretKey: arena.copy(output, 64) }
      arena.wipe(input, 32)
      arena.wipe(output, 64)
      return pair
    },
    sign(secretKey, message) {
      expectBytes('secretKey', secretKey, 64)
      expectMessage('message', message.length)
      bytes.set(secretKey, input)
      bytes.set(message, data)
      kernels.ed25519_sign(output, input, data, message.length)
      arena.wipe(input, 64)
      return arena.copy(output, SIGNATURE_SIZE)
    },
    verify(publicKey, message, signature) {
      expectBytes('publicKey', publicKey, 32)
      expectBytes('signature', signature, SIGNATURE_SIZE)
      expectMessage('message', message.length)
      bytes.set(publicKey, output)
      bytes.set(signature, input)
      bytes.set(message, data)
      return kernels.ed25519_verify(output, data, message.length, input) !== 0
    },
  }
}

function createHashes(kernels: Kernels, arena: Arena): Pick<Crypto, 'sha256' | 'sha512' | 'hmacSha256'> {
  const { bytes, output, data } = arena

  return {
    sha256(message) {
      expectMessage('data', message.length)
      bytes.set(message, data)
      kernels.sha256(output, data, message.length)
      return arena.copy(output, 32)
    },
    sha512(message) {
      expectMessage('data', message.length)
      bytes.set(message, data)
      kernels.sha512(output, data, message.length)
      return arena.copy(output, 64)
    },
    hmacSha256(key, message) {
      expectMessage('key and data', key.length + message.length)
      bytes.set(message, data)
      const keyAt = data + message.length
      bytes.set(key, keyAt)
      kernels.hmac_sha256(output, keyAt, key.length, data, message.length)
      arena.wipe(keyAt, key.length)
      return arena.copy(output, 32)
    },
  }
}
