/**
 * DHT requests (spec, "DHT Request Packets"): small packets that a third node carries to somebody whom we cannot
 * reach. We carry them for others, too.
 */
import {
  decode,
  type Endpoint,
  encode,
  expectInteger,
  type Instant,
  MAC_SIZE,
  PUBLIC_KEY_SIZE,
  type Random,
  randomPick,
} from '@ts-toxcore/core'
import { goodEndpoint } from './client.ts'
import { MAX_CRYPTO_REQUEST_SIZE, ROUTE_THRESHOLD } from './constants.ts'
import type { Friend } from './friend.ts'
import type { KBuckets } from './k-buckets.ts'
import type { Outbox } from './outputs.ts'
import type { PacketBox } from './packet-box.ts'
import { DHT_REQUEST_HEADER_SIZE, dhtRequest, MAX_DHT_REQUEST_PAYLOAD } from './packets.ts'
import type { Refusal } from './ping.ts'

export interface OpenedRequest {
  /** The sender's DHT public key. Who carried the packet is not authenticated. */
  readonly publicKey: Uint8Array
  readonly kind: number
  readonly payload: Uint8Array
}

export class DhtRequests {
  readonly #box: PacketBox
  readonly #out: Outbox
  readonly #close: KBuckets
  readonly #random: Random

  constructor(box: PacketBox, out: Outbox, close: KBuckets, random: Random) {
    this.#box = box
    this.#out = out
    this.#close = close
    this.#random = random
  }

  /** c-toxcore's limits: a little more is carried than is opened. */
  isPlausible(data: Uint8Array): boolean {
    return (
      data.length >= DHT_REQUEST_HEADER_SIZE + MAC_SIZE + 1 &&
      data.length <= MAX_CRYPTO_REQUEST_SIZE + MAC_SIZE
    )
  }

  isForUs(data: Uint8Array): boolean {
    return this.#box.isUs(data.subarray(1, 1 + PUBLIC_KEY_SIZE))
  }

  open(now: Instant, data: Uint8Array): OpenedRequest | Refusal {
    if (data.length > MAX_CRYPTO_REQUEST_SIZE) return 'malformed'
    if (!this.#box.admitsRequest(now, data)) return 'key_budget'
    const opened = this.#box.openRequest(data)
    if (opened === undefined) return 'not_authentic'
    const request = decode(dhtRequest, opened.plain)
    return request ? { publicKey: opened.publicKey, ...request } : 'malformed'
  }

  /** Passes the packet on, unaltered, if its addressee is a good node of our close list. */
  forward(now: Instant, data: Uint8Array): boolean {
    const client = this.#close.find(data.subarray(1, 1 + PUBLIC_KEY_SIZE))
    const endpoint = client && goodEndpoint(client, now)
    return endpoint !== undefined && this.#out.send(endpoint, data.slice())
  }

  /** To a node that we know. */
  send(to: Endpoint, publicKey: Uint8Array, kind: number, payload: Uint8Array): boolean {
    const packet = this.#seal(publicKey, kind, payload)
    return packet !== undefined && this.#out.send(to, packet)
  }

  /** Through every node that names the friend, if these are enough: gives their number (`route_to_friend`). */
  sendThroughAll(now: Instant, friend: Friend, kind: number, payload: Uint8Array): number {
    if (friend.namedEndpoints(now).length < ROUTE_THRESHOLD) return 0
    return this.#sendThrough(friend.routes(now), friend, kind, payload)
  }

  /** Through one of the nodes that name the friend (`routeone_to_friend`). */
  sendThroughOne(now: Instant, friend: Friend, kind: number, payload: Uint8Array): number {
    const route = randomPick(this.#random, friend.routes(now))
    return route ? this.#sendThrough([route], friend, kind, payload) : 0
  }

  #sendThrough(routes: Endpoint[], friend: Friend, kind: number, payload: Uint8Array): number {
    const packet = this.#seal(friend.publicKey, kind, payload)
    return packet ? routes.filter(route => this.#out.send(route, packet)).length : 0
  }

  #seal(publicKey: Uint8Array, kind: number, payload: Uint8Array): Uint8Array | undefined {
    expectInteger('payload.length', payload.length, 1, MAX_DHT_REQUEST_PAYLOAD)
    return this.#box.sealRequest(publicKey, encode(dhtRequest, { kind, payload }))
  }
}
