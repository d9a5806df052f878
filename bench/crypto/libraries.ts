// The libraries that we compare with, each used as its documentation says.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import nacl from 'tweetnacl'
import { type Candidate, expect } from './operations.ts'

/** `manifest`: package.json of the directory where benchmark-only packages are installed; undefined if they are not. */
export async function libraries(manifest: string | undefined): Promise<Candidate[]> {
  if (manifest === undefined) return [tweetnacl()]
  const require = createRequire(manifest)
  return [
    sodiumNative(require),
    await libsodiumWrappers(require),
    tweetnacl(),
    await noble((await import(pathToFileURL(require.resolve('@noble/ciphers/salsa.js')).href)) as Salsa),
  ]
}

type Bytes = Uint8Array

interface SodiumNative {
  crypto_secretbox_easy(out: Bytes, message: Bytes, nonce: Bytes, key: Bytes): void
  crypto_secretbox_open_easy(out: Bytes, box: Bytes, nonce: Bytes, key: Bytes): boolean
  crypto_scalarmult(out: Bytes, secretKey: Bytes, publicKey: Bytes): void
  crypto_scalarmult_base(out: Bytes, secretKey: Bytes): void
  crypto_sign_detached(out: Bytes, message: Bytes, secretKey: Bytes): void
  crypto_sign_verify_detached(signature: Bytes, message: Bytes, publicKey: Bytes): boolean
}

function sodiumNative(require: NodeJS.Require): Candidate {
  const sodium = require('sodium-native') as SodiumNative
  const out = new Uint8Array(32)
  const signature = new Uint8Array(64)
  return {
    name: 'sodium-native',
    detail: (require('sodium-native/package.json') as { version: string }).version,
    loops: {
      seal(count, { message, nonce, key }) {
        const box = new Uint8Array(message.length + 16)
        for (let i = 0; i < count; i++) sodium.crypto_secretbox_easy(box, message, nonce, key)
      },
      open(count, { box, nonce, key }) {
        const opened = new Uint8Array(box.length - 16)
        for (let i = 0; i < count; i++)
          expect(sodium.crypto_secretbox_open_easy(opened, box, nonce, key), 'open')
      },
      x25519(count, { secretKey, publicKeys }) {
        for (let i = 0; i < count; i++)
          sodium.crypto_scalarmult(out, secretKey, publicKeys[i % publicKeys.length]!)
      },
      base(count, { secretKey }) {
        for (let i = 0; i < count; i++) sodium.crypto_scalarmult_base(out, secretKey)
      },
      sign(count, { message, signSecretKey }) {
        for (let i = 0; i < count; i++) sodium.crypto_sign_detached(signature, message, signSecretKey)
      },
      verify(count, inputs) {
        const { signature, message, signPublicKey } = inputs
        for (let i = 0; i < count; i++)
          expect(sodium.crypto_sign_verify_detached(signature, message, signPublicKey), 'verify')
      },
    },
  }
}

interface LibsodiumWrappers {
  readonly ready: Promise<void>
  readonly SODIUM_VERSION_STRING: string
  crypto_box_easy_afternm(message: Bytes, nonce: Bytes, key: Bytes): Bytes
  crypto_box_open_easy_afternm(box: Bytes, nonce: Bytes, key: Bytes): Bytes
  crypto_box_beforenm(publicKey: Bytes, secretKey: Bytes): Bytes
  crypto_scalarmult(secretKey: Bytes, publicKey: Bytes): Bytes
  crypto_scalarmult_base(secretKey: Bytes): Bytes
  crypto_sign_detached(message: Bytes, secretKey: Bytes): Bytes
  crypto_sign_verify_detached(signature: Bytes, message: Bytes, publicKey: Bytes): boolean
}

