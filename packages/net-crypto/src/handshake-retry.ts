import type { Instant } from '@ts-toxcore/core'
import { CRYPTO_SEND_PACKET_INTERVAL, RETRY_DELAYS, RETRY_LIMIT } from './constants.ts'

/** c-toxcore's "temp packet": a cookie request or handshake that is sent until it is answered, or too often. */
export class HandshakeRetry {
  readonly packet: Uint8Array
  #timesSent = 0
  #sentAt: Instant = 0
  #dueAt: Instant

  constructor(now: Instant, packet: Uint8Array) {
    this.packet = packet
    this.#dueAt = now
  }

  get dueAt(): Instant {
    return this.#dueAt
  }
  get timesSent(): number {
    return this.#timesSent
  }
  /** The last one has been sent, and there was time enough to answer it: `dueAt` is the end. */
  get isSpent(): boolean {
    return this.#timesSent >= RETRY_LIMIT
  }

  sent(now: Instant): void {
    this.#dueAt = now + (RETRY_DELAYS[this.#timesSent] ?? CRYPTO_SEND_PACKET_INTERVAL)
    this.#timesSent++
    this.#sentAt = now
  }

  /** There is reason to believe that it arrives now: the route is new. */
  hurry(now: Instant): void {
    if (!this.isSpent) this.#dueAt = Math.min(this.#dueAt, now)
  }

  /** The time since it was sent, if it was sent once: then an answer tells the round trip. */
  roundTripTime(now: Instant): number | undefined {
    return this.#timesSent === 1 ? now - this.#sentAt : undefined
  }
}
