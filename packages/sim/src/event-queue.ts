import { type Instant, NEVER } from '@ts-toxcore/core'

/**
 * What will happen when: a binary heap in typed arrays, so that millions of packets cost no objects beside
 * themselves. Items due at the same instant come out in the order in which they were put in.
 */
export class EventQueue<T> {
  #at = new Float64Array(256)
  #order = new Float64Array(256)
  #slot = new Uint32Array(256)
  #size = 0
  #pushed = 0
  /** The items, each at its slot until it is taken. */
  readonly #items: (T | undefined)[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#size
  }

  /** When the next item is due, or `NEVER`. */
  get next(): Instant {
    return this.#size === 0 ? NEVER : this.#at[0]!
  }

  push(at: Instant, item: T): void {
    const slot = this.#free.pop() ?? this.#items.length
    this.#items[slot] = item
    if (this.#size === this.#at.length) this.#grow()
    this.#siftUp(this.#size++, at, this.#pushed++, slot)
  }

  /** Takes the next item. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const slot = this.#slot[0]!
    const item = this.#items[slot]
    this.#items[slot] = undefined
    this.#free.push(slot)
    const last = --this.#size
    if (last > 0) this.#siftDown(this.#at[last]!, this.#order[last]!, this.#slot[last]!)
    return item
  }

  #siftUp(hole: number, at: Instant, order: number, slot: number): void {
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      // A new item is younger than all others: it never passes one that is due at the same instant.
      if (this.#at[parent]! <= at) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#put(hole, at, order, slot)
  }

  #siftDown(at: Instant, order: number, slot: number): void {
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#precedes(child + 1, this.#at[child]!, this.#order[child]!)) child++
      if (!this.#precedes(child, at, order)) break
      this.#move(child, hole)
      hole = child
    }
    this.#put(hole, at, order, slot)
  }

  #precedes(index: number, at: Instant, order: number): boolean {
    const difference = this.#at[index]! - at
    return difference < 0 || (difference === 0 && this.#order[index]! < order)
  }

  #put(index: number, at: Instant, order: number, slot: number): void {
    this.#at[index] = at
    this.#order[index] = order
    this.#slot[index] = slot
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#at[from]!, this.#order[from]!, this.#slot[from]!)
  }

  #grow(): void {
    const [at, order, slot] = [this.#at, this.#order, this.#slot]
    this.#at = new Float64Array(2 * at.length)
    this.#order = new Float64Array(2 * at.length)
    this.#slot = new Uint32Array(2 * at.length)
    this.#at.set(at)
    this.#order.set(order)
    this.#slot.set(slot)
  }
}
