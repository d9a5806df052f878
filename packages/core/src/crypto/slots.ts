const SLOT_LIMIT = 2 ** 20

/** Values behind handles: the low 20 bits are the slot, the bits above count how often it was reused. */
export class Slots<T> {
  readonly #title: string
  readonly #slots: { value: T | undefined; generation: number }[] = []
  readonly #free: number[] = []

  constructor(title: string) {
    this.#title = title
  }

  add(value: T): number {
    let index = this.#free.pop()
    if (index === undefined) {
      index = this.#slots.length
      if (index >= SLOT_LIMIT) throw new RangeError(`${this.#title}: more than ${SLOT_LIMIT} in use`)
      this.#slots.push({ value: undefined, generation: 1 })
    }
    const slot = this.#slots[index]!
    slot.value = value
    return slot.generation * SLOT_LIMIT + index
  }

  get(handle: number): T {
    const slot = this.#slots[handle % SLOT_LIMIT]
    if (slot?.value === undefined || slot.generation !== Math.floor(handle / SLOT_LIMIT)) {
      throw new Error(`${this.#title} ${handle}: used after it was dropped`)
    }
    return slot.value
  }

  take(handle: number): T {
    const value = this.get(handle)
    const index = handle % SLOT_LIMIT
    const slot = this.#slots[index]!
    slot.value = undefined
    slot.generation++
    this.#free.push(index)
    return value
  }
}
