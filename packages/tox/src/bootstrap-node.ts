import {
  type Crypto,
  type Endpoint,
  expectInteger,
  type KeyPair,
  PUBLIC_KEY_SIZE,
  utf8,
} from '@ts-toxcore/core'
import type { DhtOutput } from '@ts-toxcore/dht'
import { type Hexable, plainBytes, toBytes } from './arguments.ts'
import { DhtNode } from './dht-node.ts'
import { createNodeCrypto, createNodeRandom, nodeClock, openUdp, resolveHost } from './node-driver.ts'
import { Runner, type Transport } from './runner.ts'

export interface BootstrapNodeOptions {
  readonly ports: readonly [from: number, to: number]
  readonly ipv6: boolean
  /** The node's DHT key pair (copied): its public key is what people put into their lists. */
  readonly keyPair: KeyPair
  /** Message of the day, at most 255 bytes of UTF-8. */
  readonly motd: string
  readonly crypto?: Crypto
}

/** What bootstrap info answers as our version (spec, "Bootstrap Info"): a date, as tox-bootstrapd does. */
const BOOTSTRAP_INFO_VERSION = 2026112000
/** tox-bootstrapd sends its C string with the zero byte at the end, and readers may count on it. */
const END_OF_MOTD = '\0'
/** Of a node that serves many strangers: one derived key for each. */
const CACHED_KEYS = 4096

/** A DHT bootstrap node in Node: it answers, relays onion packets, stores announcements, and wants nothing itself. */
export class BootstrapNode {
  readonly publicKey: Uint8Array
  readonly port: number
  readonly #node: DhtNode
  readonly #transport: Transport & { readonly ipv6: boolean }
  readonly #runner: Runner<Exclude<DhtOutput, { type: 'datagram' }>>
  readonly #dropSecret: () => void
  #closed: Promise<void> | undefined
  #sent = 0
  #received = 0

  /** Binds the port; rejects with ToxError `NEW_PORT_ALLOC` if none is free. */
  static async start(options: BootstrapNodeOptions): Promise<BootstrapNode> {
    let deliver: (from: Endpoint, data: Uint8Array) => void = () => {}
    const transport = await openUdp({
      ports: options.ports,
      ipv6: options.ipv6,
      onDatagram: (from, data) => deliver(from, data),
    })
    try {
      const node = new BootstrapNode(options, transport)
      deliver = (from, data) => node.#handleDatagram(from, data)
      return node
    } catch (error) {
      await transport.close()
      throw error
    }
  }

  private constructor(options: BootstrapNodeOptions, transport: Transport & { readonly ipv6: boolean }) {
    const crypto = options.crypto ?? createNodeCrypto()
    const secret = crypto.addSecret(options.keyPair.secretKey, CACHED_KEYS)
    this.publicKey = plainBytes('publicKey', options.keyPair.publicKey).slice()
    this.#dropSecret = () => crypto.dropSecret(secret)
    this.port = transport.port
    this.#transport = transport
    this.#node = new DhtNode({
      crypto,
      random: createNodeRandom(),
      publicKey: this.publicKey,
      secret,
      ipv6: transport.ipv6,
      bootstrapInfo: { version: BOOTSTRAP_INFO_VERSION, motd: utf8(`${options.motd}${END_OF_MOTD}`) },
    })
    this.#runner = new Runner(
      this.#node,
      nodeClock,
      (to, data) => {
        this.#sent++
        transport.send(to, data)
      },
      () => {},
    )
  }

  #handleDatagram(from: Endpoint, data: Uint8Array): void {
    this.#received++
    if (data.length > 0) this.#runner.handleDatagram(from, data)
  }

  /** Joins a network by another node. */
  async bootstrap(host: string, port: number, publicKey: Hexable): Promise<void> {
    const key = toBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    expectInteger('port', port, 1, 0xffff)
    const endpoints = await resolveHost(host, port, this.#transport.ipv6)
    if (this.#closed) return
    for (const endpoint of endpoints) {
      this.#runner.run(now => this.#node.dht.bootstrap(now, endpoint, key))
    }
  }

  /** Packets so far, nodes known, bad packets by engine and reason. */
  get stats() {
    return {
      packets_received: this.#received,
      packets_sent: this.#sent,
      nodes: this.#node.dht.nodes(1024).length,
      dropped: this.#node.dropped,
    }
  }

  /** Calling it again is harmless. */
  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    this.#runner.stop()
    await this.#transport.close()
    this.#node.dispose()
    this.#dropSecret()
  }
}