async function libsodiumWrappers(require: NodeJS.Require): Promise<Candidate> {
  const sodium = require('libsodium-wrappers') as LibsodiumWrappers
  await sodium.ready
  return {
    name: 'libsodium-wrappers',
    detail: `libsodium ${sodium.SODIUM_VERSION_STRING}`,
    loops: {
      seal(count, { message, nonce, key }) {
        for (let i = 0; i < count; i++) sodium.crypto_box_easy_afternm(message, nonce, key)
      },
      open(count, { box, nonce, key }) {
        for (let i = 0; i < count; i++) sodium.crypto_box_open_easy_afternm(box, nonce, key)
      },
      derive(count, { secretKey, publicKeys }) {
        for (let i = 0; i < count; i++)
          sodium.crypto_box_beforenm(publicKeys[i % publicKeys.length]!, secretKey)
      },
      x25519(count, { secretKey, publicKeys }) {
        for (let i = 0; i < count; i++)
          sodium.crypto_scalarmult(secretKey, publicKeys[i % publicKeys.length]!)
      },
      base(count, { secretKey }) {
        for (let i = 0; i < count; i++) sodium.crypto_scalarmult_base(secretKey)
      },
      sign(count, { message, signSecretKey }) {
        for (let i = 0; i < count; i++) sodium.crypto_sign_detached(message, signSecretKey)
      },
      verify(count, { signature, message, signPublicKey }) {
        for (let i = 0; i < count; i++)
          expect(sodium.crypto_sign_verify_detached(signature, message, signPublicKey), 'verify')
      },
    },
  }
}

function tweetnacl(): Candidate {
  return {
    name: 'tweetnacl',
    detail: '',
    loops: {
      seal(count, { message, nonce, key }) {
        for (let i = 0; i < count; i++) nacl.box.after(message, nonce, key)
      },
      open(count, { box, nonce, key }) {
        for (let i = 0; i < count; i++) expect(nacl.box.open.after(box, nonce, key) !== null, 'open')
      },
      derive(count, { secretKey, publicKeys }) {
        for (let i = 0; i < count; i++) nacl.box.before(publicKeys[i % publicKeys.length]!, secretKey)
      },
      x25519(count, { secretKey, publicKeys }) {
        for (let i = 0; i < count; i++) nacl.scalarMult(secretKey, publicKeys[i % publicKeys.length]!)
      },
      base(count, { secretKey }) {
        for (let i = 0; i < count; i++) nacl.scalarMult.base(secretKey)
      },
      sign(count, { message, signSecretKey }) {
        for (let i = 0; i < count; i++) nacl.sign.detached(message, signSecretKey)
      },
      verify(count, { signature, message, signPublicKey }) {
        for (let i = 0; i < count; i++)
          expect(nacl.sign.detached.verify(message, signature, signPublicKey), 'verify')
      },
    },
  }
}

interface Salsa {
  xsalsa20poly1305(key: Bytes, nonce: Bytes): { encrypt(message: Bytes): Bytes; decrypt(box: Bytes): Bytes }
  hsalsa(sigma: Uint32Array, key: Uint32Array, input: Uint32Array, out: Uint32Array): void
}

async function noble({ xsalsa20poly1305, hsalsa }: Salsa): Promise<Candidate> {
  const sigma = new Uint32Array([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574])
  return {
    name: 'noble',
    detail: '',
    loops: {
      seal(count, { message, nonce, key }) {
        for (let i = 0; i < count; i++) xsalsa20poly1305(key, nonce).encrypt(message)
      },
      open(count, { box, nonce, key }) {
        for (let i = 0; i < count; i++) xsalsa20poly1305(key, nonce).decrypt(box)
      },
      derive(count, { secretKey, publicKeys }) {
        const zeros = new Uint32Array(4)
        for (let i = 0; i < count; i++) {
          const point = x25519.getSharedSecret(secretKey, publicKeys[i % publicKeys.length]!)
          hsalsa(sigma, new Uint32Array(point.slice().buffer), zeros, new Uint32Array(8))
        }
      },
      x25519(count, { secretKey, publicKeys }) {
        for (let i = 0; i < count; i++) x25519.getSharedSecret(secretKey, publicKeys[i % publicKeys.length]!)
      },
      base(count, { secretKey }) {
        for (let i = 0; i < count; i++) x25519.getPublicKey(secretKey)
      },
      sign(count, { message, signSecretKey }) {
        const seed = signSecretKey.slice(0, 32)
        for (let i = 0; i < count; i++) ed25519.sign(message, seed)
      },
      verify(count, { signature, message, signPublicKey }) {
        for (let i = 0; i < count; i++) expect(ed25519.verify(signature, message, signPublicKey), 'verify')
      },
    },
  }
}
