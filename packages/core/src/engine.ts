/**
 * The contract between a protocol engine and whoever runs it (ARCHITECTURE.md, "The engine law").
 *
 * An engine is a pure state machine: inputs are named methods that take `now` first, outputs are drained with
 * `poll()`. After any input: drain `poll()` until it is empty, then arm one timer for `deadline()`.
 */

/**
 * Milliseconds since the Unix epoch, monotonic: the wall clock as it was at start plus the time that has
 * passed since. May be fractional. `unixSeconds()` turns it into what goes on the wire.
 */
export type Instant = number

export const MILLISECOND = 1
export const SECOND = 1000
export const MINUTE = 60 * SECOND

/** The deadline of an engine that has nothing to wait for. */
export const NEVER: Instant = Number.POSITIVE_INFINITY

export function unixSeconds(now: Instant): number {
  return Math.floor(now / SECOND)
}

export interface Engine<Output> {
  /** Does everything that is due at `now`. Calling it early or late is harmless. */
  tick(now: Instant): void
  /** When `tick` wants to be called next; `NEVER` when idle. May change with any input and any `poll`. */
  deadline(): Instant
  /** The next output in order, or undefined. Views in it are valid until the next `poll()`. */
  poll(): Output | undefined
}

/** First in, first out, amortised O(1), no allocation while it does not grow. */
export class Queue<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head++] = undefined
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
