/**
 * One session with one peer: from the cookie request to the kill packet (spec, "Net crypto").
 *
 *     connect()                                    accept()
 *         │ cookie request                            │ handshake, request packet
 *         ▼                                           │
 *     cookie_requesting ── handshake received ──┐     │
 *         │ cookie response: send handshake     │     │
 *         ▼                                     ▼     ▼
 *     handshake_sent ── handshake received ──► not_confirmed ── data packet received ──► established
 *
 * Both sides run the same machine, so two peers that connect to each other at the same time meet half way: each
 * has one session key pair and one base nonce for the whole life of the session.
 */
import {
  addToNonce,
  type Crypto,
  type Endpoint,
  equalConstantTime,
  type Instant,
  NEVER,
  NONCE_SIZE,
  Queue,
  type Random,
  randomBytes,
  type SecretHandle,
  type SessionHandle,
  wipe,
} from '@ts-toxcore/core'
import { Acknowledger } from './acknowledger.ts'
import {
  DIRECT_ATTEMPT_INTERVAL,
  KILL_PACKETS,
  LOSSY_QUEUE_LIMIT,
  PACKET_ID_KILL,
  PACKET_ID_RANGE_LOSSLESS_END,
  PACKET_ID_RANGE_LOSSLESS_START,
  PACKET_ID_RANGE_LOSSY_END,
  PACKET_ID_RANGE_LOSSY_START,
  PACKET_ID_REQUEST,
} from './constants.ts'
import { type CookieContext, createCookieRequest, type Identity, openCookieResponse } from './cookie.ts'
import { createHandshake, type Handshake, type HandshakeContext } from './handshake.ts'
import { HandshakeRetry } from './handshake-retry.ts'
import type { OutgoingPool } from './outgoing.ts'
import { ECHO_ID_SIZE } from './packets.ts'
import { Paths } from './paths.ts'
import { Receiver } from './receiver.ts'
import { RoundTrip } from './round-trip.ts'
import { Sender } from './sender.ts'
import type { Views } from './views.ts'

export type SessionState = 'cookie_requesting' | 'handshake_sent' | 'not_confirmed' | 'established'

/** What all sessions of an engine share. */
export interface SessionContext extends CookieContext, HandshakeContext {
  readonly crypto: Crypto
  readonly random: Random
  /** Where the next request packet is put together. */
  readonly request: Views
  /** Lossless packets that wait for acknowledgement. */
  readonly sent: OutgoingPool
}

/** What a session tells the engine while it handles a packet. */
export interface SessionEvents {
  established(session: Session): void
  /** `isView`: of the memory of the Crypto; else the payload is a copy. */
  data(session: Session, payload: Uint8Array, isView: boolean): void
  /** A view, as above. */
  lossy(session: Session, payload: Uint8Array): void
  acknowledged(session: Session, packetNumber: number): void
  killed(session: Session): void
}

/** What became of a packet: 'accepted', or why it was dropped. */
export type Verdict =
  | 'accepted'
  | 'malformed'
  | 'not_authentic'
  | 'unexpected'
  | 'duplicate'
  | 'out_of_window'

export class Session {
  readonly id: number
  readonly peer: Identity
  readonly paths = new Paths()
  readonly roundTrip = new RoundTrip()
  /** A send was refused: the owner wants to know when there is room. */
  wantsToWrite = false
  /** It waits among those that may have something to send. */
  isReady = false
  /** When it wants to be looked at next, as `review` found, and when it will be. */
  dueAt: Instant = NEVER
  armedFor: Instant = NEVER

  readonly #context: SessionContext
  readonly #sessionPublicKey: Uint8Array
  readonly #sessionSecret: SecretHandle
  /** Our base nonce, as the handshake tells it. */
  readonly #baseNonce: Uint8Array
  /** Of the first packet that `#channel` seals. As in c-toxcore it never goes back, whatever handshakes come. */
  readonly #sendNonce: Uint8Array
  readonly #echoId: Uint8Array
  readonly #sender: Sender
  readonly #receiver: Receiver
  readonly #acknowledger: Acknowledger
  readonly #lossy = new Queue<Uint8Array>()

