/**
 * The lossless packets that we send: kept until the peer has them, sent as the window allows, sent again when the
 * peer asks for them, and probed for when it is silent.
 */
import { type Instant, NEVER, Queue } from '@ts-toxcore/core'
import { Congestion } from './congestion.ts'
import { CRYPTO_PACKET_BUFFER_SIZE, CRYPTO_SEND_PACKET_INTERVAL } from './constants.ts'
import type { Outgoing, OutgoingPool } from './outgoing.ts'
import { Pacer } from './pacer.ts'
import { distance, PacketArray } from './packet-array.ts'
import { decodePacketRequest } from './packet-request.ts'
import type { RoundTrip } from './round-trip.ts'

export class Sender {
  readonly #roundTrip: RoundTrip
  readonly #pool: OutgoingPool
  readonly #congestion: Congestion
  readonly #pacer = new Pacer()
  readonly #packets: PacketArray<Outgoing>
  /** The first packet that was never sent: [start, unsent) are on their way, [unsent, end) wait for the window. */
  #unsent: number
  #lost = new Queue<number>()
  #inFlight = 0

  /** When a packet was sent or an acknowledgement came last. */
  #activeAt: Instant = 0
  #timeouts = 0
  #probing = false
  /** When the silence will have lasted too long. */
  #probeAt: Instant = NEVER
  #dueAt: Instant = NEVER

  #missing: number[] = []

  constructor(roundTrip: RoundTrip, pool: OutgoingPool, firstNumber = 0) {
    this.#roundTrip = roundTrip
    this.#pool = pool
    this.#congestion = new Congestion(roundTrip, firstNumber)
    this.#packets = new PacketArray(CRYPTO_PACKET_BUFFER_SIZE, firstNumber)
    this.#unsent = firstNumber
  }

  /** The first packet that the peer has not acknowledged. */
  get start(): number {
    return this.#packets.start
  }
  /** The number that the next new packet on the wire will bear; the receiver concludes what it has missed. */
  get unsent(): number {
    return this.#unsent
  }
  get free(): number {
    return this.#packets.free
  }
  get window(): number {
    return this.#congestion.window
  }

