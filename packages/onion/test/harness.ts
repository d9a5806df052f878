/** A network without latency in virtual time: nodes that relay and store, and clients that use them. */
import {
  addressScope,
  type Crypto,
  type Datagram,
  Endpoint,
  type Instant,
  type NodeInfo,
  type Random,
  SECOND,
} from '@ts-toxcore/core'
import { testCrypto } from '../../core/test/test-crypto.ts'
import {
  AnnounceStore,
  type Identity,
  type NodeSource,
  OnionClient,
  type OnionClientOutput,
  OnionRelay,
} from '../src/index.ts'

export const START: Instant = 1_700_000_000 * SECOND

/** A small generator (mulberry32): the same seed, the same run. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    fill(bytes) {
      for (let i = 0; i < bytes.length; i++) {
        state = (state + 0x6d2b79f5) >>> 0
        let t = Math.imul(state ^ (state >>> 15), state | 1)
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
        bytes[i] = (t ^ (t >>> 14)) & 0xff
      }
    },
  }
}

export function identity(crypto: Crypto, random: Random): Identity {
  const pair = crypto.keyPair(random)
  return { publicKey: pair.publicKey, secret: crypto.addSecret(pair.secretKey, 200) }
}

export function endpoint(index: number): Endpoint {
  return Endpoint.parse(`203.0.113.${index}`, 33445)!
}

interface Engine {
  handleDatagram(now: Instant, from: Endpoint, data: Uint8Array): boolean
  tick(now: Instant): void
  deadline(): Instant
  poll(): OnionClientOutput | undefined
}

export interface Host {
  readonly endpoint: Endpoint
  readonly engines: readonly Engine[]
  readonly events: OnionClientOutput[]
}

export interface Node extends Host {
  readonly info: NodeInfo
  readonly dht: Identity
  readonly relay: OnionRelay
  readonly store: AnnounceStore
}

export interface Client extends Host {
  readonly client: OnionClient
  readonly dht: Identity
  readonly longTerm: Identity
  readonly source: { connected: boolean }
}

export class Network {
  readonly crypto = testCrypto()
  readonly random: Random
  readonly nodes: Node[] = []
  now = START
  /** Datagrams that got through, by kind. */
  readonly counts = new Map<number, number>()
  /** Every datagram that is sent: return false to lose it. */
  filter: (from: Endpoint, datagram: Datagram) => boolean = () => true
  readonly #hosts = new Map<string, Host>()

  constructor(seed: number, nodes = 0) {
    this.random = seededRandom(seed)
    for (let i = 0; i < nodes; i++) this.addNode()
  }

  addNode(): Node {
    const dht = identity(this.crypto, this.random)
    const at = endpoint(this.#hosts.size + 1)
    const options = { crypto: this.crypto, random: this.random, secret: dht.secret }
    const relay = new OnionRelay(options)
    const store = new AnnounceStore({ ...options, publicKey: dht.publicKey, nodes: this.source() })
    const info: NodeInfo = { protocol: 'udp', endpoint: at, publicKey: dht.publicKey }
    const node: Node = { endpoint: at, engines: [relay, store], events: [], info, dht, relay, store }
    this.#hosts.set(at.text, node)
    this.nodes.push(node)
    return node
  }

  /** A client that hears of the DHT when `online` is called. */
  addClient(longTerm = identity(this.crypto, this.random)): Client {
    const dht = identity(this.crypto, this.random)
    const source = this.source()
    source.connected = false
    const client = new OnionClient({ crypto: this.crypto, random: this.random, dht, longTerm, nodes: source })
    const at = endpoint(this.#hosts.size + 1)
    const host: Client = { endpoint: at, engines: [client], events: [], client, dht, longTerm, source }
    this.#hosts.set(at.text, host)
    return host
  }

  online(client: Client): void {
    client.source.connected = true
    client.client.dhtConnected(this.now, true)
    this.pump()
  }

  befriend(a: Client, b: Client): void {
    a.client.addFriend(this.now, b.longTerm.publicKey)
    b.client.addFriend(this.now, a.longTerm.publicKey)
    this.pump()
  }

  source(): NodeSource & { connected: boolean } {
    const all = (count: number) => this.nodes.slice(0, count).map(({ info }) => info)
    return {
      connected: true,
      reaches: () => true,
      closest: (_key, count, opts) =>
        all(this.nodes.length)
          .filter(node => opts?.lan || addressScope(node.endpoint.ip) === 'global')
          .slice(0, count),
      randomNodes: all,
      closeNodes: all,
    }
  }

  remove(host: Host): void {
    this.#hosts.delete(host.endpoint.text)
    const index = this.nodes.indexOf(host as Node)
    if (index >= 0) this.nodes.splice(index, 1)
  }

  deliver(from: Endpoint, datagram: Datagram): void {
    if (!this.filter(from, datagram)) return
    const kind = datagram.data[0]!
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    const host = this.#hosts.get(datagram.to.text)
    host?.engines.some(engine => engine.handleDatagram(this.now, from, datagram.data))
  }

  /** Delivers until all is silent. */
  pump(): void {
    for (let rounds = 0, busy = true; busy; rounds++) {
      if (rounds > 10_000) throw new Error('the network does not fall silent')
      busy = false
      for (const host of [...this.#hosts.values()]) {
        for (const engine of host.engines) {
          for (let output = engine.poll(); output; output = engine.poll()) {
            busy = true
            if (output.type === 'datagram')
              this.deliver(host.endpoint, { ...output, data: output.data.slice() })
            else host.events.push(output)
          }
        }
      }
    }
  }

  /** Lets time pass. */
  run(milliseconds: number): void {
    const end = this.now + milliseconds
    for (;;) {
      const engines = [...this.#hosts.values()].flatMap(host => host.engines)
      const next = Math.min(...engines.map(engine => engine.deadline()))
      if (next > end) break
      this.now = Math.max(this.now, next)
      for (const engine of engines) engine.tick(this.now)
      this.pump()
    }
    this.now = end
  }

  sent(): number {
    let sum = 0
    for (const count of this.counts.values()) sum += count
    return sum
  }
}

export function events<T extends OnionClientOutput['type']>(
  host: Host,
  type: T,
): Extract<OnionClientOutput, { type: T }>[] {
  return host.events.filter((event): event is Extract<OnionClientOutput, { type: T }> => event.type === type)
}