  #state: SessionState = 'cookie_requesting'
  #retry: HandshakeRetry | undefined
  #channel: SessionHandle | undefined
  /** How many packets `#channel` has sealed. */
  #sealed = 0
  /** The peer's side of the handshake that is in force. */
  #handshake: Handshake | undefined
  /** The next packet shall be a request packet, whatever the acknowledger thinks: it confirms us to the peer. */
  #mustConfirm = false
  #attemptedAt: Instant = Number.NEGATIVE_INFINITY

  constructor(now: Instant, id: number, peer: Identity, context: SessionContext) {
    const { crypto, random } = context
    this.id = id
    this.peer = { publicKey: peer.publicKey.slice(), dhtPublicKey: peer.dhtPublicKey.slice() }
    this.#context = context
    const keys = crypto.keyPair(random)
    this.#sessionPublicKey = keys.publicKey
    this.#sessionSecret = crypto.addSecret(keys.secretKey, 1)
    wipe(keys.secretKey)
    this.#baseNonce = randomBytes(random, NONCE_SIZE)
    this.#sendNonce = this.#baseNonce.slice()
    this.#echoId = randomBytes(random, ECHO_ID_SIZE)
    this.#sender = new Sender(this.roundTrip, context.sent)
    this.#receiver = new Receiver()
    this.#acknowledger = new Acknowledger(now, this.roundTrip)
  }

  get state(): SessionState {
    return this.#state
  }
  get handshake(): Handshake | undefined {
    return this.#handshake
  }
  get freeSlots(): number {
    return this.#sender.free
  }
  /** All attempts to be heard are over. */
  isTimedOut(now: Instant): boolean {
    return this.#retry?.isSpent === true && this.#retry.dueAt <= now
  }

  // ---- Getting to know each other ----

