const SIZE = 16_384
/** Arrays up to here live on the heap of every JavaScript engine that we know, and cost little there. */
const SMALL = 64

/**
 * Copies of packets, cut from larger pieces of memory: a piece for each would cost more than to open a small packet.
 * A piece stays as long as anything cut from it, so this is for what is soon gone again.
 */
export class Slab {
  #memory = new Uint8Array(0)
  #used = 0

  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length <= SMALL) return bytes.slice()
    if (this.#used + bytes.length > this.#memory.length) {
      this.#memory = new Uint8Array(SIZE)
      this.#used = 0
    }
    const copy = this.#memory.subarray(this.#used, this.#used + bytes.length)
    copy.set(bytes)
    this.#used += bytes.length
    return copy
  }
}
