import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import nacl from 'tweetnacl'
import { wipe } from '../bytes.ts'
import { expectBytes } from '../errors.ts'
import { KeyMap } from '../keys.ts'
import { randomBytes } from '../random.ts'
import {
  type Crypto,
  KEY_SIZE,
  type KeyHandle,
  MAC_SIZE,
  NONCE_SIZE,
  PUBLIC_KEY_SIZE,
  SECRET_KEY_SIZE,
  type SecretHandle,
} from './crypto.ts'
import { jsEd25519 } from './js-ed25519.ts'
import { Slots } from './slots.ts'

/**
 * The readable implementation, on tweetnacl and noble: runs everywhere, and is the oracle that the WebAssembly
 * kernels are tested against.
 */
export function createJsCrypto(): Crypto {
  const secrets = new Slots<Secret>('secret')
  const keys = new Slots<Uint8Array>('key')
  const secretbox = createSecretbox()

  /** The derived key out of the secret's cache; undefined if the public key is of small order. */
  function derived(secret: Secret, publicKey: Uint8Array): Uint8Array | undefined {
    const cached = secret.cache.get(publicKey)
    if (cached !== undefined) {
      // Re-inserting moves it to the end: Map order is the order of last use.
      secret.cache.delete(publicKey)
      secret.cache.set(publicKey, cached)
      return cached
    }
    const key = precompute(secret.key, publicKey)
    if (key === undefined) return undefined
    if (secret.cache.size >= secret.quota) {
      const [oldestKey, oldest] = secret.cache.entries().next().value!
      wipe(oldest)
      secret.cache.delete(oldestKey)
    }
    secret.cache.set(publicKey, key)
    return key
  }

  return {
    backend: 'js',

    keyPair(random) {
      const secretKey = randomBytes(random, SECRET_KEY_SIZE)
      return { publicKey: nacl.scalarMult.base(secretKey), secretKey }
    },
    publicKey(secretKey) {
      expectBytes('secretKey', secretKey, SECRET_KEY_SIZE)
      return nacl.scalarMult.base(secretKey)
    },

    addSecret(secretKey, cachedKeys) {
      expectBytes('secretKey', secretKey, SECRET_KEY_SIZE)
      return secrets.add({
        key: secretKey.slice(),
        quota: Math.max(1, cachedKeys),
        cache: new KeyMap(),
      }) as SecretHandle
    },
    dropSecret(handle) {
      const secret = secrets.take(handle)
      wipe(secret.key)
      for (const key of secret.cache.values()) wipe(key)
    },

    sealBox(handle, publicKey, nonce, message, out) {
      const key = derived(secrets.get(handle), publicKey)
      if (key === undefined) return false
      secretbox.seal(key, nonce, message, out)
      return true
    },
    openBox(handle, publicKey, nonce, box, out) {
      const key = derived(secrets.get(handle), publicKey)
      return key !== undefined && secretbox.open(key, nonce, box, out)
    },

    addKey(key) {
      expectBytes('key', key, KEY_SIZE)
      return keys.add(key.slice()) as KeyHandle
    },
    deriveKey(handle, publicKey) {
      const key = precompute(secrets.get(handle).key, publicKey)
      return key && (keys.add(key) as KeyHandle)
    },
    dropKey(handle) {
      wipe(keys.take(handle))
    },
    seal(handle, nonce, message, out) {
      secretbox.seal(keys.get(handle), nonce, message, out)
    },
    open(handle, nonce, box, out) {
      return secretbox.open(keys.get(handle), nonce, box, out)
    },

    sha256: data => sha256(data),
    sha512: data => sha512(data),
    hmacSha256: (key, data) => hmac(sha256, key, data),

    ...jsEd25519,
  }
}

interface Secret {
  readonly key: Uint8Array
  readonly quota: number
  readonly cache: KeyMap<Uint8Array>
}

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
const lowlevel = (nacl as unknown as { lowlevel: LowLevel }).lowlevel

const HSALSA_ZERO = new Uint8Array(16)
const SIGMA = new TextEncoder().encode('expand 32-byte k')

function precompute(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  expectBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
  const point = nacl.scalarMult(secretKey, publicKey)
  let bits = 0
  for (const byte of point) bits |= byte
  // The all-zero result of a small-order point: libsodium refuses it too.
  if (bits === 0) return undefined
  const key = new Uint8Array(KEY_SIZE)
  lowlevel.crypto_core_hsalsa20(key, HSALSA_ZERO, point, SIGMA)
  wipe(point)
  return key
}

/** NaCl wants 32 zero bytes before the message and 16 before the box: two reused buffers give it that room. */
function createSecretbox() {
  const { crypto_secretbox, crypto_secretbox_open } = lowlevel
  let plain = new Uint8Array(32 + 4096)
  let boxed = new Uint8Array(32 + 4096)

  function reserve(size: number): void {
    if (size <= plain.length) return
    plain = new Uint8Array(2 * size)
    boxed = new Uint8Array(2 * size)
  }

  return {
    seal(key: Uint8Array, nonce: Uint8Array, message: Uint8Array, out: Uint8Array): void {
      // A shorter nonce would be read as if it ended in zeros: no error, and soon one used twice.
      expectBytes('nonce', nonce, NONCE_SIZE)
      expectBytes('out', out, message.length + MAC_SIZE)
      const size = 32 + message.length
      reserve(size)
      plain.fill(0, 0, 32)
      plain.set(message, 32)
      crypto_secretbox(boxed, plain, size, nonce, key)
      out.set(boxed.subarray(16, size))
      plain.fill(0, 32, size)
    },
    open(key: Uint8Array, nonce: Uint8Array, box: Uint8Array, out: Uint8Array): boolean {
      expectBytes('nonce', nonce, NONCE_SIZE)
      if (box.length < MAC_SIZE) return false
      expectBytes('out', out, box.length - MAC_SIZE)
      const size = 16 + box.length
      reserve(size)
      boxed.fill(0, 0, 16)
      boxed.set(box, 16)
      const authentic = crypto_secretbox_open(plain, boxed, size, nonce, key) === 0
      if (authentic) {
        out.set(plain.subarray(32, size))
        plain.fill(0, 32, size)
      }
      return authentic
    },
  }
}
