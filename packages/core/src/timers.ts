import { type Instant, NEVER } from './engine.ts'

/**
 * The timers of one engine: a name (a string of a small union, or a number such as a connection id) has at
 * most one due time. An indexed binary heap: set, clear and expire in O(log n), `deadline` in O(1).
 * Timers due at the same instant expire in the order in which they were set, so that a run can be replayed.
 */
export class Timers<Name extends string | number> {
  readonly #heap: { name: Name; at: Instant; order: number }[] = []
  readonly #index = new Map<Name, number>()
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  deadline(): Instant {
    return this.#heap.length === 0 ? NEVER : this.#heap[0]!.at
  }

  /** When `name` is due, or `NEVER`. */
  get(name: Name): Instant {
    const index = this.#index.get(name)
    return index === undefined ? NEVER : this.#heap[index]!.at
  }

  /** Sets or moves a timer; `NEVER` clears it. */
  set(name: Name, at: Instant): void {
    if (at === NEVER) {
      this.clear(name)
      return
    }
    const index = this.#index.get(name)
    if (index === undefined) {
      this.#heap.push({ name, at, order: this.#order++ })
      this.#index.set(name, this.#heap.length - 1)
      this.#up(this.#heap.length - 1)
    } else {
      const timer = this.#heap[index]!
      timer.at = at
      timer.order = this.#order++
      this.#down(this.#up(index))
    }
  }

  /** Sets a timer unless it would fire earlier already. */
  setEarlier(name: Name, at: Instant): void {
    if (at < this.get(name)) this.set(name, at)
  }

  clear(name: Name): void {
    const index = this.#index.get(name)
    if (index === undefined) return
    this.#index.delete(name)
    const last = this.#heap.pop()!
    if (index < this.#heap.length) {
      this.#heap[index] = last
      this.#index.set(last.name, index)
      this.#down(this.#up(index))
    }
  }

  /** Takes the earliest timer that is due, or undefined. */
  expired(now: Instant): Name | undefined {
    if (this.deadline() > now) return undefined
    const { name } = this.#heap[0]!
    this.clear(name)
    return name
  }

  #before(a: number, b: number): boolean {
    const x = this.#heap[a]!
    const y = this.#heap[b]!
    return x.at < y.at || (x.at === y.at && x.order < y.order)
  }

  #swap(a: number, b: number): void {
    const x = this.#heap[a]!
    const y = this.#heap[b]!
    this.#heap[a] = y
    this.#heap[b] = x
    this.#index.set(y.name, a)
    this.#index.set(x.name, b)
  }

  #up(index: number): number {
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#before(index, parent)) break
      this.#swap(index, parent)
      index = parent
    }
    return index
  }

  #down(index: number): void {
    for (;;) {
      const left = 2 * index + 1
      const right = left + 1
      let least = index
      if (left < this.#heap.length && this.#before(left, least)) least = left
      if (right < this.#heap.length && this.#before(right, least)) least = right
      if (least === index) return
      this.#swap(index, least)
      index = least
    }
  }
}
