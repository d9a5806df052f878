import type { Datagram, Endpoint } from '@ts-toxcore/core'
import type { Identity } from './cookie.ts'
import type { Verdict } from './session.ts'

/** Names a session as long as it lives; not used again afterwards. */
export type ConnectionId = number

/**
 * Outputs are valid until the next `poll()`; datagrams, 'data' and 'lossy' are objects that are used again, and the
 * bytes in them views of memory that is used again, by the next call of the Crypto at the earliest.
 */
export type NetCryptoOutput =
  | Datagram
  /** A peer without a session wants one: `accept` or `reject` the token. */
  | ({ readonly type: 'incoming'; readonly token: number; readonly endpoint: Endpoint } & Identity)
  | { readonly type: 'established'; readonly id: ConnectionId; readonly publicKey: Uint8Array }
  /** The session ended otherwise than by our own `kill`. */
  | {
      readonly type: 'closed'
      readonly id: ConnectionId
      readonly reason: 'killed' | 'timeout' | 'replaced'
    }
  /** Lossless data, in order; `data[0]` is the packet id. */
  | { readonly type: 'data'; readonly id: ConnectionId; readonly data: Uint8Array }
  | { readonly type: 'lossy'; readonly id: ConnectionId; readonly data: Uint8Array }
  /** The peer's handshake shows another DHT key. The session is over ('closed' follows), the peer is 'incoming'. */
  | ({ readonly type: 'peer_dht_key'; readonly id: ConnectionId } & Identity)
  /** Whether something was heard over the direct route of late. */
  | { readonly type: 'direct'; readonly id: ConnectionId; readonly direct: boolean }
  /** The peer has received all lossless packets before this number. */
  | { readonly type: 'acknowledged'; readonly id: ConnectionId; readonly packetNumber: number }
  /** A send was refused for want of room, and now there is some. */
  | { readonly type: 'writable'; readonly id: ConnectionId }

export type DropReason =
  | Exclude<Verdict, 'accepted'>
  | 'unknown_source'
  | 'bad_cookie'
  | 'cookie_limit'
  | 'replayed'
  | 'own_key'
  | 'too_many_pending'
  | 'endpoint_taken'
