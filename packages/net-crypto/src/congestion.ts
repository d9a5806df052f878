/**
 * How many packets may be on their way at a time. Not a rate, as in c-toxcore: a window is clocked by the
 * acknowledgements, so it needs no timer and finds the speed of loopback in a few round trips.
 *
 * The window is revised once a round, that is, when a packet sent after the last revision is acknowledged:
 *
 * | in the round | window |
 * |--------------|--------|
 * | more than 10 % lost | shrinks by that share, at most by half |
 * | a queue delays the packets, and more than 6 % are lost | shrinks by an eighth |
 * | a queue delays the packets | stays; shrinks by an eighth if it delays by 100 ms and more |
 * | no queue, nor ever more than 10 % lost or two rounds delayed in a row (start) | doubles |
 * | no queue, up to 6 % lost: radio links lose that much without being full | grows by an eighth |
 * | no queue, up to 10 % lost | grows by a sixteenth |
 *
 * Loss that stays when the window has shrunk is not of our making: this ambient loss is taken off from then on.
 */
import type { Instant } from '@ts-toxcore/core'
import { CRYPTO_MIN_QUEUE_LENGTH } from './constants.ts'
import { distance } from './packet-array.ts'
import type { RoundTrip } from './round-trip.ts'

const WINDOW_MIN = 8
const WINDOW_MAX = 8192
/** Loss alone does not shrink it further: half of what c-toxcore sends at once whatever happens. */
const WINDOW_MIN_ON_LOSS = CRYPTO_MIN_QUEUE_LENGTH / 2
/** A share of loss out of fewer packets is chance. */
const ROUND_MIN = 32
const LOSS_SMALL = 0.06
const LOSS_TOLERATED = 0.1
const AMBIENT_LOSS_MAX = 0.35
/** What the clocks and the peer's scheduling may add to a round trip. */
const DELAY_NEGLIGIBLE_MS = 10
const DELAY_TOLERATED_MS = 100
/** Longer pauses between acknowledgements are the sender's own. */
const ACK_GAP_MAX_MS = 200

export class Congestion {
  readonly #roundTrip: RoundTrip
  #window = CRYPTO_MIN_QUEUE_LENGTH
  #starting = true
  /** One such round may be the peer's scheduling. */
  #delayedRounds = 0
  #roundEnd: number
  #delivered = 0
  #lost = 0
  /** Whether packets had to wait for the window: one that is not used up must not grow. */
  #limited = false
  #fastest = Number.POSITIVE_INFINITY

  /** Smoothed time between two acknowledgements: c-toxcore's come in steps of 50 ms, which is no queue. */
  #ackGap = 0
  #acknowledgedAt: Instant = Number.NEGATIVE_INFINITY

  #ambientLoss = 0
  /** The loss because of which the window was shrunk a round ago. */
  #lossBeforeCut: number | undefined

  constructor(roundTrip: RoundTrip, firstNumber: number) {
    this.#roundTrip = roundTrip
    this.#roundEnd = firstNumber
  }

  /** In packets. */
  get window(): number {
    return Math.floor(this.#window)
  }

  /** In packets per ms: faster than the window needs, so that pauses are made up for. */
  get rate(): number {
    return ((this.#starting ? 2 : 1.25) * this.#window) / Math.max(0.1, this.#roundTrip.smoothed)
  }

  /** Something waits: the window, and not the owner, decides how much is sent. */
  limit(): void {
    this.#limited = true
  }

  lost(): void {
    this.#lost++
  }

  delivered(): void {
    this.#delivered++
  }

  /** Call after an acknowledgement: `number` is the highest one in it, `unsent` the next one to be sent. */
  acknowledged(now: Instant, number: number, unsent: number, roundTripTime: number | undefined): void {
    this.#ackGap += (Math.min(ACK_GAP_MAX_MS, now - this.#acknowledgedAt) - this.#ackGap) / 8
    this.#acknowledgedAt = now
    if (roundTripTime !== undefined) this.#fastest = Math.min(this.#fastest, roundTripTime)
    if (distance(this.#roundEnd, number) >= 0x8000_0000) return
    if (this.#lost + this.#delivered < ROUND_MIN) return
    this.#revise(this.#lost / (this.#lost + this.#delivered))
    this.#roundEnd = unsent
    this.#delivered = 0
    this.#lost = 0
    this.#limited = false
    this.#fastest = Number.POSITIVE_INFINITY
  }

  /** Nothing was acknowledged for much longer than it should take. */
  stalled(): void {
    this.#starting = false
    this.#resize(this.#window / 2, WINDOW_MIN)
  }

  #revise(loss: number): void {
    this.#learnAmbientLoss(loss)
    const excess = loss - this.#ambientLoss
    const chance = 0.5 / Math.sqrt(this.#lost + this.#delivered)
    const delay = this.#queueDelay()
    if (delay === 0) this.#delayedRounds = 0
    if (excess > LOSS_TOLERATED + chance) {
      this.#starting = false
      this.#lossBeforeCut = loss
      this.#resize(this.#window * Math.max(0.5, 1 - loss), Math.min(this.#window, WINDOW_MIN_ON_LOSS))
    } else if (delay > 0) {
      if (++this.#delayedRounds > 1) this.#starting = false
      if (excess > LOSS_SMALL || delay > DELAY_TOLERATED_MS) this.#resize(this.#window * (7 / 8), WINDOW_MIN)
    } else if (this.#limited) {
      if (this.#starting) this.#resize(this.#window + this.#delivered, WINDOW_MIN)
      else this.#resize(this.#window * (excess <= LOSS_SMALL ? 9 / 8 : 17 / 16), WINDOW_MIN)
    }
  }

  #learnAmbientLoss(loss: number): void {
    if (this.#lossBeforeCut !== undefined && loss > this.#lossBeforeCut / 2) {
      this.#ambientLoss = Math.min(AMBIENT_LOSS_MAX, loss, this.#lossBeforeCut)
    } else if (loss < this.#ambientLoss) {
      this.#ambientLoss += (loss - this.#ambientLoss) / 8
    }
    this.#lossBeforeCut = undefined
  }

  /** By how many ms more than can be explained otherwise even the fastest packet of the round was delayed. */
  #queueDelay(): number {
    if (this.#fastest === Number.POSITIVE_INFINITY) return 0
    const explained = this.#roundTrip.min * 1.25 + this.#ackGap * 1.25 + DELAY_NEGLIGIBLE_MS
    return Math.max(0, this.#fastest - explained)
  }

  #resize(window: number, min: number): void {
    this.#window = Math.min(WINDOW_MAX, Math.max(min, window))
  }
}
