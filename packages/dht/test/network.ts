/**
 * A tiny network for the tests of this package: virtual time, one latency, optional address translation. All
 * randomness comes from one seed.
 */
import {
  createJsCrypto,
  type Datagram,
  Endpoint,
  type Instant,
  NEVER,
  type Random,
  type SecretHandle,
} from '@ts-toxcore/core'
import { Dht, type DhtOptions, type DhtOutput } from '../src/index.ts'

export const crypto = createJsCrypto()

/** xorshift32: good enough to tell keys apart, and the same on every run. */
export function seeded(seed: number): Random {
  let state = (seed * 2654435761) >>> 0 || 1
  return {
    fill(bytes) {
      for (let i = 0; i < bytes.length; i++) {
        state ^= state << 13
        state >>>= 0
        state ^= state >>> 17
        state ^= state << 5
        state >>>= 0
        bytes[i] = state >>> 11
      }
    },
  }
}

export interface Identity {
  readonly publicKey: Uint8Array
  readonly secret: SecretHandle
}

export function identity(random: Random): Identity {
  const { publicKey, secretKey } = crypto.keyPair(random)
  return { publicKey, secret: crypto.addSecret(secretKey, 4096) }
}

export function endpoint(host: string, port = 33445): Endpoint {
  const parsed = Endpoint.parse(host, port)
  if (!parsed) throw new Error(`no endpoint: ${host}`)
  return parsed
}

export type Event = Exclude<DhtOutput, Datagram>

export interface Node {
  readonly dht: Dht
  readonly at: Endpoint
  readonly publicKey: Uint8Array
  readonly events: { at: Instant; event: Event }[]
  /** Datagrams and bytes sent. */
  sent: number
  bytes: number
  online: boolean
}

interface Flight {
  readonly at: Instant
  readonly order: number
  readonly from: Endpoint
  readonly to: Endpoint
  readonly data: Uint8Array
}

export class Network {
  now: Instant = 1_700_000_000_000
  readonly random: Random
  readonly nodes: Node[] = []
  readonly #byAddress = new Map<string, Node>()
  #flights: Flight[] = []
  #order = 0
  readonly latency: number
  /** Translates or drops (undefined) what a node sends; and what is to be delivered: where it really goes. */
  outbound: (node: Node, to: Endpoint) => Endpoint | undefined = node => node.at
  inbound: (from: Endpoint, to: Endpoint) => Endpoint | undefined = (_, to) => to

  constructor(seed: number, latency = 20) {
    this.random = seeded(seed)
    this.latency = latency
  }

  add(host: string, options: Partial<DhtOptions> = {}): Node {
    const { publicKey, secret } = identity(this.random)
    const dht = new Dht({ crypto, random: this.random, publicKey, secret, ...options })
    const node: Node = { dht, at: endpoint(host), publicKey, events: [], sent: 0, bytes: 0, online: true }
    this.nodes.push(node)
    this.#byAddress.set(node.at.text, node)
    return node
  }

  /** Runs until `now + duration`, or until `done` says so. True if it did. */
  run(duration: number, done: () => boolean = () => false): boolean {
    const end = this.now + duration
    for (const node of this.nodes) this.drain(node)
    for (;;) {
      if (done()) return true
      const next = Math.min(this.#flights[0]?.at ?? NEVER, ...this.nodes.map(node => this.#deadline(node)))
      if (next > end) {
        this.now = end
        return done()
      }
      this.now = Math.max(this.now, next)
      const flight = this.#flights[0]
      if (flight && flight.at <= this.now) {
        this.#flights.shift()
        this.#deliver(flight)
      } else {
        for (const node of this.nodes) {
          if (this.#deadline(node) > this.now) continue
          node.dht.tick(this.now)
          this.drain(node)
        }
      }
    }
  }

  drain(node: Node): void {
    for (let output = node.dht.poll(); output; output = node.dht.poll()) {
      if (output.type !== 'datagram') {
        node.events.push({ at: this.now, event: output })
        continue
      }
      node.sent++
      node.bytes += output.data.length
      const from = node.online ? this.outbound(node, output.to) : undefined
      if (from) this.#send(from, output.to, output.data.slice())
    }
  }

  #send(from: Endpoint, to: Endpoint, data: Uint8Array): void {
    const flight = { at: this.now + this.latency, order: this.#order++, from, to, data }
    // Constant latency: flights land in the order in which they left.
    this.#flights.push(flight)
  }

  #deliver(flight: Flight): void {
    const to = this.inbound(flight.from, flight.to)
    const node = to && this.#byAddress.get(to.text)
    if (!node?.online) return
    node.dht.handleDatagram(this.now, flight.from, flight.data)
    this.drain(node)
  }

  #deadline(node: Node): Instant {
    return node.online ? node.dht.deadline() : NEVER
  }
}
