import { type Endpoint, type Engine, type Instant, KeyMap, Queue, Timers } from '@ts-toxcore/core'
import { FriendConnection, type FriendConnectionOutput } from './friend-connection.ts'
import type { ConnectionId, Layers, SessionEvent } from './layers.ts'

interface Entry {
  readonly slot: number
  readonly connection: FriendConnection
  /** The session by which `#bySession` knows the connection. */
  session: ConnectionId | undefined
}

/** All friend connections: hands each what comes from below for it, and wakes each when it is due. */
export class FriendConnections implements Engine<FriendConnectionOutput> {
  readonly #layers: Layers
  readonly #outputs = new Queue<FriendConnectionOutput>()
  readonly #byKey = new KeyMap<Entry>()
  readonly #bySession = new Map<ConnectionId, Entry>()
  readonly #bySlot = new Map<number, Entry>()
  /** By slot: when the connection wants to be woken. */
  readonly #wake = new Timers<number>()
  #nextSlot = 0

  constructor(layers: Layers) {
    this.#layers = layers
  }

  add(now: Instant, publicKey: Uint8Array): FriendConnection {
    const connection = new FriendConnection(now, publicKey, this.#layers, this.#outputs)
    const entry = { slot: this.#nextSlot++, connection, session: undefined }
    this.#byKey.set(publicKey, entry)
    this.#bySlot.set(entry.slot, entry)
    return connection
  }

  remove(now: Instant, publicKey: Uint8Array): void {
    const entry = this.#byKey.get(publicKey)
    if (entry === undefined) return
    entry.connection.stop(now)
    this.#settle(entry)
    this.#byKey.delete(publicKey)
    this.#bySlot.delete(entry.slot)
  }

  /** Ends all sessions and all looking: from now on every friend is a stranger. */
  stop(now: Instant): void {
    for (const { connection } of [...this.#bySlot.values()]) this.remove(now, connection.publicKey)
  }

  handleDhtKey(now: Instant, publicKey: Uint8Array, dhtPublicKey: Uint8Array): void {
    this.#with(this.#byKey.get(publicKey), connection => connection.handleDhtKey(now, dhtPublicKey))
  }

  handleEndpoint(now: Instant, dhtPublicKey: Uint8Array, endpoint: Endpoint): void {
    for (const entry of this.#bySlot.values()) {
      if (entry.connection.hasDhtKey(dhtPublicKey)) {
        this.#with(entry, connection => connection.handleEndpoint(now, endpoint))
      }
    }
  }

  handleSession(now: Instant, event: SessionEvent): void {
    if (event.type === 'incoming') {
      const { token, publicKey, dhtPublicKey, endpoint } = event
      const entry = this.#byKey.get(publicKey)
      if (entry === undefined) this.#layers.sessions.reject(token)
      else this.#with(entry, connection => connection.handleIncoming(now, token, dhtPublicKey, endpoint))
      return
    }
    // What is left to be said of a session that we have ended concerns nobody.
    this.#with(this.#bySession.get(event.id), connection => {
      switch (event.type) {
        case 'established':
          connection.handleEstablished(now)
          break
        case 'closed':
          connection.handleClosed(now)
          break
        case 'data':
          connection.handleData(now, event.data)
          break
        case 'lossy':
          connection.handleLossy(event.data)
          break
        case 'peer_dht_key':
          connection.handleDhtKey(now, event.dhtPublicKey)
          break
        case 'direct':
          // A direct route that fell silent is no relay: c-toxcore keeps the status that it had, and so do we.
          if (!event.direct) connection.handleSilentRoute(now)
          break
        case 'acknowledged':
          connection.handleAcknowledged()
          break
        case 'writable':
          connection.handleWritable(now)
          break
      }
    })
  }

  tick(now: Instant): void {
    for (let slot = this.#wake.expired(now); slot !== undefined; slot = this.#wake.expired(now)) {
      this.#with(this.#bySlot.get(slot), connection => connection.tick(now))
    }
  }

  deadline(): Instant {
    return this.#wake.deadline()
  }

  poll(): FriendConnectionOutput | undefined {
    return this.#outputs.shift()
  }

  #with(entry: Entry | undefined, input: (connection: FriendConnection) => void): void {
    if (entry === undefined) return
    input(entry.connection)
    this.#settle(entry)
  }

  /** Takes note of what an input has changed: which session is whose, and when the connection is due. */
  #settle(entry: Entry): void {
    const { connection, slot } = entry
    if (entry.session !== connection.session) {
      if (entry.session !== undefined) this.#bySession.delete(entry.session)
      if (connection.session !== undefined) this.#bySession.set(connection.session, entry)
      entry.session = connection.session
    }
    this.#wake.set(slot, connection.deadline())
  }
}
