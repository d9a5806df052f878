/** What the DHT has to say: outputs in order, and the one place where its datagrams leave. */
import { addressScope, type Datagram, type Endpoint, type NodeInfo, Queue } from '@ts-toxcore/core'

export type DhtOutput =
  | Datagram
  /** A DHT request for us was opened. `data` is its payload, at least one byte. */
  | {
      readonly type: 'dht_request'
      readonly from: Endpoint
      readonly publicKey: Uint8Array
      readonly kind: number
      readonly data: Uint8Array
    }
  /** A DHT friend answered from this address. Repeated with every answer: it also says that the friend is alive. */
  | { readonly type: 'friend_endpoint'; readonly publicKey: Uint8Array; readonly endpoint: Endpoint }
  /** A node answered a nodes request. */
  | { readonly type: 'node'; readonly node: NodeInfo }
  /** At least one node of the close list is good, or none is any more. */
  | { readonly type: 'connected'; readonly connected: boolean }

export class Outbox {
  readonly queue = new Queue<DhtOutput>()
  readonly #ipv6: boolean

  constructor(ipv6: boolean) {
    this.#ipv6 = ipv6
  }

  /** Can anything be sent there? Not to a multicast or broadcast address: one packet would become many. */
  reaches(endpoint: Endpoint): boolean {
    return (
      endpoint.port !== 0 && (this.#ipv6 || endpoint.family === 4) && addressScope(endpoint.ip) !== 'invalid'
    )
  }

  /** True if the datagram was queued. */
  send(to: Endpoint, data: Uint8Array): boolean {
    if (!this.reaches(to)) return false
    this.queue.push({ type: 'datagram', to, data })
    return true
  }
}
