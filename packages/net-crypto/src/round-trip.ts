import { type Instant, SECOND } from '@ts-toxcore/core'
import { DEFAULT_PING_CONNECTION, PEER_ACK_DELAY } from './constants.ts'

/** The least round trip counts for this long to twice as long: routes change. */
const MIN_WINDOW = 30 * SECOND

/**
 * How long the peer takes to answer: smoothed and varying as in RFC 6298, and the least one of late. In ms. Fields, because
 * they are read with each packet: a number that a function returns may be one more object for V8.
 */
export class RoundTrip {
  smoothed = DEFAULT_PING_CONNECTION
  min = DEFAULT_PING_CONNECTION
  /** A packet unanswered for so long is more likely lost than late. */
  late = DEFAULT_PING_CONNECTION + 1
  /** How long to wait in silence before the peer is asked by a probe: it may acknowledge with some delay. */
  probeTimeout = DEFAULT_PING_CONNECTION + 1 + PEER_ACK_DELAY

  #measured = false
  #variation = 0
  #currentMin = Number.POSITIVE_INFINITY
  #previousMin = Number.POSITIVE_INFINITY
  #rotatedAt: Instant = 0

  sample(now: Instant, time: number): void {
    if (this.#measured) {
      this.#variation += (Math.abs(time - this.smoothed) - this.#variation) / 4
      this.smoothed += (time - this.smoothed) / 8
    } else {
      this.#measured = true
      this.smoothed = time
      this.#variation = time / 2
    }
    if (now - this.#rotatedAt > MIN_WINDOW) {
      this.#previousMin = this.#currentMin
      this.#currentMin = Number.POSITIVE_INFINITY
      this.#rotatedAt = now
    }
    this.#currentMin = Math.min(this.#currentMin, time)
    this.min = Math.min(this.#currentMin, this.#previousMin)
    this.late = this.smoothed + Math.max(1, 4 * this.#variation)
    this.probeTimeout = this.late + PEER_ACK_DELAY
  }
}
