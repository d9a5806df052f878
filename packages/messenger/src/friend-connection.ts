import { type Endpoint, equalBytes, type Instant, type Queue, Timers } from '@ts-toxcore/core'
import {
  FRIEND_CONNECTION_TIMEOUT,
  FRIEND_DHT_TIMEOUT,
  FRIEND_PING_INTERVAL,
  RECONNECT_INTERVAL,
} from './constants.ts'
import type { ConnectionId, Layers } from './layers.ts'
import { PACKET_ID_ALIVE } from './packets.ts'

/** What happens on the connection to one friend. */
export type FriendConnectionOutput = { readonly publicKey: Uint8Array } & (
  | { readonly type: 'connected' | 'disconnected' | 'acknowledged' | 'writable' }
  | { readonly type: 'packet' | 'lossy'; readonly data: Uint8Array }
)

type FriendTimer =
  /** Send the next ALIVE packet. */
  | 'ping'
  /** The friend was silent for too long: end the session. */
  | 'silence'
  /** Try for a session. */
  | 'connect'
  /** The DHT key is too old: wait for the finder to bring another. */
  | 'forget_key'
  /** The address is too old: wait for the locator to bring another. */
  | 'forget_endpoint'

const ALIVE = Uint8Array.of(PACKET_ID_ALIVE)

/**
 * The way to one friend (spec, "Friend connection"): finder → DHT key → locator → address → session, and back to
 * finding when the session ends. See README.md for the states.
 */
export class FriendConnection {
  readonly publicKey: Uint8Array
  readonly #layers: Layers
  readonly #outputs: Queue<FriendConnectionOutput>
  readonly #timers = new Timers<FriendTimer>()

  #dhtPublicKey: Uint8Array | undefined
  #endpoint: Endpoint | undefined
  #endpointSeen: Instant = 0
  #session: ConnectionId | undefined
  #connected = false
  #pingOwed = false
  #lastAttempt: Instant = Number.NEGATIVE_INFINITY

  /** Begins to look for the friend. */
  constructor(now: Instant, publicKey: Uint8Array, layers: Layers, outputs: Queue<FriendConnectionOutput>) {
    this.publicKey = publicKey.slice()
    this.#layers = layers
    this.#outputs = outputs
    layers.finder.addFriend(now, this.publicKey)
  }

  /** The session that exists or is being opened. */
  get session(): ConnectionId | undefined {
    return this.#session
  }

  /** Whether there is an established session. */
  get connected(): boolean {
    return this.#connected
  }

  /** Whether this is the DHT key by which the friend goes. */
  hasDhtKey(dhtPublicKey: Uint8Array): boolean {
    return this.#dhtPublicKey !== undefined && equalBytes(this.#dhtPublicKey, dhtPublicKey)
  }

  deadline(): Instant {
    return this.#timers.deadline()
  }

