/** Serial-number arithmetic on 32-bit packet numbers, which wrap around: how far `to` is ahead of `from`. */
export function distance(from: number, to: number): number {
  return (to - from) >>> 0
}

const SMALLEST_CAPACITY = 64

/**
 * c-toxcore's `Packets_Array`: the packets with numbers in [start, end), some of which may be missing. A ring whose
 * index is the packet number modulo its capacity; it grows with its use up to `limit` and is small again when empty,
 * since most sessions never hold more than a few packets.
 */
export class PacketArray<T> {
  readonly #limit: number
  #slots: (T | undefined)[] = new Array(SMALLEST_CAPACITY)
  #start: number
  #end: number

  /** `limit`: a power of two. `start`: the first packet number. */
  constructor(limit: number, start = 0) {
    this.#limit = limit
    this.#start = start
    this.#end = start
  }

  /** Number of the first packet that is in the array, or awaited. */
  get start(): number {
    return this.#start
  }
  /** The number after the last one. */
  get end(): number {
    return this.#end
  }
  /** Holes are counted too. */
  get size(): number {
    return distance(this.#start, this.#end)
  }
  get free(): number {
    return this.#limit - this.size
  }

  has(number: number): boolean {
    return this.get(number) !== undefined
  }

  get(number: number): T | undefined {
    return distance(this.#start, number) < this.size ? this.#slots[this.#index(number)] : undefined
  }

  /** Appends; undefined if the array is full, else the packet's number. */
  push(value: T): number | undefined {
    const number = this.#end
    return this.insert(number, value) ? number : undefined
  }

  /** Puts a packet where it belongs; false if its number is behind, too far ahead, or there already. */
  insert(number: number, value: T): boolean {
    const offset = distance(this.#start, number)
    if (offset >= this.#limit || this.has(number)) return false
    if (offset >= this.size) this.#setEnd((number + 1) >>> 0)
    this.#slots[this.#index(number)] = value
    return true
  }

  /** Moves the end forward, over packets known to exist; never back, and never further than the limit. */
  extend(end: number): boolean {
    const size = distance(this.#start, end)
    if (size <= this.size || size > this.#limit) return false
    this.#setEnd(end)
    return true
  }

  /** Leaves a hole. */
  remove(number: number): T | undefined {
    const value = this.get(number)
    if (value !== undefined) this.#slots[this.#index(number)] = undefined
    return value
  }

  /** Takes the first packet; undefined if it is missing. */
  shift(): T | undefined {
    const value = this.remove(this.#start)
    if (value !== undefined) this.skip()
    return value
  }

  /** Moves the start past the first number, whether there is a packet or not. The array must not be empty. */
  skip(): void {
    this.#slots[this.#index(this.#start)] = undefined
    this.#start = (this.#start + 1) >>> 0
    if (this.#start === this.#end && this.#slots.length > SMALLEST_CAPACITY) {
      this.#slots = new Array(SMALLEST_CAPACITY)
    }
  }

  /** Moves the start past the first number; with an empty array the end, too. */
  pass(): void {
    if (this.#start === this.#end) this.#end = (this.#end + 1) >>> 0
    this.skip()
  }

  #index(number: number): number {
    return number & (this.#slots.length - 1)
  }

  #setEnd(end: number): void {
    const needed = distance(this.#start, end)
    if (needed > this.#slots.length) this.#grow(needed)
    this.#end = end
  }

  #grow(needed: number): void {
    let capacity = this.#slots.length
    while (capacity < needed) capacity *= 2
    const slots = new Array<T | undefined>(capacity)
    for (let number = this.#start; number !== this.#end; number = (number + 1) >>> 0) {
      slots[number & (capacity - 1)] = this.#slots[this.#index(number)]
    }
    this.#slots = slots
  }
}
