import type { Instant } from '@ts-toxcore/core'

/**
 * A Map whose entries disappear when they were not touched for `lifetime`. As all live equally long, the order of
 * the last touch is the order of expiry, and that is a Map's own order: no timers, no sweeps.
 */
export class AgingMap<V> {
  readonly #lifetime: number
  readonly #entries = new Map<string, { value: V; expires: Instant }>()
  readonly #onExpiry: ((value: V) => void) | undefined

  constructor(lifetime: number, onExpiry?: (value: V) => void) {
    this.#lifetime = lifetime
    this.#onExpiry = onExpiry
  }

  /** Does not renew the entry. */
  get(now: Instant, key: string): V | undefined {
    this.#expire(now)
    return this.#entries.get(key)?.value
  }

  /** Adds or renews an entry. */
  touch(now: Instant, key: string, value: V): void {
    this.#expire(now)
    this.#entries.delete(key)
    this.#entries.set(key, { value, expires: now + this.#lifetime })
  }

  size(now: Instant): number {
    this.#expire(now)
    return this.#entries.size
  }

  #expire(now: Instant): void {
    for (const [key, entry] of this.#entries) {
      if (entry.expires > now) return
      this.#entries.delete(key)
      this.#onExpiry?.(entry.value)
    }
  }
}
