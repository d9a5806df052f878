import {
  type Crypto,
  DropCounter,
  Endpoint,
  type Engine,
  equalBytes,
  expectBytes,
  expectInteger,
  type Instant,
  KeyMap,
  MAX_CRYPTO_DATA_SIZE,
  MAX_CRYPTO_PACKET_SIZE,
  NEVER,
  PUBLIC_KEY_SIZE,
  Queue,
  type Random,
  Timers,
} from '@ts-toxcore/core'
import {
  PACKET_ID_RANGE_LOSSLESS_END,
  PACKET_ID_RANGE_LOSSLESS_START,
  PACKET_ID_RANGE_LOSSY_END,
  PACKET_ID_RANGE_LOSSY_START,
} from './constants.ts'
import { answerCookieRequest, CookieJar, CookieLimiter, type Identity, type LocalKey } from './cookie.ts'
import { type Handshake, openHandshake } from './handshake.ts'
import { OutgoingPool } from './outgoing.ts'
import type { ConnectionId, DropReason, NetCryptoOutput } from './outputs.ts'
import {
  cookieRequest,
  NET_PACKET_COOKIE_REQUEST,
  NET_PACKET_COOKIE_RESPONSE,
  NET_PACKET_CRYPTO_DATA,
  NET_PACKET_CRYPTO_HS,
} from './packets.ts'
import { PayloadOutputs } from './payload-outputs.ts'
import { PendingHandshakes, SpentHandshakes } from './pending.ts'
import { Session, type SessionContext, type SessionEvents } from './session.ts'
import { Views } from './views.ts'

export interface NetCryptoOptions {
  readonly crypto: Crypto
  readonly random: Random
  readonly longTerm: LocalKey
  readonly dht: LocalKey
}

const NOWHERE = new Endpoint(new Uint8Array(4), 0)

/** Timer of the pending handshakes; sessions have theirs under their ids, from 0. */
const PENDING_TIMER = -1

/** Encrypted sessions with peers (spec, "Net crypto"): tables of the sessions and the way of packets to them. */
export class NetCrypto implements Engine<NetCryptoOutput> {
  readonly drops = new DropCounter<DropReason>()

  readonly #context: SessionContext
  readonly #limiter = new CookieLimiter()
  readonly #pending = new PendingHandshakes()
  readonly #spent = new SpentHandshakes()

  readonly #sessions = new Map<ConnectionId, Session>()
  readonly #byPublicKey = new KeyMap<Session>()
  readonly #byDhtKey = new KeyMap<Session>()
  readonly #byEndpoint = new Map<string, Session>()
  #nextId = 0

  readonly #outputs = new Queue<NetCryptoOutput>()
  readonly #payloads = new PayloadOutputs()
  /** The output for each datagram out of a session. */
  readonly #datagram: { type: 'datagram'; to: Endpoint; data: Uint8Array }
  /** Sessions that may have something to send. Datagrams are made in `poll`, so that answers carry acknowledgements. */
  readonly #ready = new Queue<Session>()
  /** Sessions of which 'direct: true' was reported last. */
  readonly #direct = new Set<Session>()
  readonly #timers = new Timers<number>()
  /** Of the last input. At first undefined, so that V8 keeps the object it was given: of a field of floats it makes a new one with each use. */
  #now: Instant | undefined

