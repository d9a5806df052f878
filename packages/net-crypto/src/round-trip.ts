import { type Instant, SECOND } from '@ts-toxcore/core'
import { DEFAULT_PING_CONNECTION, PEER_ACK_DELAY } from './constants.ts'

/** The least round trip counts for this long to twice as long: routes change. */
const MIN_WINDOW = 30 * SECOND

/** How long the peer takes to answer: smoothed and varying as in RFC 6298, and the least one of late. In ms. */
export class RoundTrip {
  #smoothed: number | undefined
  #variation = 0
  #min = Number.POSITIVE_INFINITY
  #previousMin = Number.POSITIVE_INFINITY
  #rotatedAt: Instant = 0

  sample(now: Instant, time: number): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = time
      this.#variation = time / 2
    } else {
      this.#variation += (Math.abs(time - this.#smoothed) - this.#variation) / 4
      this.#smoothed += (time - this.#smoothed) / 8
    }
    if (now - this.#rotatedAt > MIN_WINDOW) {
      this.#previousMin = this.#min
      this.#min = Number.POSITIVE_INFINITY
      this.#rotatedAt = now
    }
    this.#min = Math.min(this.#min, time)
  }

  get smoothed(): number {
    return this.#smoothed ?? DEFAULT_PING_CONNECTION
  }

  get min(): number {
    const min = Math.min(this.#min, this.#previousMin)
    return min === Number.POSITIVE_INFINITY ? DEFAULT_PING_CONNECTION : min
  }

  /** A packet unanswered for so long is more likely lost than late. */
  get late(): number {
    return this.smoothed + Math.max(1, 4 * this.#variation)
  }

  /** How long to wait in silence before the peer is asked by a probe: it may acknowledge with some delay. */
  get probeTimeout(): number {
    return this.late + PEER_ACK_DELAY
  }
}
