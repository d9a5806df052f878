import { Queue } from '@ts-toxcore/core'

interface Receipt {
  readonly packetNumber: number
  readonly messageId: number
}

/**
 * Messages that a friend has not acknowledged, in the order in which they were sent. The friend's session
 * acknowledges in order too, so only the first ever needs a look. Bounded by the session's send queue.
 */
export class Receipts {
  #waiting = new Queue<Receipt>()
  #first: Receipt | undefined

  add(packetNumber: number, messageId: number): void {
    this.#waiting.push({ packetNumber, messageId })
  }

  /** The id of the next message that has arrived, if it has. */
  take(acknowledged: (packetNumber: number) => boolean): number | undefined {
    this.#first ??= this.#waiting.shift()
    if (this.#first === undefined || !acknowledged(this.#first.packetNumber)) return undefined
    const { messageId } = this.#first
    this.#first = undefined
    return messageId
  }

  clear(): void {
    this.#waiting = new Queue()
    this.#first = undefined
  }
}