  tick(now: Instant): void {
    for (let timer = this.#timers.expired(now); timer; timer = this.#timers.expired(now))
      this.#fire(now, timer)
  }

  /** Stops looking for the friend, and ends the session. Reports nothing. */
  stop(now: Instant): void {
    if (this.#session !== undefined) this.#layers.sessions.kill(now, this.#session)
    this.#session = undefined
    this.#connected = false
    this.#layers.finder.removeFriend(now, this.publicKey)
    this.#forgetDhtKey(now)
    for (const timer of ['ping', 'silence', 'connect', 'forget_key', 'forget_endpoint'] as const)
      this.#timers.clear(timer)
  }

  /** The packet number; undefined if there is no session or its queue is full. */
  send(now: Instant, data: Uint8Array): number | undefined {
    return this.#connected ? this.#layers.sessions.send(now, this.#session!, data) : undefined
  }

  sendLossy(now: Instant, data: Uint8Array): boolean {
    return this.#connected && this.#layers.sessions.sendLossy(now, this.#session!, data)
  }

  acknowledged(packetNumber: number): boolean {
    return this.#connected && this.#layers.sessions.acknowledged(this.#session!, packetNumber)
  }

  /** The friend says which DHT key it has now. A new one means a new process: its old session is of no more use. */
  handleDhtKey(now: Instant, dhtPublicKey: Uint8Array): void {
    if (this.hasDhtKey(dhtPublicKey)) {
      if (!this.#connected) this.#timers.set('forget_key', now + FRIEND_DHT_TIMEOUT)
      return
    }
    this.#changeDhtKey(now, dhtPublicKey)
    this.#endSession(now)
    // Earlier attempts were for somebody who is gone.
    this.#lastAttempt = Number.NEGATIVE_INFINITY
    this.#connectSoon(now)
  }

  /** The DHT knows where the friend is. */
  handleEndpoint(now: Instant, endpoint: Endpoint): void {
    this.#setEndpoint(now, endpoint)
    if (this.#session !== undefined) this.#layers.sessions.setEndpoint(now, this.#session, endpoint, true)
    else this.#connectSoon(now)
  }

  /**
   * Nothing comes over the session's route any more. If the friend has moved, its new address may have been refused as
   * long as the old one seemed to work, and the locator does not report it again.
   */
  handleSilentRoute(now: Instant): void {
    this.#askLocator(now)
    if (this.#session === undefined || this.#endpoint === undefined) return
    this.#layers.sessions.setEndpoint(now, this.#session, this.#endpoint, false)
  }

  /** The friend opens a session with us. */
  handleIncoming(
    now: Instant,
    token: number,
    dhtPublicKey: Uint8Array,
    endpoint: Endpoint | undefined,
  ): void {
    const { sessions } = this.#layers
    if (this.#connected) {
      sessions.reject(token)
      return
    }
    if (!this.hasDhtKey(dhtPublicKey)) {
      // What we have begun is for a process of the friend's that is gone.
      this.#endSession(now)
      this.#changeDhtKey(now, dhtPublicKey)
    }
    const accepted = sessions.accept(now, token)
    if (accepted === undefined) {
      this.#connectSoon(now)
      return
    }
    this.#session = accepted
    this.#timers.clear('connect')
    if (endpoint !== undefined) this.#setEndpoint(now, endpoint)
    else if (this.#endpoint) sessions.setEndpoint(now, this.#session, this.#endpoint, false)
  }

  handleEstablished(now: Instant): void {
    if (this.#connected) return
    this.#connected = true
    this.#timers.clear('forget_key')
    this.#timers.clear('forget_endpoint')
    this.#timers.set('silence', now + FRIEND_CONNECTION_TIMEOUT)
    this.#layers.finder.setFriendOnline(now, this.publicKey, true)
    this.#ping(now)
    this.#report('connected')
  }

  handleClosed(now: Instant): void {
    this.#session = undefined
    this.#goOffline(now)
    this.#reconnect(now)
  }

  handleData(now: Instant, data: Uint8Array): void {
    // Any packet proves that the friend lives; c-toxcore looks at ALIVE alone, which queues behind all others.
    this.#timers.set('silence', now + FRIEND_CONNECTION_TIMEOUT)
    if (data[0] !== PACKET_ID_ALIVE) this.#outputs.push({ type: 'packet', publicKey: this.publicKey, data })
  }

  handleLossy(data: Uint8Array): void {
    this.#outputs.push({ type: 'lossy', publicKey: this.publicKey, data })
  }

  handleAcknowledged(): void {
    this.#report('acknowledged')
  }

  handleWritable(now: Instant): void {
    if (this.#pingOwed) this.#ping(now)
    this.#report('writable')
  }

  #fire(now: Instant, timer: FriendTimer): void {
    switch (timer) {
      case 'ping':
        this.#ping(now)
        break
      case 'silence':
        this.#endSession(now)
        this.#reconnect(now)
        break
      case 'connect':
        this.#connectSoon(now)
        break
      case 'forget_key':
        this.#forgetDhtKey(now)
        break
      case 'forget_endpoint':
        this.#endpoint = undefined
        this.#askLocator(now)
    }
  }

  /** If the queue is full the ping is owed until there is room. */
  #ping(now: Instant): void {
    this.#pingOwed = this.send(now, ALIVE) === undefined
    this.#timers.set('ping', now + FRIEND_PING_INTERVAL)
  }

  /** Opens a session if that is possible; now, or as soon as the last attempt is long enough ago. */
  #connectSoon(now: Instant): void {
    if (this.#session !== undefined || this.#dhtPublicKey === undefined || this.#endpoint === undefined)
      return
    const due = this.#lastAttempt + RECONNECT_INTERVAL
    if (now < due) {
      this.#timers.set('connect', due)
      return
    }
    this.#timers.clear('connect')
    this.#lastAttempt = now
    this.#session = this.#layers.sessions.connect(now, this.publicKey, this.#dhtPublicKey, this.#endpoint)
  }

  #forgetDhtKey(now: Instant): void {
    if (this.#dhtPublicKey !== undefined) this.#layers.locator.removeFriend(now, this.#dhtPublicKey)
    this.#dhtPublicKey = undefined
  }

  /**
   * After a session: from the timer, not at once, because a session that replaces the old one may be next in the
   * queue, and because an address that is too old by now is forgotten first.
   */
  #reconnect(now: Instant): void {
    this.#timers.set('connect', Math.max(now, this.#lastAttempt + RECONNECT_INTERVAL))
  }

  #changeDhtKey(now: Instant, dhtPublicKey: Uint8Array): void {
    const { locator, finder } = this.#layers
    this.#forgetDhtKey(now)
    this.#dhtPublicKey = dhtPublicKey.slice()
    locator.addFriend(now, this.#dhtPublicKey)
    finder.setFriendDhtKey(now, this.publicKey, this.#dhtPublicKey)
    this.#timers.set('forget_key', now + FRIEND_DHT_TIMEOUT)
    // An address known under the old key stays: a friend that restarts often keeps its port.
    this.#askLocator(now)
  }

  /** It reports changes alone, so an address that stays the same has to be asked for. */
  #askLocator(now: Instant): void {
    const known = this.#dhtPublicKey && this.#layers.locator.friendEndpoint(this.#dhtPublicKey)
    if (known) this.#setEndpoint(now, known)
  }

  #setEndpoint(now: Instant, endpoint: Endpoint): void {
    this.#endpoint = endpoint
    this.#endpointSeen = now
    if (!this.#connected) this.#timers.set('forget_endpoint', now + FRIEND_DHT_TIMEOUT)
  }

  #endSession(now: Instant): void {
    if (this.#session === undefined) return
    this.#layers.sessions.kill(now, this.#session)
    this.#session = undefined
    this.#goOffline(now)
  }

  /** Back to finding. The key was good until now, the address as long as it was seen. */
  #goOffline(now: Instant): void {
    if (!this.#connected) return
    this.#connected = false
    this.#pingOwed = false
    this.#timers.clear('ping')
    this.#timers.clear('silence')
    this.#timers.set('forget_key', now + FRIEND_DHT_TIMEOUT)
    this.#timers.set('forget_endpoint', this.#endpointSeen + FRIEND_DHT_TIMEOUT)
    this.#layers.finder.setFriendOnline(now, this.publicKey, false)
    this.#report('disconnected')
  }

  #report(type: 'connected' | 'disconnected' | 'acknowledged' | 'writable'): void {
    this.#outputs.push({ type, publicKey: this.publicKey })
  }
}
