/**
 * When to send a request packet, which acknowledges what has come and asks for what has not. Every packet that we send
 * acknowledges, so an answer given at once spares the request packet; only request packets ask.
 *
 * - Few packets are acknowledged at once: they are a person's messages, whose receipts are awaited.
 * - A stream is acknowledged every `ACK_EVERY` packets, and every eighth of a round trip.
 * - A gap is requested an eighth of a round trip after it shows (the packet may just be late), and again while it stays.
 * - While gaps are being filled, nothing is requested: the rest is on its way. c-toxcore would send it twice, at the
 *   expense of what it has not sent yet.
 * - What the peer only says to exist is requested when nothing comes any more: before, it is on its way or in a queue.
 * - In silence a request packet each second or two keeps the route open and tells of packets lost at the very end.
 */
import { type Instant, NEVER } from '@ts-toxcore/core'
import {
  ACK_BURST,
  ACK_DELAY_MAX,
  ACK_DELAY_MIN,
  ACK_EVERY,
  CRYPTO_SEND_PACKET_INTERVAL,
  QUIET_AFTER,
  QUIET_REQUEST_INTERVAL,
  REQUEST_REPEAT_MIN,
} from './constants.ts'
import type { RoundTrip } from './round-trip.ts'

export class Acknowledger {
  readonly #roundTrip: RoundTrip
  #unacknowledged = 0
  #acknowledgedAt: Instant = 0
  #acknowledgeAt: Instant = NEVER
  /** So many acknowledgements may leave at once; a pause earns one. */
  #credit = ACK_BURST
  #creditAt: Instant = 0
  #receivedAt: Instant = Number.NEGATIVE_INFINITY
  #repairingUntil: Instant = Number.NEGATIVE_INFINITY
  #requestAt: Instant = NEVER
  #repeats = 0
  #sentAt: Instant
  #dataAt: Instant
  #dueAt: Instant = NEVER

  constructor(now: Instant, roundTrip: RoundTrip) {
    this.#roundTrip = roundTrip
    this.#sentAt = now
    this.#dataAt = now
    this.#review()
  }

  /** When a request packet is due. */
  deadline(): Instant {
    return this.#dueAt
  }

  /** When missing packets are to be requested: an acknowledgement on another packet does not do. */
  get requestAt(): Instant {
    return this.#requestAt
  }

  /** A lossless packet came, be it a duplicate: then the peer has missed our acknowledgement. */
  received(now: Instant): void {
    this.#dataAt = now
    this.#receivedAt = now
    this.#repairingUntil = now
    this.#repeats = 0
    if (++this.#unacknowledged >= ACK_EVERY || this.#mayHurry(now)) this.#acknowledgeAt = now
    else if (this.#acknowledgeAt === NEVER) {
      this.#acknowledgeAt = Math.max(now, this.#acknowledgedAt + this.#delay())
    }
    this.#review()
  }

  /** Packets are known to be missing, some of them only since now. */
  gapOpened(now: Instant): void {
    this.#repeats = 0
    this.#requestAt = Math.min(this.#requestAt, now + this.#delay())
    this.#review()
  }

  /** A packet came that had been missing, and others still are. */
  repaired(now: Instant): void {
    this.#repairingUntil = now + this.#delay()
    this.#requestAt = Math.max(this.#requestAt, this.#repairingUntil)
    this.#review()
  }

  /** The peer says that there is more than has come. */
  tailNamed(now: Instant): void {
    this.#requestAt = Math.min(this.#requestAt, Math.max(now + this.#delay(), this.#tailDueAt()))
    this.#review()
  }

  /** A packet came, and nothing but a tail is missing. */
  tailAwaited(): void {
    this.#repeats = 0
    this.#requestAt = this.#tailDueAt()
    this.#review()
  }

  gapsClosed(): void {
    this.#repeats = 0
    if (this.#requestAt === NEVER) return
    this.#requestAt = NEVER
    this.#review()
  }

  /** A packet was sent; all of them acknowledge. */
  sent(now: Instant, isData: boolean): void {
    this.#sentAt = now
    if (isData) this.#dataAt = now
    if (this.#unacknowledged > 0) {
      this.#unacknowledged = 0
      this.#acknowledgedAt = now
      this.#acknowledgeAt = NEVER
    }
    this.#review()
  }

  /** What a request packet asks for now: it may be there for the acknowledgement alone. */
  wanted(now: Instant): 'nothing' | 'gaps' | 'all' {
    if (this.#tailDueAt() <= now) return 'all'
    return this.#repairingUntil > now ? 'nothing' : 'gaps'
  }

  /** A request packet was sent. */
  requested(now: Instant, wanted: 'nothing' | 'gaps' | 'all', isIncomplete: boolean): void {
    if (this.#unacknowledged > 0) this.#credit = Math.max(0, this.#credit - 1)
    if (!isIncomplete) this.#requestAt = NEVER
    else if (wanted !== 'nothing') {
      const pause = this.#pause() * 2 ** Math.min(this.#repeats++, 8)
      this.#requestAt = now + Math.min(pause, CRYPTO_SEND_PACKET_INTERVAL)
    }
    this.sent(now, false)
  }

  #review(): void {
    this.#dueAt = Math.min(this.#acknowledgeAt, this.#requestAt, this.#sentAt + this.#interval())
  }

  #tailDueAt(): Instant {
    return this.#receivedAt + this.#pause()
  }

  #mayHurry(now: Instant): boolean {
    this.#credit = Math.min(ACK_BURST, this.#credit + (now - this.#creditAt) / this.#delay())
    this.#creditAt = now
    return this.#credit >= 1
  }

  /** After this an answer should have come. */
  #pause(): number {
    return Math.max(REQUEST_REPEAT_MIN, 1.5 * this.#roundTrip.smoothed)
  }

  #delay(): number {
    return Math.min(ACK_DELAY_MAX, Math.max(ACK_DELAY_MIN, this.#roundTrip.min / 8))
  }

  #interval(): number {
    const isQuiet = this.#sentAt - this.#dataAt >= QUIET_AFTER
    return isQuiet ? QUIET_REQUEST_INTERVAL : CRYPTO_SEND_PACKET_INTERVAL
  }
}
