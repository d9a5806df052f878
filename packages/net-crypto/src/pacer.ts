import { type Instant, NEVER } from '@ts-toxcore/core'

/** So many packets may follow each other directly, whatever the rate. */
const BURST = 32
/** At high rates as many as are due in this time: timers are no finer. */
const BURST_MS = 2
/** A pause lasts until so many packets are due. */
const BATCH = 4

/**
 * Spreads a window over its round trip. Acknowledgements come in clumps, and a clump of packets sent in answer would
 * overflow queues on the way that hold the same packets well when they come one by one.
 */
export class Pacer {
  #credit = BURST
  #creditAt: Instant = 0
  #resumeAt: Instant = NEVER

  /** When the next packet may leave, if one had to wait. */
  get resumeAt(): Instant {
    return this.#resumeAt
  }

  /** Whether a packet may leave now. `rate`: packets per ms. */
  maySend(now: Instant, rate: number): boolean {
    const capacity = Math.max(BURST, rate * BURST_MS)
    this.#credit = Math.min(capacity, this.#credit + (now - this.#creditAt) * rate)
    this.#creditAt = now
    const isFree = this.#credit >= 1
    this.#resumeAt = isFree ? NEVER : now + Math.max(0.5, (BATCH - this.#credit) / rate)
    return isFree
  }

  sent(): void {
    this.#credit -= 1
  }

  /** Nothing waits any more. */
  idle(): void {
    this.#resumeAt = NEVER
  }
}
