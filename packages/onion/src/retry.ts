import { type Instant, SECOND } from '@ts-toxcore/core'

/**
 * Haste without harm: what gets no result is repeated after these delays, each counted from the time before, and
 * then at c-toxcore's interval. That is five extra packets for a node.
 */
export const HASTE: readonly number[] = [0.1, 0.25, 0.5, 1, 2].map(seconds => seconds * SECOND)

/** When to do something that is repeated: at once, then in haste, then at a steady interval. */
export class Retry {
  readonly #delays: readonly number[]
  #last: Instant = Number.NEGATIVE_INFINITY
  /** Hasty repetitions so far; −1 before the first time. */
  #spent = -1

  constructor(delays: readonly number[] = HASTE) {
    this.#delays = delays
  }

  /** Whether the next time is still a hasty one. */
  get hasty(): boolean {
    return this.#spent < this.#delays.length
  }

  /** Whether it was done at all since the last restart. */
  get begun(): boolean {
    return this.#spent >= 0
  }

  /** When it is due again. */
  due(interval: number): Instant {
    return this.#spent < 0 ? Number.NEGATIVE_INFINITY : this.#last + (this.#delays[this.#spent] ?? interval)
  }

  done(now: Instant): void {
    this.#last = now
    this.#spent = Math.min(this.#spent + 1, this.#delays.length)
  }

  /** Is due at once, and hurries again. */
  restart(): void {
    this.#spent = -1
  }

  /** Hurries again, counted from the last time. */
  hurry(): void {
    this.#spent = Math.min(this.#spent, 0)
  }

  /** No more haste, once it was done. */
  settle(): void {
    if (this.#spent >= 0) this.#spent = this.#delays.length
  }
}
