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

const SMALLEST_CAPACITY = 16
/** A queue that was longer gives its memory back when it is empty. */
const KEPT_CAPACITY = 1024

/** First in, first out: a ring that doubles when it is full. No allocation while it does not grow. */
export class Queue<T> {
  #items: (T | undefined)[] = new Array(SMALLEST_CAPACITY).fill(undefined)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** What `shift` will take. */
  get first(): T | undefined {
    return this.#items[this.#head]
  }

  push(item: T): void {
    if (this.#size === this.#items.length) this.#grow()
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = item
    this.#size++
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#items.length - 1)
    this.#size--
    if (this.#size === 0 && this.#items.length > KEPT_CAPACITY) {
      this.#items = new Array(SMALLEST_CAPACITY).fill(undefined)
      this.#head = 0
    }
    return item
  }

  #grow(): void {
    const { length } = this.#items
    const items = new Array<T | undefined>(2 * length).fill(undefined)
    for (let i = 0; i < length; i++) items[i] = this.#items[(this.#head + i) & (length - 1)]
    this.#items = items
    this.#head = 0
  }
}
