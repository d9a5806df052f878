import type { Endpoint, NodeInfo } from '@ts-toxcore/core'

/** What the onion needs to know of the DHT. */
export interface NodeSource {
  /** Whether any DHT node answers us. */
  readonly connected: boolean
  /** Whether anything can be sent there: IPv6 addresses are out of reach for some. */
  reaches(endpoint: Endpoint): boolean
  /** Up to `count` good nodes closest to `publicKey`; LAN addresses only if `lan`. */
  closest(publicKey: Uint8Array, count: number, opts?: { lan?: boolean }): NodeInfo[]
  /** Up to `count` good nodes from all over the network: hops for paths. */
  randomNodes(count: number): NodeInfo[]
  /** Up to `count` good nodes close to ourselves: those through which we are found. */
  closeNodes(count: number): NodeInfo[]
}
