import type { Instant } from '@ts-toxcore/core'
import { Slab } from './slab.ts'

/** A lossless packet that the peer has not acknowledged. */
export interface Outgoing {
  payload: Uint8Array
  sentAt: Instant
  timesSent: number
  /** It waits in the queue of lost packets. */
  lost: boolean
}

/** More than are acknowledged at a time: a stream of packets of one size finds what it needs. */
const POOL_LIMIT = 1024

/** Packets that were acknowledged are used again, and their memory, too, if it fits. */
export class OutgoingPool {
  readonly #slab = new Slab()
  readonly #free: Outgoing[] = []

  /** With a copy of `payload`. */
  take(payload: Uint8Array): Outgoing {
    const packet = this.#free.pop()
    if (packet === undefined)
      return { payload: this.#slab.copy(payload), sentAt: 0, timesSent: 0, lost: false }
    if (packet.payload.length === payload.length) packet.payload.set(payload)
    else packet.payload = this.#slab.copy(payload)
    packet.sentAt = 0
    packet.timesSent = 0
    packet.lost = false
    return packet
  }

  /** What is in it may be read until the next `take`. */
  release(packet: Outgoing): void {
    if (this.#free.length < POOL_LIMIT) this.#free.push(packet)
  }
}
