// Our own crypto, as its users call it: through the interface `Crypto`, copies and handles included.
import { type Backend, type Crypto, createCrypto, type SecretHandle } from '../../packages/core/src/index.ts'
import { type Candidate, expect } from './operations.ts'

const NAMES: Record<Backend, string> = { js: 'ours, JS', wasm: 'ours, WASM', 'wasm-relaxed': 'ours, relaxed' }

export function load(backend: Backend): Candidate | undefined {
  const crypto = loadBackend(backend)
  return crypto && candidate(crypto)
}

/** Undefined if the engine does not have what the backend needs. */
export function loadBackend(backend: Backend): Crypto | undefined {
  try {
    return createCrypto({ backend })
  } catch {
    return undefined
  }
}

function candidate(crypto: Crypto): Candidate {
  return {
    name: NAMES[crypto.backend],
    detail: crypto.backend,
    loops: {
      seal(count, { message, nonce, key }) {
        const handle = crypto.addKey(key)
        const box = new Uint8Array(message.length + 16)
        for (let i = 0; i < count; i++) crypto.seal(handle, nonce, message, box)
        crypto.dropKey(handle)
      },
      open(count, { box, nonce, key }) {
        const handle = crypto.addKey(key)
        const opened = new Uint8Array(box.length - 16)
        for (let i = 0; i < count; i++) expect(crypto.open(handle, nonce, box, opened), 'open')
        crypto.dropKey(handle)
      },
      derive(count, { secretKey, publicKeys }) {
        const secret = crypto.addSecret(secretKey, 1)
        for (let i = 0; i < count; i++)
          crypto.dropKey(crypto.deriveKey(secret, publicKeys[i % publicKeys.length]!)!)
        crypto.dropSecret(secret)
      },
      derive2(count, { secretKey, publicKeys }) {
        const secret = crypto.addSecret(secretKey, 1)
        const pairs: [SecretHandle, Uint8Array][][] = []
        for (let i = 0; i < publicKeys.length; i += 2)
          pairs.push(publicKeys.slice(i, i + 2).map(publicKey => [secret, publicKey]))
        for (let i = 0; i < count / 2; i++) {
          const [a, b] = crypto.deriveKeys(pairs[i % pairs.length]!)
          crypto.dropKey(a!)
          crypto.dropKey(b!)
        }
        crypto.dropSecret(secret)
      },
      base(count, { secretKey }) {
        for (let i = 0; i < count; i++) crypto.publicKey(secretKey)
      },
      sign(count, { message, signSecretKey }) {
        for (let i = 0; i < count; i++) crypto.sign(signSecretKey, message)
      },
      verify(count, { signature, message, signPublicKey }) {
        for (let i = 0; i < count; i++) expect(crypto.verify(signPublicKey, message, signature), 'verify')
      },
    },
  }
}
