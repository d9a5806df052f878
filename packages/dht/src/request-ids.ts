/**
 * Requests that wait for their response. The random id in a response proves that its sender received the request,
 * and so that the address it was sent to is no spoofed one (spec, "Replies to RPC requests").
 */
import { type Instant, type Random, randomU64 } from '@ts-toxcore/core'
import { DHT_PING_ARRAY_SIZE, PING_TIMEOUT } from './constants.ts'

export class RequestIds<T> {
  readonly #random: Random
  /** In order of age: ids are added with the time that never goes back. */
  readonly #pending = new Map<bigint, { readonly sentAt: Instant; readonly request: T }>()

  constructor(random: Random) {
    this.#random = random
  }

  get size(): number {
    return this.#pending.size
  }

  /** A fresh id for `request`. When the table is full the oldest request is given up. */
  add(now: Instant, request: T): bigint {
    for (const [id, { sentAt }] of this.#pending) {
      if (sentAt + PING_TIMEOUT > now && this.#pending.size < DHT_PING_ARRAY_SIZE) break
      this.#pending.delete(id)
    }
    let id = randomU64(this.#random)
    // c-toxcore takes 0 for "no request".
    while (id === 0n || this.#pending.has(id)) id = randomU64(this.#random)
    this.#pending.set(id, { sentAt: now, request })
    return id
  }

  /** The request that `id` answers, if `matches` says that the right node did: each request is answered once. */
  take(now: Instant, id: bigint, matches: (request: T) => boolean): T | undefined {
    const entry = this.#pending.get(id)
    if (entry === undefined || entry.sentAt + PING_TIMEOUT <= now || !matches(entry.request)) return undefined
    this.#pending.delete(id)
    return entry.request
  }
}