  /** Keeps a copy. Undefined if the queue is full, else the packet number. */
  queue(payload: Uint8Array): number | undefined {
    if (this.#packets.free === 0) return undefined
    return this.#packets.push(this.#pool.take(payload))
  }

  isAcknowledged(number: number): boolean {
    return distance(this.#packets.start, number) > this.#packets.size
  }

  /** The number of the packet to be sent now, undefined if there is none; `payload(number)` is what to send. */
  next(now: Instant): number | undefined {
    const number = this.#choose(now)
    if (number !== undefined) {
      this.#pacer.sent()
      const packet = this.#packets.get(number)!
      packet.sentAt = now
      packet.timesSent++
      this.#activeAt = now
    }
    this.#review()
    return number
  }

  payload(number: number): Uint8Array {
    return this.#packets.get(number)!.payload
  }

  /** When the silence will have lasted too long, or the next packet may leave. */
  deadline(): Instant {
    return this.#dueAt
  }

  tick(now: Instant): void {
    if (now < this.#probeAt) return
    this.#activeAt = now
    this.#probing = true
    if (++this.#timeouts === 3) this.#congestion.stalled()
    this.#review()
  }

  /**
   * The peer awaits `start`: it has all before. False if that cannot be, because we never sent so much. An older
   * number than we know is no news: its packet was overtaken on the way.
   */
  acknowledge(now: Instant, start: number): boolean {
    const advance = distance(this.#packets.start, start)
    if (advance > distance(this.#packets.start, this.#unsent)) return advance >= 0x8000_0000
    if (advance === 0) return true
    let sentAt: Instant | undefined
    let isPrompt = true
    while (this.#packets.start !== start) {
      const packet = this.#packets.get(this.#packets.start)
      if (packet !== undefined) this.#deliver(packet)
      // One that was lost, or that the peer had before a gap closed, waited there: its time is no round trip.
      if (packet?.timesSent === 1) sentAt = packet.sentAt
      else isPrompt = false
      this.#packets.skip()
    }
    this.#progress(now, (start - 1) >>> 0, isPrompt ? sentAt : undefined)
    this.#review()
    return true
  }

  /** The list of a request packet, without its packet id. It counts from our `start`. */
  request(now: Instant, list: Uint8Array): void {
    if (list.length === 0) return
    const missing = this.#missing
    const covered = decodePacketRequest(list, this.#packets.start, this.#unsent, missing)
    const last = missing.length === 0 ? undefined : this.#packets.get(missing.at(-1)!)
    // A gap asked for the first time has just shown: so the packets before it have just come.
    const isPrompt = last?.timesSent === 1 && !last.lost

    let newest: number | undefined
    let sentAt: Instant | undefined
    let i = 0
    for (let number = this.#packets.start; number !== covered; number = (number + 1) >>> 0) {
      if (i < missing.length && missing[i] === number) {
        i++
        this.#requested(now, number)
        continue
      }
      const packet = this.#packets.remove(number)
      if (packet === undefined) continue
      this.#deliver(packet)
      newest = number
      sentAt = packet.timesSent === 1 ? packet.sentAt : undefined
    }
    if (newest !== undefined) this.#progress(now, newest, isPrompt ? sentAt : undefined)
    this.#review()
  }

  #review(): void {
    this.#probeAt = NEVER
    if (this.#inFlight > 0) {
      const timeout = this.#roundTrip.probeTimeout
      const wait = timeout * 2 ** Math.min(this.#timeouts, 8)
      this.#probeAt = this.#activeAt + Math.min(wait, Math.max(CRYPTO_SEND_PACKET_INTERVAL, timeout))
    }
    this.#dueAt = Math.min(this.#probeAt, this.#pacer.resumeAt)
  }

  #choose(now: Instant): number | undefined {
    if (this.#probing) {
      this.#probing = false
      const number = this.#lastInFlight()
      if (number !== undefined) return number
    }
    this.#pacer.idle()
    if (this.#lost.size === 0 && this.#unsent === this.#packets.end) return undefined
    const isFull = this.#inFlight >= this.#congestion.window
    if (isFull || !this.#pacer.maySend(now, this.#congestion.rate)) {
      this.#congestion.limit()
      return undefined
    }
    for (let number = this.#lost.shift(); number !== undefined; number = this.#lost.shift()) {
      const packet = this.#packets.get(number)
      // Acknowledged meanwhile.
      if (packet?.lost !== true) continue
      packet.lost = false
      this.#inFlight++
      return number
    }
    if (this.#unsent === this.#packets.end) return undefined
    const number = this.#unsent
    this.#unsent = (number + 1) >>> 0
    this.#inFlight++
    return number
  }

  /** The probe: the last packet, so that the answer tells of all before it. */
  #lastInFlight(): number | undefined {
    for (let number = this.#unsent; number !== this.#packets.start; ) {
      number = (number - 1) >>> 0
      if (this.#packets.get(number)?.lost === false) return number
    }
    return undefined
  }

  /** The peer asks for a packet. One that was sent a moment ago cannot have arrived when it asked. */
  #requested(now: Instant, number: number): void {
    const packet = this.#packets.get(number)
    if (packet === undefined || packet.lost) return
    const age = now - packet.sentAt
    if (age < (packet.timesSent === 1 ? this.#roundTrip.min : this.#roundTrip.late)) return
    packet.lost = true
    this.#inFlight--
    this.#lost.push(number)
    this.#congestion.lost()
  }

  #deliver(packet: Outgoing): void {
    if (!packet.lost) this.#inFlight--
    this.#pool.release(packet)
    this.#congestion.delivered()
  }

  /** `sentAt`: of the newest packet acknowledged, if its time is a round trip. */
  #progress(now: Instant, newest: number, sentAt: Instant | undefined): void {
    this.#timeouts = 0
    this.#probing = false
    this.#activeAt = now
    const time = sentAt === undefined ? undefined : now - sentAt
    if (time !== undefined) this.#roundTrip.sample(now, time)
    this.#congestion.acknowledged(now, newest, this.#unsent, time)
  }
}
