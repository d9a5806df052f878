/** Sealing and opening of DHT packets and DHT requests with our DHT key pair. */
import {
  type Crypto,
  equalBytes,
  type Instant,
  KeyBudget,
  MAC_SIZE,
  NONCE_SIZE,
  PUBLIC_KEY_SIZE,
  type Random,
  type SecretHandle,
} from '@ts-toxcore/core'
import { DHT_PACKET_HEADER_SIZE, DHT_REQUEST_HEADER_SIZE, KIND } from './packets.ts'

export interface Opened {
  /** A copy. */
  readonly publicKey: Uint8Array
  readonly plain: Uint8Array
}

export class PacketBox {
  readonly publicKey: Uint8Array
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #secret: SecretHandle
  readonly #budget: KeyBudget
  readonly #isKnown: (publicKey: Uint8Array) => boolean

  constructor(options: {
    readonly crypto: Crypto
    readonly random: Random
    readonly publicKey: Uint8Array
    readonly secret: SecretHandle
    readonly keyBudget?: KeyBudget
    /** Nodes that are no strangers; fewer than the keys that the secret may keep, or they would be derived again and again. */
    readonly isKnown?: (publicKey: Uint8Array) => boolean
  }) {
    this.publicKey = options.publicKey.slice()
    this.#crypto = options.crypto
    this.#random = options.random
    this.#secret = options.secret
    this.#budget = options.keyBudget ?? new KeyBudget(options.crypto)
    this.#isKnown = options.isKnown ?? (() => false)
  }

  isUs(publicKey: Uint8Array): boolean {
    return equalBytes(publicKey, this.publicKey)
  }

  /** A DHT packet; undefined if `to` is our own or a degenerate key. */
  seal(kind: number, to: Uint8Array, plain: Uint8Array): Uint8Array | undefined {
    const packet = new Uint8Array(DHT_PACKET_HEADER_SIZE + MAC_SIZE + plain.length)
    packet[0] = kind
    packet.set(this.publicKey, 1)
    return this.#seal(packet, DHT_PACKET_HEADER_SIZE, to, plain)
  }

  /** Several are about to be written to: their keys are cheaper to derive together. */
  prepare(publicKeys: readonly Uint8Array[]): void {
    if (publicKeys.length > 1) this.#crypto.cacheKeys(this.#secret, publicKeys)
  }

  /** Whether a DHT packet that nobody asked for may be opened: too many strangers' keys are not derived. */
  admits(now: Instant, packet: Uint8Array): boolean {
    return this.#admits(now, this.sender(packet))
  }

  /** As `admits`, of a DHT request. */
  admitsRequest(now: Instant, packet: Uint8Array): boolean {
    return this.#admits(now, packet.subarray(1 + PUBLIC_KEY_SIZE, 1 + 2 * PUBLIC_KEY_SIZE))
  }

  /** Who claims to have sent a DHT packet: a view. */
  sender(packet: Uint8Array): Uint8Array {
    return packet.subarray(1, 1 + PUBLIC_KEY_SIZE)
  }

  /** Undefined if the packet comes from ourselves or is not authentic. */
  open(packet: Uint8Array): Opened | undefined {
    return this.#open(packet, DHT_PACKET_HEADER_SIZE)
  }

  /** A DHT request packet for `to`, whoever carries it there. */
  sealRequest(to: Uint8Array, plain: Uint8Array): Uint8Array | undefined {
    const packet = new Uint8Array(DHT_REQUEST_HEADER_SIZE + MAC_SIZE + plain.length)
    packet[0] = KIND.dhtRequest
    packet.set(to, 1)
    packet.set(this.publicKey, 1 + PUBLIC_KEY_SIZE)
    return this.#seal(packet, DHT_REQUEST_HEADER_SIZE, to, plain)
  }

  openRequest(packet: Uint8Array): Opened | undefined {
    return this.#open(packet, DHT_REQUEST_HEADER_SIZE)
  }

  /** In a flood the keys of nodes that we know are evicted, too; to stay in their lists we must go on answering them. */
  #admits(now: Instant, sender: Uint8Array): boolean {
    return this.#isKnown(sender) || this.#budget.admits(now, this.#secret, sender)
  }

  #seal(packet: Uint8Array, headerSize: number, to: Uint8Array, plain: Uint8Array): Uint8Array | undefined {
    if (this.isUs(to)) return undefined
    const nonce = packet.subarray(headerSize - NONCE_SIZE, headerSize)
    this.#random.fill(nonce)
    return this.#crypto.sealBox(this.#secret, to, nonce, plain, packet.subarray(headerSize))
      ? packet
      : undefined
  }

  /** Both headers end with the sender's key and the nonce. */
  #open(packet: Uint8Array, headerSize: number): Opened | undefined {
    const nonceAt = headerSize - NONCE_SIZE
    const publicKey = packet.slice(nonceAt - PUBLIC_KEY_SIZE, nonceAt)
    if (packet.length < headerSize + MAC_SIZE || this.isUs(publicKey)) return undefined
    const plain = new Uint8Array(packet.length - headerSize - MAC_SIZE)
    const nonce = packet.subarray(nonceAt, headerSize)
    const authentic = this.#crypto.openBox(this.#secret, publicKey, nonce, packet.subarray(headerSize), plain)
    return authentic ? { publicKey, plain } : undefined
  }
}
