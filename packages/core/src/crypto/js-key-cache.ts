import { wipe } from '../bytes.ts'
import { KeyMap } from '../keys.ts'
import { precompute } from './js-box.ts'

interface CachedKey {
  readonly key: Uint8Array
  /** Since the last `forgetIdle`. */
  used: boolean
}

/** A secret key and the keys derived from it of late, by public key, at most `quota` of them. */
export class JsSecret {
  readonly key: Uint8Array
  readonly #quota: number
  /** In order of last use. */
  readonly #cache = new KeyMap<CachedKey>()

  /** Keeps a copy. */
  constructor(key: Uint8Array, quota: number) {
    this.key = key.slice()
    this.#quota = Math.max(1, quota)
  }

  has(publicKey: Uint8Array): boolean {
    return this.#cache.has(publicKey)
  }

  /** The key out of the cache, or derived now; undefined if the public key is of small order. */
  derived(publicKey: Uint8Array): Uint8Array | undefined {
    const cached = this.#cache.get(publicKey)
    if (cached !== undefined) {
      cached.used = true
      // Re-inserting moves it to the end.
      this.#cache.delete(publicKey)
      this.#cache.set(publicKey, cached)
      return cached.key
    }
    const key = precompute(this.key, publicKey)
    if (key === undefined) return undefined
    if (this.#cache.size >= this.#quota) {
      const [oldest, { key }] = this.#cache.entries().next().value!
      wipe(key)
      this.#cache.delete(oldest)
    }
    this.#cache.set(publicKey, { key, used: true })
    return key
  }

  derivedAll(publicKeys: readonly Uint8Array[]): void {
    for (const publicKey of publicKeys.slice(0, this.#quota)) this.derived(publicKey)
  }

  forgetIdle(): void {
    for (const [publicKey, cached] of this.#cache.entries()) {
      if (cached.used) {
        cached.used = false
      } else {
        wipe(cached.key)
        this.#cache.delete(publicKey)
      }
    }
  }

  wipe(): void {
    wipe(this.key)
    for (const { key } of this.#cache.values()) wipe(key)
    this.#cache.clear()
  }
}
