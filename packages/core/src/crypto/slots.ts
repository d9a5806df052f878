import { HANDLE_LIMIT, Handles } from './handles.ts'

/** Values behind handles. */
export class Slots<T> {
  readonly #handles: Handles
  readonly #values: (T | undefined)[] = []

  constructor(title: string) {
    this.#handles = new Handles(title, HANDLE_LIMIT)
  }

  add(value: T): number {
    const handle = this.#handles.add()
    this.#values[this.#handles.place(handle)] = value
    return handle
  }

  get(handle: number): T {
    return this.#values[this.#handles.place(handle)]!
  }

  take(handle: number): T {
    const place = this.#handles.drop(handle)
    const value = this.#values[place]!
    this.#values[place] = undefined
    return value
  }
}
