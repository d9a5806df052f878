/** A host of the simulator that runs a NetCrypto and accepts whoever comes, unless told otherwise. */
import type { Crypto, KeyPair } from '@ts-toxcore/core'
import { type EventOf, type Host, type LinkOptions, Simulation } from '@ts-toxcore/sim'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { NetCrypto, type NetCryptoOutput } from '../src/index.ts'

type NetCryptoEvent = EventOf<NetCrypto>

export class Peer {
  readonly sim: Simulation
  readonly host: Host
  readonly crypto: Crypto
  readonly longTerm: KeyPair
  dht: KeyPair
  engine: NetCrypto
  /** Of the session reported last. */
  id: number | undefined
  accepts = true
  /** The numbers in the lossless packets of `sendNumbers`, as they came. */
  readonly numbers: number[] = []
  readonly lossy: number[] = []
  onEvent: ((event: NetCryptoEvent) => void) | undefined

  constructor(sim: Simulation, name: string, crypto: Crypto, link?: LinkOptions) {
    this.sim = sim
    this.crypto = crypto
    this.host = sim.addHost(link ? { name, link } : { name })
    this.longTerm = crypto.keyPair(this.host.random)
    this.dht = crypto.keyPair(this.host.random)
    this.engine = this.#start()
  }

  get publicKey(): Uint8Array {
    return this.longTerm.publicKey
  }

  /** As a new process, with a DHT key of its own: all sessions are forgotten without a word. */
  restart(): void {
    this.host.stop()
    this.dht = this.crypto.keyPair(this.host.random)
    this.id = undefined
    this.engine = this.#start()
  }

  connect(to: Peer): number {
    this.id = this.host.do(now => this.engine.connect(now, to.publicKey, to.dht.publicKey, to.host.endpoint))
    return this.id
  }

  kill(): void {
    this.host.do(now => this.engine.kill(now, this.id!))
  }

  get isConnected(): boolean {
    return this.id !== undefined && this.engine.isConnected(this.id)
  }

  send(payload: Uint8Array): number | undefined {
    return this.host.do(now => this.engine.send(now, this.id!, payload))
  }

  sendLossy(payload: Uint8Array): boolean {
    return this.host.do(now => this.engine.sendLossy(now, this.id!, payload))
  }

  /** Sends a packet for each number in [from, to), `size` bytes long. */
  sendNumbers(from: number, to: number, size = 20): void {
    for (let number = from; number < to; number++) {
      if (this.send(numbered(160, number, size)) === undefined) throw new Error(`send ${number}: refused`)
    }
  }

  events(type: NetCryptoOutput['type']): unknown[] {
    return this.host.eventsOf(type).map(event => event.output)
  }

  #start(): NetCrypto {
    const { crypto, longTerm, dht, host } = this
    const engine = new NetCrypto({
      crypto,
      random: host.random,
      longTerm: { publicKey: longTerm.publicKey, secret: crypto.addSecret(longTerm.secretKey, 64) },
      dht: { publicKey: dht.publicKey, secret: crypto.addSecret(dht.secretKey, 64) },
    })
    return host.start(engine, event => this.#handle(event))
  }

  #handle(event: NetCryptoEvent): void {
    if (event.type === 'incoming' && this.accepts) {
      this.id = this.host.do(now => this.engine.accept(now, event.token)) ?? this.id
    }
    if (event.type === 'established') this.id = event.id
    if (event.type === 'data' && event.data[0] === 160) this.numbers.push(numberOf(event.data))
    if (event.type === 'lossy') this.lossy.push(numberOf(event.data))
    this.onEvent?.(event)
  }
}

export function numbered(packetId: number, number: number, size = 20): Uint8Array {
  const payload = new Uint8Array(size).fill(number & 0xff)
  payload[0] = packetId
  new DataView(payload.buffer).setUint32(1, number)
  return payload
}

function numberOf(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset).getUint32(1)
}

export function twoPeers(seed: string, link: LinkOptions = {}): { sim: Simulation; alice: Peer; bob: Peer } {
  const sim = new Simulation({ seed, link, logLimit: 0, eventLimit: 1_000_000 })
  const crypto = testCrypto()
  return { sim, alice: new Peer(sim, 'alice', crypto), bob: new Peer(sim, 'bob', crypto) }
}

/** Two peers with a session. */
export function connectedPeers(seed: string, link: LinkOptions = {}) {
  const peers = twoPeers(seed, link)
  peers.alice.connect(peers.bob)
  const isConnected = () => peers.alice.isConnected && peers.bob.isConnected
  if (!peers.sim.runUntil(isConnected, 10_000)) throw new Error('no session')
  return peers
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
