/** Nodes for the tests of this package. */
import { type Datagram, Endpoint, type NodeInfo, type Random, type SecretHandle } from '@ts-toxcore/core'
import type { Host, HostOptions, Simulation } from '@ts-toxcore/sim'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { Dht, type DhtOptions } from '../src/index.ts'
import type { DhtOutput } from '../src/outputs.ts'
import { PacketBox } from '../src/packet-box.ts'

export const crypto = testCrypto()

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

export function node(publicKey: Uint8Array, at: Endpoint): NodeInfo {
  return { protocol: 'udp', publicKey, endpoint: at }
}

/** A key whose first bytes are given: for tests of distances. */
export function key(...first: number[]): Uint8Array {
  const bytes = new Uint8Array(32)
  bytes.set(first)
  return bytes
}

export function createDht(random: Random, options: Partial<DhtOptions> = {}): Dht {
  return new Dht({ crypto, random, ...identity(random), ...options })
}

/** Seals and opens packets as somebody of its own: what tests send to a Dht. */
export function createBox(random: Random): PacketBox {
  return new PacketBox({ crypto, random, ...identity(random) })
}

/** Everything that `dht` has to say by now. */
export function outputs(dht: Dht): DhtOutput[] {
  const all: DhtOutput[] = []
  for (let output = dht.poll(); output; output = dht.poll()) all.push(output)
  return all
}

export function datagrams(dht: Dht): Datagram[] {
  return outputs(dht).filter(output => output.type === 'datagram')
}

export interface Peer {
  readonly host: Host
  readonly dht: Dht
  readonly publicKey: Uint8Array
}

export function addPeer(sim: Simulation, options: HostOptions, dhtOptions: Partial<DhtOptions> = {}): Peer {
  const host = sim.addHost(options)
  const dht = host.start(createDht(host.random, dhtOptions))
  return { host, dht, publicKey: dht.publicKey }
}

/** `count` peers of which all know the first one. */
export function addNetwork(sim: Simulation, count: number): Peer[] {
  const peers = Array.from({ length: count }, (_, i) => addPeer(sim, { name: `node ${i}` }))
  for (const peer of peers.slice(1)) join(peer, peers[0]!)
  return peers
}

export function join(peer: Peer, via: Peer): void {
  peer.host.do(now => peer.dht.bootstrap(now, via.host.endpoint, via.publicKey))
}
