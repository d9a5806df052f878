import { type Instant, type Random, randomU64 } from '@ts-toxcore/core'
import { ANNOUNCE_TIMEOUT, MAX_PENDING_REQUESTS } from './constants.ts'

/**
 * Requests whose answers are awaited, by their sendback: a random number that the answer must repeat. Each is
 * answered once, within ANNOUNCE_TIMEOUT. The oldest makes room, so that the table is bounded.
 */
export class PendingRequests<T> {
  readonly #random: Random
  /** In the order in which they were added, hence the oldest first. */
  readonly #requests = new Map<bigint, { readonly value: T; readonly until: Instant }>()

  constructor(random: Random) {
    this.#random = random
  }

  get size(): number {
    return this.#requests.size
  }

  /** The sendback for a new request. */
  add(now: Instant, value: T): bigint {
    for (const [sendback, { until }] of this.#requests) {
      if (now < until && this.#requests.size < MAX_PENDING_REQUESTS) break
      this.#requests.delete(sendback)
    }
    let sendback = randomU64(this.#random)
    while (this.#requests.has(sendback)) sendback = randomU64(this.#random)
    this.#requests.set(sendback, { value, until: now + ANNOUNCE_TIMEOUT })
    return sendback
  }

  /** The request that awaits an answer with this sendback. */
  find(now: Instant, sendback: bigint): T | undefined {
    const request = this.#requests.get(sendback)
    return request && now < request.until ? request.value : undefined
  }

  remove(sendback: bigint): void {
    this.#requests.delete(sendback)
  }

  /** Forgets all requests that `predicate` holds for. */
  removeIf(predicate: (value: T) => boolean): void {
    for (const [sendback, { value }] of this.#requests) if (predicate(value)) this.#requests.delete(sendback)
  }
}
