import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import nacl from 'tweetnacl'
import { wipe } from '../bytes.ts'
import { expectBytes } from '../errors.ts'
import { randomBytes } from '../random.ts'
import { type Crypto, KEY_SIZE, type KeyHandle, SECRET_KEY_SIZE, type SecretHandle } from './crypto.ts'
import { precompute, Secretbox } from './js-box.ts'
import { jsEd25519 } from './js-ed25519.ts'
import { JsSecret } from './js-key-cache.ts'
import { createJsOnion } from './js-onion.ts'
import { createJsSessions } from './js-sessions.ts'
import { createJsStreams } from './js-streams.ts'
import { Slots } from './slots.ts'

/**
 * The readable implementation, on tweetnacl and noble: runs everywhere, and is the oracle that the WebAssembly
 * kernels are tested against.
 */
export function createJsCrypto(): Crypto {
  const secrets = new Slots<JsSecret>('secret')
  const keys = new Slots<Uint8Array>('key')
  const secretbox = new Secretbox()
  const takeKey = (key: KeyHandle) => keys.take(key)

  function deriveKey(handle: SecretHandle, publicKey: Uint8Array): KeyHandle | undefined {
    const key = precompute(secrets.get(handle).key, publicKey)
    return key && (keys.add(key) as KeyHandle)
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
      return secrets.add(new JsSecret(secretKey, cachedKeys)) as SecretHandle
    },
    dropSecret(handle) {
      secrets.take(handle).wipe()
    },

    sealBox(handle, publicKey, nonce, message, out) {
      const key = secrets.get(handle).derived(publicKey)
      if (key === undefined) return false
      secretbox.seal(key, nonce, message, out)
      return true
    },
    openBox(handle, publicKey, nonce, box, out) {
      const key = secrets.get(handle).derived(publicKey)
      return key !== undefined && secretbox.open(key, nonce, box, out)
    },

    isCached: (handle, publicKey) => secrets.get(handle).has(publicKey),
    cacheKeys: (handle, publicKeys) => secrets.get(handle).derivedAll(publicKeys),
    forgetIdleKeys: handle => secrets.get(handle).forgetIdle(),

    addKey(key) {
      expectBytes('key', key, KEY_SIZE)
      return keys.add(key.slice()) as KeyHandle
    },
    deriveKey,
    deriveKeys: pairs => pairs.map(([secret, publicKey]) => deriveKey(secret, publicKey)),
    dropKey(handle) {
      wipe(keys.take(handle))
    },
    seal(handle, nonce, message, out) {
      secretbox.seal(keys.get(handle), nonce, message, out)
    },
    open(handle, nonce, box, out) {
      return secretbox.open(keys.get(handle), nonce, box, out)
    },

    ...createJsSessions(secretbox, takeKey),
    ...createJsOnion(
      secretbox,
      handle => secrets.get(handle),
      handle => keys.get(handle),
    ),
    ...createJsStreams(secretbox, takeKey),
    ...jsEd25519,

    sha256: data => sha256(data),
    sha512: data => sha512(data),
    hmacSha256: (key, data) => hmac(sha256, key, data),
  }
}
