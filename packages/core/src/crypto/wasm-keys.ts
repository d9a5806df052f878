import { expectBytes } from '../errors.ts'
import { KEY_SIZE, type KeyHandle, PUBLIC_KEY_SIZE, SECRET_KEY_SIZE, type SecretHandle } from './crypto.ts'
import { Handles } from './handles.ts'
import { type Arena, KEY_RECORD, MESSAGE_LIMIT, SECRET_RECORD } from './wasm-arena.ts'
import type { Kernels } from './wasm-kernels.ts'

/** A request of `keys_derive_many`: pointers to the secret and to where the key goes, public key. */
const REQUEST_SIZE = 4 + 4 + PUBLIC_KEY_SIZE
const REQUESTS_LIMIT = Math.floor(MESSAGE_LIMIT / REQUEST_SIZE)
const PUBLIC_KEYS_LIMIT = MESSAGE_LIMIT / PUBLIC_KEY_SIZE

/** Secret and symmetric keys in the arena. */
export class WasmKeys {
  readonly #kernels: Kernels
  readonly #arena: Arena
  readonly #secrets: Handles
  readonly #keys: Handles
  readonly #quotas: number[] = []

  constructor(kernels: Kernels, arena: Arena) {
    this.#kernels = kernels
    this.#arena = arena
    this.#secrets = new Handles('secret', arena.capacities.secrets)
    this.#keys = new Handles('key', arena.capacities.keys)
  }

  addSecret(secretKey: Uint8Array, cachedKeys: number): SecretHandle {
    expectBytes('secretKey', secretKey, SECRET_KEY_SIZE)
    const handle = this.#secrets.add() as SecretHandle
    const at = this.secretAt(handle)
    const quota = Math.min(Math.max(1, cachedKeys), this.#arena.capacities.cachedKeys)
    this.#quotas[this.#secrets.place(handle)] = quota
    this.#arena.bytes.set(secretKey, at)
    this.#kernels.secret_init(at, quota)
    return handle
  }

  dropSecret(handle: SecretHandle): void {
    this.#kernels.secret_drop(this.#arena.secrets + SECRET_RECORD * this.#secrets.drop(handle))
  }

  secretAt(handle: SecretHandle): number {
    return this.#arena.secrets + SECRET_RECORD * this.#secrets.place(handle)
  }

  addKey(key: Uint8Array): KeyHandle {
    expectBytes('key', key, KEY_SIZE)
    const handle = this.#keys.add() as KeyHandle
    this.#arena.bytes.set(key, this.keyAt(handle))
    return handle
  }

  dropKey(handle: KeyHandle): void {
    this.#arena.wipe(this.#arena.keys + KEY_RECORD * this.#keys.drop(handle), KEY_SIZE)
  }

  keyAt(handle: KeyHandle): number {
    return this.#arena.keys + KEY_RECORD * this.#keys.place(handle)
  }

  /** Moves a key to `to`: its handle is void from then on. */
  moveKey(handle: KeyHandle, to: number): void {
    const from = this.keyAt(handle)
    this.#arena.bytes.copyWithin(to, from, from + KEY_SIZE)
    this.dropKey(handle)
  }

  takePublicKey(publicKey: Uint8Array): void {
    expectBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    this.#arena.bytes.set(publicKey, this.#arena.publicKey)
  }

  isCached(handle: SecretHandle, publicKey: Uint8Array): boolean {
    const secret = this.secretAt(handle)
    this.takePublicKey(publicKey)
    return this.#kernels.keys_is_cached(secret, this.#arena.publicKey) !== 0
  }

  cacheKeys(handle: SecretHandle, publicKeys: readonly Uint8Array[]): void {
    const secret = this.secretAt(handle)
    const count = Math.min(publicKeys.length, this.#quotas[this.#secrets.place(handle)]!, PUBLIC_KEYS_LIMIT)
    for (let i = 0; i < count; i++) expectBytes('publicKey', publicKeys[i], PUBLIC_KEY_SIZE)
    const { bytes, data } = this.#arena
    for (let i = 0; i < count; i++) bytes.set(publicKeys[i]!, data + PUBLIC_KEY_SIZE * i)
    this.#kernels.keys_cache(secret, data, count)
  }

  forgetIdleKeys(handle: SecretHandle): void {
    this.#kernels.keys_forget_idle(this.secretAt(handle))
  }

  deriveKey(handle: SecretHandle, publicKey: Uint8Array): KeyHandle | undefined {
    const secret = this.secretAt(handle)
    this.takePublicKey(publicKey)
    const key = this.#keys.add() as KeyHandle
    if (this.#kernels.keys_derive(secret, this.#arena.publicKey, this.keyAt(key)) !== 0) return key
    this.#keys.drop(key)
    return undefined
  }

  deriveKeys(pairs: readonly (readonly [SecretHandle, Uint8Array])[]): (KeyHandle | undefined)[] {
    for (const [secret, publicKey] of pairs) {
      this.#secrets.place(secret)
      expectBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    }
    this.#keys.expectRoom(pairs.length)
    const results: (KeyHandle | undefined)[] = []
    for (let i = 0; i < pairs.length; i += REQUESTS_LIMIT) {
      results.push(...this.#deriveSome(pairs.slice(i, i + REQUESTS_LIMIT)))
    }
    return results
  }

  #deriveSome(pairs: readonly (readonly [SecretHandle, Uint8Array])[]): (KeyHandle | undefined)[] {
    const { bytes, view, data } = this.#arena
    const handles = pairs.map(() => this.#keys.add() as KeyHandle)
    pairs.forEach(([secret, publicKey], i) => {
      const request = data + REQUEST_SIZE * i
      view.setUint32(request, this.secretAt(secret), true)
      view.setUint32(request + 4, this.keyAt(handles[i]!), true)
      bytes.set(publicKey, request + 8)
    })
    this.#kernels.keys_derive_many(data, pairs.length)
    return handles.map((handle, i) => {
      // The kernel leaves a null pointer where there is no key.
      if (view.getUint32(data + REQUEST_SIZE * i + 4, true) !== 0) return handle
      this.#keys.drop(handle)
      return undefined
    })
  }
}
