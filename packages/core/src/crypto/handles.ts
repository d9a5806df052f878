/** How many can be in use at most: the low bits of a handle are its place. */
export const HANDLE_LIMIT = 2 ** 20
const PLACE_MASK = HANDLE_LIMIT - 1

/**
 * Handles for places that are used again and again: the low 20 bits are the place, the bits above count how often it was
 * taken. So one that was dropped is recognized, even when its place is taken by another.
 */
export class Handles {
  readonly #title: string
  readonly #capacity: number
  /** By place: the handle in use. NaN, which equals nothing, where there is none. */
  readonly #current: number[] = []
  /** The handles that dropped places get next. */
  readonly #next: number[] = []

  constructor(title: string, capacity: number) {
    this.#title = title
    this.#capacity = capacity
  }

  /** Throws RangeError unless so many more can be had. */
  expectRoom(count: number): void {
    if (count > this.#next.length + this.#capacity - this.#current.length) {
      throw new RangeError(`${this.#title}: more than ${this.#capacity} in use`)
    }
  }

  add(): number {
    this.expectRoom(1)
    const handle = this.#next.pop() ?? HANDLE_LIMIT + this.#current.length
    this.#current[handle & PLACE_MASK] = handle
    return handle
  }

  /** The place of a handle; throws if it was dropped. */
  place(handle: number): number {
    const place = handle & PLACE_MASK
    if (this.#current[place] !== handle) {
      throw new Error(`${this.#title} ${handle}: used after it was dropped`)
    }
    return place
  }

  has(handle: number): boolean {
    return this.#current[handle & PLACE_MASK] === handle
  }

  /** Returns the place, which from now on may be given to others. */
  drop(handle: number): number {
    const place = this.place(handle)
    this.#current[place] = Number.NaN
    this.#next.push(handle + HANDLE_LIMIT)
    return place
  }
}
