import type { Endpoint, Instant } from '@ts-toxcore/core'

/**
 * What the messenger needs of the layers below. The stack passes the real engines, tests pass recordings.
 * Calls go down through these; answers come up as the messenger's `handle…` inputs.
 */
export interface Layers {
  readonly sessions: Sessions
  readonly finder: Finder
  readonly locator: Locator
}

/** Names a session until it is closed or killed. */
export type ConnectionId = number

/** Encrypted sessions with peers (net-crypto). */
export interface Sessions {
  /** Opens a session, or names the one that exists. */
  connect(now: Instant, publicKey: Uint8Array, dhtPublicKey: Uint8Array, endpoint?: Endpoint): ConnectionId
  /**
   * Takes up an incoming session; undefined if it is no longer to be had. One that is being opened to the same peer,
   * by the same DHT key, goes on as this one.
   */
  accept(now: Instant, token: number): ConnectionId | undefined
  reject(token: number): void
  /** `direct`: the address has answered, rather than been heard of. */
  setEndpoint(now: Instant, id: ConnectionId, endpoint: Endpoint, direct?: boolean): void
  /** The packet number; undefined if the queue is full or the session is not established. */
  send(now: Instant, id: ConnectionId, data: Uint8Array): number | undefined
  sendLossy(now: Instant, id: ConnectionId, data: Uint8Array): boolean
  /** Whether the peer has received this packet. */
  acknowledged(id: ConnectionId, packetNumber: number): boolean
  /** Ends a session; the peer is told if it was established. */
  kill(now: Instant, id: ConnectionId): void
}

/** Finds friends by their long-term keys, and reaches them, through the onion. */
export interface Finder {
  addFriend(now: Instant, publicKey: Uint8Array): void
  removeFriend(now: Instant, publicKey: Uint8Array): void
  /** A friend that is online need not be looked for. */
  setFriendOnline(now: Instant, publicKey: Uint8Array, online: boolean): void
  setFriendDhtKey(now: Instant, publicKey: Uint8Array, dhtPublicKey: Uint8Array): void
  /** How many packets were sent; 0 if the friend is not found yet. */
  sendData(now: Instant, publicKey: Uint8Array, data: Uint8Array): number
}

/** Finds the addresses that belong to DHT keys (the DHT). */
export interface Locator {
  /** Adding and removing are counted: two friends may claim the same DHT key. */
  addFriend(now: Instant, dhtPublicKey: Uint8Array): void
  removeFriend(now: Instant, dhtPublicKey: Uint8Array): void
  friendEndpoint(dhtPublicKey: Uint8Array): Endpoint | undefined
}

/** What net-crypto reports of sessions. Views are valid during the call, and until a layer below is called. */
export type SessionEvent =
  | {
      readonly type: 'incoming'
      readonly token: number
      readonly publicKey: Uint8Array
      readonly dhtPublicKey: Uint8Array
      /** Undefined if it came over a relay. */
      readonly endpoint?: Endpoint | undefined
    }
  | { readonly type: 'established'; readonly id: ConnectionId }
  | { readonly type: 'closed'; readonly id: ConnectionId }
  | { readonly type: 'data' | 'lossy'; readonly id: ConnectionId; readonly data: Uint8Array }
  /** The peer's handshake showed another DHT key than the one that the session was opened with. */
  | { readonly type: 'peer_dht_key'; readonly id: ConnectionId; readonly dhtPublicKey: Uint8Array }
  | { readonly type: 'direct'; readonly id: ConnectionId; readonly direct: boolean }
  | { readonly type: 'acknowledged' | 'writable'; readonly id: ConnectionId }