  readonly #events: SessionEvents = {
    established: ({ id, peer }) => this.#outputs.push({ type: 'established', id, publicKey: peer.publicKey }),
    data: (session, payload, isView) => this.#deliver('data', session, payload, isView),
    lossy: (session, payload) => this.#deliver('lossy', session, payload, true),
    acknowledged: (session, packetNumber) => {
      this.#outputs.push({ type: 'acknowledged', id: session.id, packetNumber })
      if (!session.wantsToWrite) return
      session.wantsToWrite = false
      this.#outputs.push({ type: 'writable', id: session.id })
    },
    killed: session => this.#close(session, 'killed'),
  }

  constructor(options: NetCryptoOptions) {
    const { crypto, random } = options
    this.#context = {
      ...options,
      jar: new CookieJar(crypto, random),
      request: new Views(MAX_CRYPTO_DATA_SIZE),
      sent: new OutgoingPool(),
    }
    this.#datagram = { type: 'datagram', to: NOWHERE, data: this.#context.request.first(0) }
  }

  // ---- Sessions ----

  /** The session with this peer, begun if there is none. Without an endpoint it waits for `setEndpoint`. */
  connect(now: Instant, publicKey: Uint8Array, dhtPublicKey: Uint8Array, endpoint?: Endpoint): ConnectionId {
    expectBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    expectBytes('dhtPublicKey', dhtPublicKey, PUBLIC_KEY_SIZE)
    this.#begin(now)
    let session = this.#byPublicKey.get(publicKey)
    if (session === undefined) {
      session = this.#add(now, { publicKey, dhtPublicKey })
      if (!session.requestCookie(now)) this.#close(session, 'timeout')
    }
    if (endpoint !== undefined) this.setEndpoint(now, session.id, endpoint)
    return session.id
  }

  /**
   * Takes the peer of an 'incoming' output. Undefined if it is too late, or there is an established session with it; a
   * session that is still being made goes on with the peer's handshake.
   */
  accept(now: Instant, token: number): ConnectionId | undefined {
    this.#begin(now)
    const pending = this.#pending.take(token)
    if (pending === undefined || pending.expiresAt <= now) return undefined
    const { handshake, endpoint } = pending
    const known = this.#byPublicKey.get(handshake.publicKey)
    if (known === undefined) {
      const session = this.#add(now, handshake)
      if (this.#adopt(now, session, handshake, endpoint)) return session.id
      this.#close(session)
      return undefined
    }
    const isOpen =
      known.state !== 'established' && equalBytes(known.peer.dhtPublicKey, handshake.dhtPublicKey)
    if (!isOpen) return undefined
    // A handshake that it has got itself came after the one that waited here.
    return known.handshake !== undefined || this.#adopt(now, known, handshake, endpoint)
      ? known.id
      : undefined
  }

  reject(token: number): void {
    this.#pending.take(token)
  }

  /**
   * Where the peer is said to be; `isDirect` if it is sure to be heard there. False if nothing changes: because it is
   * known, because a local route works, or because another session's peer is there.
   */
  setEndpoint(now: Instant, id: ConnectionId, endpoint: Endpoint, isDirect = false): boolean {
    this.#now = now
    const session = this.#sessions.get(id)
    if (session === undefined || this.#byEndpoint.get(endpoint.text) === session) return false
    if (!this.#claim(now, session, endpoint, isDirect)) return false
    session.hurry(now)
    this.#setReady(session)
    return true
  }

  /** Where packets to the peer go. */
  endpoint(id: ConnectionId): Endpoint | undefined {
    return this.#now === undefined ? undefined : this.#sessions.get(id)?.paths.best(this.#now)
  }

  isConnected(id: ConnectionId): boolean {
    return this.#sessions.get(id)?.state === 'established'
  }

  /** Smoothed round trip time in ms. */
  rtt(id: ConnectionId): number | undefined {
    return this.#sessions.get(id)?.roundTrip.smoothed
  }

  /** Ends a session, and tells the peer if it is established. No 'closed' follows. */
  kill(now: Instant, id: ConnectionId): void {
    this.#begin(now)
    const session = this.#sessions.get(id)
    if (session === undefined) return
    for (const datagram of session.killPackets(now)) this.#outputs.push({ type: 'datagram', ...datagram })
    this.#close(session)
  }

  killAll(now: Instant): void {
    for (const id of [...this.#sessions.keys()]) this.kill(now, id)
  }

  /** Wipes all keys. The engine must not be used afterwards. */
  dispose(): void {
    for (const session of [...this.#sessions.values()]) this.#close(session)
    this.#context.jar.dispose()
  }

  // ---- Data ----

  /**
   * Queues a lossless packet: 1 – 1373 bytes, the first one its packet id, 16 – 191. Its number, or undefined if the
   * session is not established or the queue is full.
   */
  send(now: Instant, id: ConnectionId, data: Uint8Array): number | undefined {
    expectInteger('data.length', data.length, 1, MAX_CRYPTO_DATA_SIZE)
    expectInteger('packet id', data[0], PACKET_ID_RANGE_LOSSLESS_START, PACKET_ID_RANGE_LOSSLESS_END)
    this.#now = now
    const session = this.#sessions.get(id)
    if (session?.state !== 'established') return undefined
    this.#setReady(session)
    return session.queue(data)
  }

  /** Sends a lossy packet, packet id 192 – 254. False if there is no route to the peer now. */
  sendLossy(now: Instant, id: ConnectionId, data: Uint8Array): boolean {
    expectInteger('data.length', data.length, 1, MAX_CRYPTO_DATA_SIZE)
    expectInteger('packet id', data[0], PACKET_ID_RANGE_LOSSY_START, PACKET_ID_RANGE_LOSSY_END)
    this.#now = now
    const session = this.#sessions.get(id)
    if (session?.state !== 'established') return false
    this.#setReady(session)
    return session.queueLossy(now, data)
  }

  /** How many lossless packets `send` would take now. */
  freeSlots(id: ConnectionId): number {
    const session = this.#sessions.get(id)
    return session?.state === 'established' ? session.freeSlots : 0
  }

  /** Whether the peer has received this packet and all before it. */
  acknowledged(id: ConnectionId, packetNumber: number): boolean {
    return this.#sessions.get(id)?.isAcknowledged(packetNumber) ?? false
  }

  // ---- Packets ----

  /** Takes packet kinds 0x18 – 0x1b; false for all others. */
  handleDatagram(now: Instant, from: Endpoint, data: Uint8Array): boolean {
    // For packets of other kinds, too: their engines may share the Crypto.
    this.#begin(now)
    const kind = data[0]
    if (kind === undefined || kind < NET_PACKET_COOKIE_REQUEST || kind > NET_PACKET_CRYPTO_DATA) return false
    const verdict =
      data.length > MAX_CRYPTO_PACKET_SIZE ? 'malformed' : this.#handlePacket(now, kind, from, data)
    if (verdict !== 'accepted') this.drops.count(verdict)
    return true
  }

  #handlePacket(now: Instant, kind: number, from: Endpoint, data: Uint8Array): 'accepted' | DropReason {
    if (kind === NET_PACKET_COOKIE_REQUEST) return this.#handleCookieRequest(now, from, data)
    if (kind === NET_PACKET_CRYPTO_HS) return this.#handleHandshake(now, from, data)

    // Only a handshake may come from a place that we do not know.
    const session = this.#byEndpoint.get(from.text)
    if (session === undefined) return 'unknown_source'
    this.#setReady(session)
    const verdict =
      kind === NET_PACKET_COOKIE_RESPONSE
        ? session.handleCookieResponse(now, data)
        : session.handleData(now, data, this.#events)
    if (verdict === 'accepted' || verdict === 'duplicate') session.paths.heard(now, from)
    return verdict
  }

  #handleCookieRequest(now: Instant, from: Endpoint, data: Uint8Array): 'accepted' | DropReason {
    if (data.length !== cookieRequest.max) return 'malformed'
    // A flood of strangers must not keep out the peers that we are looking for ourselves.
    const isSought = this.#byDhtKey.has(data.subarray(1, 1 + PUBLIC_KEY_SIZE))
    if (!isSought && !this.#limiter.take(now)) return 'cookie_limit'
    const answer = answerCookieRequest(this.#context, this.#context.jar, now, data)
    if (typeof answer === 'string') return answer
    this.#outputs.push({ type: 'datagram', to: from, data: answer })
    return 'accepted'
  }

  /** The rules by which two peers agree on one session, whoever began it. */
  #handleHandshake(now: Instant, from: Endpoint, data: Uint8Array): 'accepted' | DropReason {
    const handshake = openHandshake(this.#context, now, data)
    if (typeof handshake === 'string') return handshake
    if (equalBytes(handshake.publicKey, this.#context.longTerm.publicKey)) return 'own_key'
    if (this.#spent.has(now, handshake.sessionPublicKey)) return 'replayed'

    const session = this.#byPublicKey.get(handshake.publicKey)
    if (session === undefined) return this.#announce(now, handshake, from)
    const current = session.handshake
    if (current !== undefined && equalBytes(current.sessionPublicKey, handshake.sessionPublicKey)) {
      session.confirmAgain()
      this.#setReady(session)
      return 'duplicate'
    }
    const isNewer = current === undefined || handshake.time > current.time
    if (!equalBytes(session.peer.dhtPublicKey, handshake.dhtPublicKey)) {
      // The peer has restarted, unless this is a replay of what it was before.
      if (!isNewer) return 'replayed'
      const { publicKey, dhtPublicKey } = handshake
      this.#outputs.push({ type: 'peer_dht_key', id: session.id, publicKey, dhtPublicKey })
      this.#close(session, 'replaced')
      return this.#announce(now, handshake, from)
    }
    if (session.state !== 'established') {
      return this.#adopt(now, session, handshake, from) ? 'accepted' : 'unexpected'
    }
    // With a cookie asked for during this session: the peer has lost it, and our kill packet or its own was lost.
    if (!isNewer) return 'replayed'
    this.#close(session, 'replaced')
    return this.#announce(now, handshake, from)
  }

  #announce(now: Instant, handshake: Handshake, endpoint: Endpoint): 'accepted' | DropReason {
    if (this.#pending.has(handshake)) return 'duplicate'
    const pending = this.#pending.add(now, handshake, endpoint)
    if (pending === undefined) return 'too_many_pending'
    this.#timers.set(PENDING_TIMER, this.#pending.deadline())
    const { publicKey, dhtPublicKey } = handshake
    this.#outputs.push({ type: 'incoming', token: pending.token, publicKey, dhtPublicKey, endpoint })
    return 'accepted'
  }

  // ---- The engine ----

  tick(now: Instant): void {
    this.#begin(now)
    for (let name = this.#timers.expired(now); name !== undefined; name = this.#timers.expired(now)) {
      if (name === PENDING_TIMER) {
        this.#pending.expire(now)
        this.#timers.set(PENDING_TIMER, this.#pending.deadline())
        continue
      }
      const session = this.#sessions.get(name)!
      session.armedFor = NEVER
      if (session.isTimedOut(now)) {
        this.#close(session, 'timeout')
        continue
      }
      session.tick(now)
      this.#setReady(session)
    }
  }

  deadline(): Instant {
    return this.#timers.deadline()
  }

  poll(): NetCryptoOutput | undefined {
    for (;;) {
      const output = this.#outputs.shift()
      if (output !== undefined) return output
      this.#payloads.release()
      const now = this.#now
      if (now === undefined) return undefined
      // All that was received is answered by now: what is sent from here on acknowledges it.
      const session = this.#ready.first
      if (session === undefined) return undefined
      if (session.isReady && session.nextDatagram(now, this.#datagram)) return this.#datagram
      this.#ready.shift()
      if (session.isReady) this.#settle(now, session)
    }
  }

  /** An input comes: what it makes of the Crypto's memory must not harm outputs that wait. */
  #begin(now: Instant): void {
    this.#now = now
    this.#payloads.keep()
  }

  #deliver(type: 'data' | 'lossy', { id }: Session, payload: Uint8Array, isView: boolean): void {
    const output = this.#payloads.take(type, id, payload, isView)
    // What the owner does about an output before this one may need the Crypto.
    if (this.#outputs.size > 0) this.#payloads.keep()
    this.#outputs.push(output)
  }

  #setReady(session: Session): void {
    if (session.isReady) return
    session.isReady = true
    this.#ready.push(session)
  }

  /** A session has nothing more to send: sets its timer, and reports whether its direct route lives. */
  #settle(now: Instant, session: Session): void {
    session.isReady = false
    session.review(now)
    // A timer that fires too early is harmless, and cheaper than one that is moved with every acknowledgement.
    if (session.dueAt < session.armedFor) {
      session.armedFor = session.dueAt
      this.#timers.set(session.id, session.dueAt)
    }
    const isDirect = session.paths.aliveUntil() > now
    if (isDirect === this.#direct.has(session)) return
    if (isDirect) this.#direct.add(session)
    else this.#direct.delete(session)
    this.#outputs.push({ type: 'direct', id: session.id, direct: isDirect })
  }

  // ---- Tables ----

  #add(now: Instant, peer: Identity): Session {
    const session = new Session(now, this.#nextId++, peer, this.#context)
    this.#sessions.set(session.id, session)
    this.#byPublicKey.set(peer.publicKey, session)
    this.#byDhtKey.set(peer.dhtPublicKey, session)
    this.#setReady(session)
    return session
  }

  #adopt(now: Instant, session: Session, handshake: Handshake, from: Endpoint): boolean {
    this.#claim(now, session, from, true)
    if (session.paths.best(now) === undefined) return false
    const replaced = session.handshake
    if (!session.adopt(now, handshake)) return false
    if (replaced !== undefined) this.#spent.add(now, replaced.sessionPublicKey)
    session.paths.heard(now, from)
    this.#setReady(session)
    return true
  }

  /**
   * Makes `endpoint` a path of the session. An endpoint belongs to one session: it passes to another one if nothing was
   * heard from there of late, and if either the peer has just shown to be there or the holder is not being made.
   */
  #claim(now: Instant, session: Session, endpoint: Endpoint, isProven: boolean): boolean {
    const holder = this.#byEndpoint.get(endpoint.text)
    if (holder === session) return true
    if (holder !== undefined) {
      if (holder.paths.isAliveAt(now, endpoint)) return false
      if (!isProven && holder.state !== 'established') return false
    }
    if (!session.paths.mayReplace(now, endpoint)) return false
    holder?.paths.forget(endpoint)
    const replaced = session.paths.set(now, endpoint, isProven)
    if (replaced !== undefined) this.#byEndpoint.delete(replaced.text)
    this.#byEndpoint.set(endpoint.text, session)
    return true
  }

  #close(session: Session, reason?: 'killed' | 'timeout' | 'replaced'): void {
    this.#sessions.delete(session.id)
    this.#byPublicKey.delete(session.peer.publicKey)
    if (this.#byDhtKey.get(session.peer.dhtPublicKey) === session)
      this.#byDhtKey.delete(session.peer.dhtPublicKey)
    for (const endpoint of session.paths.endpoints()) this.#byEndpoint.delete(endpoint.text)
    this.#timers.clear(session.id)
    session.isReady = false
    this.#direct.delete(session)
    if (session.handshake !== undefined) this.#spent.add(this.#now!, session.handshake.sessionPublicKey)
    session.dispose()
    if (reason !== undefined) this.#outputs.push({ type: 'closed', id: session.id, reason })
  }
}