  /** Starts as the side that asks for a cookie. False if the peer's DHT public key is degenerate. */
  requestCookie(now: Instant): boolean {
    const request = createCookieRequest(this.#context, this.peer.dhtPublicKey, this.#echoId)
    if (request === undefined) return false
    this.#retry = new HandshakeRetry(now, request)
    return true
  }

  handleCookieResponse(now: Instant, packet: Uint8Array): Verdict {
    if (this.#state !== 'cookie_requesting') return 'unexpected'
    const response = openCookieResponse(this.#context, this.peer.dhtPublicKey, packet)
    if (response === undefined) return 'not_authentic'
    if (!equalConstantTime(response.echoId, this.#echoId)) return 'unexpected'
    this.#measure(now)
    if (!this.#startHandshake(now, response.cookie)) return 'unexpected'
    this.#state = 'handshake_sent'
    return 'accepted'
  }

  /**
   * Takes the peer's half of the handshake and answers with ours, unless that is on its way already. Not when
   * established. False if its session key is degenerate.
   */
  adopt(now: Instant, handshake: Handshake): boolean {
    const { crypto } = this.#context
    const key = crypto.deriveKey(this.#sessionSecret, handshake.sessionPublicKey)
    if (key === undefined) return false
    if (this.#state === 'cookie_requesting') {
      if (!this.#startHandshake(now, handshake.otherCookie)) {
        crypto.dropKey(key)
        return false
      }
    } else if (this.#state === 'not_confirmed') this.#retry?.hurry(now)
    else this.#measure(now)
    this.#dropChannel()
    this.#channel = crypto.addSession(key, this.#sendNonce, handshake.baseNonce)
    this.#handshake = handshake
    this.#state = 'not_confirmed'
    this.#mustConfirm = true
    return true
  }

  /** The peer repeats its handshake: it has not heard of us since. */
  confirmAgain(): void {
    this.#mustConfirm = true
  }

  /** The peer may be found at a new place. */
  hurry(now: Instant): void {
    this.#retry?.hurry(now)
    this.#attemptedAt = Number.NEGATIVE_INFINITY
  }

  // ---- Data ----

  queue(payload: Uint8Array): number | undefined {
    const number = this.#sender.queue(payload)
    if (number === undefined) this.wantsToWrite = true
    return number
  }

  /** False if there is no route, or too many wait. */
  queueLossy(now: Instant, payload: Uint8Array): boolean {
    if (!this.#isDirect(now) || this.#lossy.size >= LOSSY_QUEUE_LIMIT) return false
    this.#lossy.push(payload.slice())
    return true
  }

  isAcknowledged(packetNumber: number): boolean {
    return this.#sender.isAcknowledged(packetNumber)
  }

  handleData(now: Instant, packet: Uint8Array, events: SessionEvents): Verdict {
    if (this.#channel === undefined) return 'unexpected'
    const { crypto } = this.#context
    if (!crypto.openData(this.#channel, packet)) return 'not_authentic'
    const { bufferStart, packetNumber, payload } = crypto.data

    const acknowledgedBefore = this.#sender.start
    if (!this.#sender.acknowledge(now, bufferStart)) return 'malformed'
    if (this.#sender.start !== acknowledgedBefore) events.acknowledged(this, this.#sender.start)

    const packetId = payload[0]!
    if (packetId === PACKET_ID_KILL) {
      events.killed(this)
      return 'accepted'
    }
    if (this.#state !== 'established') {
      this.#measure(now)
      this.#state = 'established'
      this.#retry = undefined
      events.established(this)
    }

    if (packetId >= PACKET_ID_RANGE_LOSSLESS_START && packetId <= PACKET_ID_RANGE_LOSSLESS_END) {
      return this.#handleLossless(now, packetNumber, payload, events)
    }
    if (packetId === PACKET_ID_REQUEST) {
      this.#extend(now, packetNumber)
      // The list counts from the peer's start: an overtaken one, read from another start, would name other packets.
      if (bufferStart === this.#sender.start) this.#sender.request(now, payload.subarray(1))
      return 'accepted'
    }
    if (packetId >= PACKET_ID_RANGE_LOSSY_START && packetId <= PACKET_ID_RANGE_LOSSY_END) {
      this.#extend(now, packetNumber)
      events.lossy(this, payload)
      return 'accepted'
    }
    return 'malformed'
  }

  #handleLossless(now: Instant, number: number, payload: Uint8Array, events: SessionEvents): Verdict {
    const receiver = this.#receiver
    const startBefore = receiver.start
    const result = receiver.accept(number, payload)
    if (result === 'too_far') return 'out_of_window'
    this.#acknowledger.received(now)
    if (result === 'duplicate') return 'duplicate'
    if (result === 'gap') this.#acknowledger.gapOpened(now)
    for (let next = receiver.shift(); next !== undefined; next = receiver.shift()) {
      events.data(this, next, next === payload)
    }
    if (receiver.hasGaps) {
      if (result === 'repair' && receiver.start !== startBefore) this.#acknowledger.repaired(now)
    } else if (receiver.hasTail) this.#acknowledger.tailAwaited()
    else this.#acknowledger.gapsClosed()
    return 'accepted'
  }

  #extend(now: Instant, end: number): void {
    if (this.#receiver.extend(end)) this.#acknowledger.tailNamed(now)
  }

  // ---- Time, and what is to be sent ----

  /** Sets `dueAt`. */
  review(now: Instant): void {
    const retry = this.#retry
    const isTrying = retry !== undefined && (retry.isSpent || this.paths.best(now) !== undefined)
    this.dueAt = isTrying ? retry.dueAt : NEVER
    if (this.#channel === undefined) return
    if (this.#isDirect(now)) {
      this.dueAt = Math.min(
        this.dueAt,
        this.paths.aliveUntil(),
        this.#sender.deadline(),
        this.#acknowledger.deadline(),
      )
    } else if (this.paths.best(now) !== undefined) {
      const attemptAt = Math.max(this.#attemptedAt + DIRECT_ATTEMPT_INTERVAL, this.#acknowledger.deadline())
      this.dueAt = Math.min(this.dueAt, attemptAt)
    }
    // Else another peer has the address now: whoever brings a new one makes it ready again.
  }

  tick(now: Instant): void {
    if (this.#channel !== undefined && this.#isDirect(now)) this.#sender.tick(now)
  }

  /**
   * Puts the next datagram to be sent, and where to, into `out`; false if there is none. Its data is valid until the
   * next call. This is the one place that chooses a route: where relays will be asked when no direct route lives.
   */
  nextDatagram(now: Instant, out: { to: Endpoint; data: Uint8Array }): boolean {
    const to = this.paths.best(now)
    if (to === undefined) return false
    const data =
      this.#nextHandshake(now) ?? (this.#isDirect(now) ? this.#nextData(now) : this.#nextAttempt(now))
    if (data === undefined) return false
    out.to = to
    out.data = data
    return true
  }

  /** The packets that tell the peer that the session is over, each to be sent to `to`. */
  *killPackets(now: Instant): IterableIterator<{ to: Endpoint; data: Uint8Array }> {
    const to = this.paths.best(now)
    if (this.#channel === undefined || this.#state !== 'established' || to === undefined) return
    const payload = Uint8Array.of(PACKET_ID_KILL)
    for (let i = 0; i < KILL_PACKETS; i++) {
      yield { to, data: this.#seal(this.#channel, this.#sender.unsent, payload).slice() }
    }
  }

  /** Wipes the session's keys. */
  dispose(): void {
    this.#dropChannel()
    this.#context.crypto.dropSecret(this.#sessionSecret)
  }

  #nextHandshake(now: Instant): Uint8Array | undefined {
    if (this.#retry === undefined || this.#retry.isSpent || this.#retry.dueAt > now) return undefined
    this.#retry.sent(now)
    // The peer needs both: the handshake to understand the request packet, and that to be sure of us.
    this.#mustConfirm = this.#channel !== undefined
    return this.#retry.packet
  }

  #nextData(now: Instant): Uint8Array | undefined {
    const channel = this.#channel
    if (channel === undefined) return undefined
    if (this.#mustConfirm) return this.#sealRequest(now, channel)

    const lossy = this.#lossy.shift()
    if (lossy !== undefined) {
      this.#acknowledger.sent(now, true)
      return this.#seal(channel, this.#sender.unsent, lossy)
    }
    if (this.#acknowledger.requestAt <= now) return this.#sealRequest(now, channel)
    if (this.#state === 'established') {
      const number = this.#sender.next(now)
      if (number !== undefined) {
        this.#acknowledger.sent(now, true)
        return this.#seal(channel, number, this.#sender.payload(number))
      }
    }
    return this.#acknowledger.deadline() <= now ? this.#sealRequest(now, channel) : undefined
  }

  /** The direct route is silent, and there is no other: a small packet now and then may revive it. */
  #nextAttempt(now: Instant): Uint8Array | undefined {
    if (this.#channel === undefined) return undefined
    const isDue = this.#attemptedAt + DIRECT_ATTEMPT_INTERVAL <= now && this.#acknowledger.deadline() <= now
    if (!isDue) return undefined
    this.#attemptedAt = now
    return this.#sealRequest(now, this.#channel)
  }

  #sealRequest(now: Instant, channel: SessionHandle): Uint8Array {
    const { request } = this.#context
    this.#mustConfirm = false
    const wanted = this.#acknowledger.wanted(now)
    const size = this.#receiver.writeRequest(request.memory, wanted)
    this.#acknowledger.requested(now, wanted, this.#receiver.hasGaps || this.#receiver.hasTail)
    return this.#seal(channel, this.#sender.unsent, request.first(size))
  }

  #seal(channel: SessionHandle, number: number, payload: Uint8Array): Uint8Array {
    this.#sealed++
    return this.#context.crypto.sealData(channel, this.#receiver.start, number, payload)
  }

  #dropChannel(): void {
    if (this.#channel === undefined) return
    this.#context.crypto.dropSession(this.#channel)
    this.#channel = undefined
    addToNonce(this.#sendNonce, this.#sealed)
    this.#sealed = 0
  }

  #isDirect(now: Instant): boolean {
    return this.paths.aliveUntil() > now
  }

  #measure(now: Instant): void {
    const time = this.#retry?.roundTripTime(now)
    if (time !== undefined) this.roundTrip.sample(now, time)
  }

  #startHandshake(now: Instant, cookie: Uint8Array): boolean {
    const ours = { baseNonce: this.#baseNonce, sessionPublicKey: this.#sessionPublicKey }
    const packet = createHandshake(this.#context, now, this.peer, ours, cookie)
    if (packet === undefined) return false
    this.#retry = new HandshakeRetry(now, packet)
    return true
  }
}
