import type { ConnectionId } from './outputs.ts'
import { Slab } from './slab.ts'

export interface PayloadOutput {
  type: 'data' | 'lossy'
  id: ConnectionId
  data: Uint8Array
}

/** More of them wait only if many packets were held up by a gap: those may be garbage afterwards. */
const POOL_LIMIT = 64
const NOTHING = new Uint8Array(0)

/**
 * The outputs that hand out payloads, used again and again: a payload is opened, handed out as the view that it is, and
 * done with before the next one comes. If it is not, it is copied in time.
 */
export class PayloadOutputs {
  readonly #slab = new Slab()
  readonly #pool: PayloadOutput[] = []
  #used = 0
  /** The one whose payload lies in memory of the Crypto. */
  #borrower: PayloadOutput | undefined

  /** `isView`: `keep` has to be called before the memory is used for something else. */
  take(type: PayloadOutput['type'], id: ConnectionId, data: Uint8Array, isView: boolean): PayloadOutput {
    let output = this.#pool[this.#used]
    if (output === undefined) {
      output = { type, id, data }
      if (this.#used < POOL_LIMIT) this.#pool.push(output)
    } else {
      output.type = type
      output.id = id
      output.data = data
    }
    if (this.#used < POOL_LIMIT) this.#used++
    if (isView) this.#borrower = output
    return output
  }

  /** The memory of the Crypto is about to be used: a payload that was not handed out yet is copied. */
  keep(): void {
    if (this.#borrower === undefined) return
    this.#borrower.data = this.#slab.copy(this.#borrower.data)
    this.#borrower = undefined
  }

  /** All have been handed out, and nobody looks at them any more. */
  release(): void {
    this.#borrower = undefined
    while (this.#used > 0) this.#pool[--this.#used]!.data = NOTHING
  }
}
