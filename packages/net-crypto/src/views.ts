/**
 * Memory for one packet, and views of its beginning, each made once: to make one costs as much as to seal a small
 * packet, and is garbage to collect.
 */
export class Views {
  readonly memory: Uint8Array
  readonly #views: (Uint8Array | undefined)[]

  constructor(size: number) {
    this.memory = new Uint8Array(size)
    this.#views = new Array(size + 1).fill(undefined)
  }

  first(size: number): Uint8Array {
    let view = this.#views[size]
    if (view === undefined) {
      view = this.memory.subarray(0, size)
      this.#views[size] = view
    }
    return view
  }
}
