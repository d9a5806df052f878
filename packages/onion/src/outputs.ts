import type { Datagram, NodeInfo } from '@ts-toxcore/core'
import type { DHTPK } from './packets.ts'

export type OnionClientOutput =
  | Datagram
  /** To be sent as a DHT request to the friend with that DHT key, directly and by way of nodes close to it. */
  | {
      readonly type: 'dht_request'
      readonly publicKey: Uint8Array
      readonly kind: typeof DHTPK
      readonly data: Uint8Array
    }
  /** Data for us. `publicKey`: the sender's long-term key, proven, but perhaps a stranger's. `data[0]`: kind. */
  | { readonly type: 'data'; readonly publicKey: Uint8Array; readonly data: Uint8Array }
  /** A friend has told its DHT key, perhaps the one that we know. */
  | { readonly type: 'friend_dht_key'; readonly publicKey: Uint8Array; readonly dhtPublicKey: Uint8Array }
  /** Nodes (UDP) and TCP relays that the friend with this DHT key is connected to. */
  | { readonly type: 'friend_nodes'; readonly dhtPublicKey: Uint8Array; readonly nodes: readonly NodeInfo[] }
  /**
   * `sendData` reaches the friend from now on. Emitted again when it was lost and found, or announced itself with
   * a new data key, as after a restart: what was sent before may not have arrived.
   */
  | { readonly type: 'friend_found'; readonly publicKey: Uint8Array }
  | { readonly type: 'connected'; readonly connected: boolean }
