// A simulated network of DHT nodes and peers, for tests and benchmarks.
import { type Crypto, utf8 } from '@ts-toxcore/core'
import { type Host, type HostOptions, Simulation, type SimulationOptions } from '@ts-toxcore/sim'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { DhtNode } from '../src/dht-node.ts'
import { Stack, type StackEvent } from '../src/stack.ts'

export interface SimNode {
  readonly host: Host
  readonly node: DhtNode
  readonly publicKey: Uint8Array
}

export interface SimPeer {
  readonly host: Host
  readonly stack: Stack
  readonly publicKey: Uint8Array
  readonly nospam: Uint8Array
  /** All that the stack has reported so far. */
  readonly events: StackEvent[]
}

export class SimNetwork {
  readonly sim: Simulation
  /** Of all nodes and peers. */
  readonly crypto: Crypto
  readonly nodes: SimNode[] = []

  constructor(options: SimulationOptions, crypto = testCrypto()) {
    this.sim = new Simulation(options)
    this.crypto = crypto
  }

  addNode(options: HostOptions): SimNode {
    const host = this.sim.addHost(options)
    const keys = this.crypto.keyPair(host.random)
    const node = new DhtNode({
      crypto: this.crypto,
      random: host.random,
      publicKey: keys.publicKey,
      secret: this.crypto.addSecret(keys.secretKey, 1024),
    })
    host.start(node)
    const added = { host, node, publicKey: keys.publicKey }
    this.nodes.push(added)
    return added
  }

  addPeer(options: HostOptions): SimPeer {
    const host = this.sim.addHost(options)
    const longTerm = this.crypto.keyPair(host.random)
    const nospam = new Uint8Array(4)
    host.random.fill(nospam)
    const stack = new Stack({ crypto: this.crypto, random: host.random, longTerm, nospam })
    const events: StackEvent[] = []
    host.start(stack, output => events.push(withOwnBytes(output as StackEvent)))
    return { host, stack, publicKey: longTerm.publicKey, nospam, events }
  }

  /** `host` joins by a node. */
  join(joining: SimNode | SimPeer, by: SimNode): void {
    const { endpoint } = by.host
    joining.host.do(now => {
      if ('stack' in joining) joining.stack.bootstrap(now, endpoint, by.publicKey)
      else joining.node.dht.bootstrap(now, endpoint, by.publicKey)
    })
  }

  /** Both add each other; true once each sees the other online within `limit` ms. */
  befriend(a: SimPeer, b: SimPeer, limit: number): boolean {
    a.host.do(now => a.stack.do(now, messenger => messenger.friendAddNorequest(now, b.publicKey)))
    b.host.do(now => b.stack.do(now, messenger => messenger.friendAddNorequest(now, a.publicKey)))
    return this.sim.runUntil(() => isOnline(a) && isOnline(b), limit)
  }
}

export function isOnline(peer: SimPeer, friend = 0): boolean {
  return peer.stack.messenger.friendConnectionStatus(friend) !== 'none'
}

export function say(peer: SimPeer, text: string, friend = 0): number {
  return peer.host.do(now =>
    peer.stack.do(now, messenger => messenger.friendSendMessage(now, friend, 'normal', utf8(text))),
  )
}

/** Byte fields of an output are views that end with the next poll. */
function withOwnBytes(event: StackEvent): StackEvent {
  return Object.fromEntries(
    Object.entries(event).map(([field, value]) => [
      field,
      value instanceof Uint8Array ? value.slice() : value,
    ]),
  ) as unknown as StackEvent
}
