/** What `tox.events()` gives: usable in `for await`, and by hand. */
export interface EventStream<T> extends AsyncIterableIterator<T, void, undefined> {
  return(): Promise<IteratorResult<T, void>>
  [Symbol.asyncIterator](): EventStream<T>
}

/**
 * Values that are pushed, as an async iterator. It keeps what nobody has asked for yet, from the moment it is made on:
 * between two turns of a loop nothing is missed.
 */
export class PushStream<T> implements EventStream<T> {
  readonly #kept: T[] = []
  readonly #asking: ((result: IteratorResult<T, void>) => void)[] = []
  readonly #onEnd: () => void
  #ended = false

  /** `onEnd` is called once, when the values have ended or nobody wants them any more. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  push(value: T): void {
    if (this.#ended) return
    const ask = this.#asking.shift()
    if (ask) ask({ done: false, value })
    else this.#kept.push(value)
  }

  /** No value follows; what is kept can still be had. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#onEnd()
    for (const ask of this.#asking.splice(0)) ask({ done: true, value: undefined })
  }

  async next(): Promise<IteratorResult<T, void>> {
    if (this.#kept.length > 0) return { done: false, value: this.#kept.shift()! }
    if (this.#ended) return { done: true, value: undefined }
    return new Promise(resolve => this.#asking.push(resolve))
  }

  /** Nobody wants more: what is kept is dropped. A `break` out of `for await` comes here. */
  async return(): Promise<IteratorResult<T, void>> {
    this.#kept.length = 0
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
