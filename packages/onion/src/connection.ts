import { type Instant, NEVER } from '@ts-toxcore/core'
import { ONION_CONNECTION_GRACE, ONION_OFFLINE_TIMEOUT } from './constants.ts'

/**
 * Whether we can be found. True as soon as enough nodes have announced us; false, as in c-toxcore, when that was
 * not so for a few seconds or when nothing was answered for 75 s.
 *
 * c-toxcore also wants live nodes for half of its path nodes. We do not: it never forgets one, so that in a small
 * network whose peers come and go it would stay offline for good.
 */
export class OnionConnection {
  #connected = false
  #answeredAt: Instant = Number.NEGATIVE_INFINITY
  #doubtfulSince: Instant | undefined

  get connected(): boolean {
    return this.#connected
  }

  /** Some node answered. */
  answered(now: Instant): void {
    this.#answeredAt = now
  }

  /**
   * `isConfirmed`: whether enough nodes have announced us, in the strict sense (to come online) or the lenient
   * one (to stay so). Returns true if `connected` has changed.
   */
  update(now: Instant, isConfirmed: (lenient: boolean) => boolean): boolean {
    const before = this.#connected
    if (now < this.#answeredAt + ONION_OFFLINE_TIMEOUT && isConfirmed(before)) {
      this.#doubtfulSince = undefined
      this.#connected = true
    } else if (before) {
      this.#doubtfulSince ??= now
      if (now >= this.#doubtfulSince + ONION_CONNECTION_GRACE) this.#connected = false
    }
    return this.#connected !== before
  }

  /** When `update` must be called though nothing has happened. */
  deadline(): Instant {
    if (!this.#connected) return NEVER
    if (this.#doubtfulSince !== undefined) return this.#doubtfulSince + ONION_CONNECTION_GRACE
    return this.#answeredAt + ONION_OFFLINE_TIMEOUT
  }
}
