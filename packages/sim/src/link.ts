import { type Instant, SECOND } from '@ts-toxcore/core'
import type { SeededRandom } from './random.ts'

/**
 * What a line does to the packets that its host **sends**; what the host receives is shaped by the lines of its
 * senders. So a path's one-way delay is the sender's latency, and a round trip takes the sum of both.
 */
export interface LinkOptions {
  /** One-way delay in ms. Default 20. */
  readonly latency?: number
  /** Each packet is delayed by up to so many ms more, uniformly: which reorders. Default 0. */
  readonly jitter?: number
  /** The share of packets that are lost, 0 … 1. Default 0. */
  readonly loss?: number
  /** The share of packets that arrive twice. Default 0. */
  readonly duplication?: number
  /** The share of packets that are held back for `reorderingDelay`, so that later ones overtake them. Default 0. */
  readonly reordering?: number
  /** In ms. Default 50. */
  readonly reorderingDelay?: number
  /** In bytes of UDP payload per second. Default unlimited. */
  readonly bandwidth?: number
  /** How many bytes may wait for the bandwidth before new ones are dropped. Default 65,536. */
  readonly queueSize?: number
}

export class Link {
  readonly #options: Required<LinkOptions>
  readonly #random: SeededRandom
  /** When the last byte of what is queued will have left. */
  #busyUntil: Instant = 0

  constructor(random: SeededRandom, options: LinkOptions) {
    this.#random = random
    this.#options = {
      latency: 20,
      jitter: 0,
      loss: 0,
      duplication: 0,
      reordering: 0,
      reorderingDelay: 50,
      bandwidth: Number.POSITIVE_INFINITY,
      queueSize: 65_536,
      ...options,
    }
  }

  /** Takes a packet of `size` bytes: when it arrives, or why it does not. */
  transmit(now: Instant, size: number): Instant | 'queue_full' | 'loss' {
    const { bandwidth, queueSize, loss, latency } = this.#options
    let left = now
    if (bandwidth !== Number.POSITIVE_INFINITY) {
      const start = Math.max(now, this.#busyUntil)
      if (((start - now) / SECOND) * bandwidth + size > queueSize) return 'queue_full'
      left = start + (size / bandwidth) * SECOND
      this.#busyUntil = left
    }
    // Lost on the way: it has used its share of the bandwidth.
    if (this.#random.chance(loss)) return 'loss'
    return left + latency + this.#variation()
  }

  /** Decides whether the packet just transmitted is doubled: how much later than it the double arrives. */
  duplicate(): number | undefined {
    return this.#random.chance(this.#options.duplication) ? this.#variation() : undefined
  }

  #variation(): number {
    const { jitter, reordering, reorderingDelay } = this.#options
    const extra = this.#random.chance(reordering) ? reorderingDelay : 0
    return jitter > 0 ? extra + this.#random.float() * jitter : extra
  }
}
