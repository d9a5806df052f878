/**
 * A path: three nodes, of which each knows only the one before and the one after it (spec, "Onion"). Packets
 * for its end are wrapped in three layers, one for each node:
 *
 * | At | Length | Contents |
 * |----|--------|----------|
 * | 0 | 1 | 0x80 |
 * | 1 | 24 | nonce, of all three layers |
 * | 25 | 32 | our DHT public key |
 * | 57 | 16 | MAC of the layer for the first node; sealed by it: |
 * | 73 | 19 | IP_Port of the second node |
 * | 92 | 32 | temporary public key |
 * | 124 | 16 | MAC of the layer for the second node; sealed by it: |
 * | 140 | 19 | IP_Port of the third node |
 * | 159 | 32 | another temporary public key |
 * | 191 | 16 | MAC of the layer for the third node; sealed by it: |
 * | 207 | 19 | IP_Port of the destination |
 * | 226 | … | data |
 */
import {
  type Crypto,
  type Endpoint,
  encode,
  type Instant,
  KEY_SIZE,
  type KeyHandle,
  MAC_SIZE,
  NONCE_SIZE,
  type NodeInfo,
  paddedAddress,
  type Random,
  type SecretHandle,
  wipe,
} from '@ts-toxcore/core'
import {
  ONION_MAX_DATA_SIZE,
  ONION_PATH_FIRST_TIMEOUT,
  ONION_PATH_LENGTH,
  ONION_PATH_MAX_LIFETIME,
  ONION_PATH_MAX_NO_RESPONSE_USES,
  ONION_PATH_TIMEOUT,
  ONION_SEND_BASE,
  ONION_WRAPPING,
} from './constants.ts'
import { ONION_SEND_INITIAL } from './packets.ts'

/** A public key and the secret behind it. */
export interface Identity {
  readonly publicKey: Uint8Array
  readonly secret: SecretHandle
}

interface Hop {
  readonly node: NodeInfo
  /** Under which the layer is sealed: ours at the first hop, temporary at the others. */
  readonly publicKey: Uint8Array
  readonly key: KeyHandle
}

export class OnionPath {
  /** Its low part (modulo NUMBER_ONION_PATHS) is the slot of the path, the rest tells it from its predecessors. */
  readonly number: number
  readonly createdAt: Instant
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #hops: readonly Hop[]
  #usedAt: Instant
  #answeredAt: Instant
  /** Uses since the last answer. A new path begins half way to being given up. */
  #uses = ONION_PATH_MAX_NO_RESPONSE_USES / 2

  /** A node whose key is degenerate makes no path. */
  static create(
    now: Instant,
    number: number,
    options: { crypto: Crypto; random: Random; dht: Identity; nodes: readonly NodeInfo[] },
  ): OnionPath | { readonly badNode: NodeInfo } {
    const { crypto, random, dht } = options
    const hops: Hop[] = []
    for (const node of options.nodes) {
      const hop = hops.length === 0 ? knownHop(crypto, dht, node) : temporaryHop(crypto, random, node)
      if (hop === undefined) {
        for (const { key } of hops) crypto.dropKey(key)
        return { badNode: node }
      }
      hops.push(hop)
    }
    return new OnionPath(now, number, crypto, random, hops)
  }

  private constructor(now: Instant, number: number, crypto: Crypto, random: Random, hops: readonly Hop[]) {
    this.number = number
    this.createdAt = now
    this.#usedAt = now
    this.#answeredAt = now
    this.#crypto = crypto
    this.#random = random
    this.#hops = hops
  }

  /** Where wrapped packets are sent. */
  get entry(): Endpoint {
    return this.#hops[0]!.node.endpoint
  }

  get nodes(): NodeInfo[] {
    return this.#hops.map(({ node }) => node)
  }

  /** Whether it ever carried an answer. */
  get proven(): boolean {
    return this.#answeredAt !== this.createdAt
  }

  /** Used several times in vain, but not yet given up. */
  get doubtful(): boolean {
    return this.#uses >= ONION_PATH_MAX_NO_RESPONSE_USES
  }

  /** Whether it carried an answer (or was made) lately. */
  isFresh(now: Instant): boolean {
    return now < this.#answeredAt + ONION_PATH_TIMEOUT
  }

  /** When it is given up unless something happens. */
  get end(): Instant {
    const age = this.createdAt + ONION_PATH_MAX_LIFETIME
    if (!this.doubtful) return age
    return Math.min(age, this.#usedAt + (this.proven ? ONION_PATH_TIMEOUT : ONION_PATH_FIRST_TIMEOUT))
  }

  /** As `path_is_stable`: it has lasted, and its last uses were answered. */
  isStable(now: Instant, age: number): boolean {
    return now >= this.createdAt + age && !(this.#uses > 0 && now >= this.#usedAt + ONION_PATH_TIMEOUT)
  }

  used(now: Instant): void {
    if (!this.doubtful) this.#usedAt = now
    this.#uses++
  }

  answered(now: Instant): void {
    this.#answeredAt = now
    this.#uses = 0
  }

  /** The datagram for `entry` by which `data` (1 … ONION_MAX_DATA_SIZE bytes) reaches `to`. */
  wrap(to: Endpoint, data: Uint8Array): Uint8Array {
    if (data.length === 0 || data.length > ONION_MAX_DATA_SIZE) {
      throw new RangeError(`data: expected 1–${ONION_MAX_DATA_SIZE} bytes, got ${data.length}`)
    }
    const packet = new Uint8Array(ONION_WRAPPING + data.length)
    const nonce = packet.subarray(1, 1 + NONCE_SIZE)
    packet[0] = ONION_SEND_INITIAL
    this.#random.fill(nonce)
    packet.set(data, ONION_WRAPPING)
    // From the innermost layer outwards, in place. A layer: public key, MAC, then sealed an address and the rest.
    let destination = to
    for (let i = ONION_PATH_LENGTH - 1; i >= 0; i--) {
      const { key, node, publicKey } = this.#hops[i]!
      const layer = 1 + NONCE_SIZE + i * ONION_SEND_BASE
      const box = packet.subarray(layer + KEY_SIZE)
      packet.set(publicKey, layer)
      box.set(encode(paddedAddress, { protocol: 'udp', endpoint: destination }), MAC_SIZE)
      this.#crypto.seal(key, nonce, box.subarray(MAC_SIZE), box)
      destination = node.endpoint
    }
    return packet
  }

  /** Wipes its keys. It must not be used any more. */
  drop(): void {
    for (const { key } of this.#hops) this.#crypto.dropKey(key)
  }
}

function knownHop(crypto: Crypto, dht: Identity, node: NodeInfo): Hop | undefined {
  const key = crypto.deriveKey(dht.secret, node.publicKey)
  return key && { node, publicKey: dht.publicKey, key }
}

function temporaryHop(crypto: Crypto, random: Random, node: NodeInfo): Hop | undefined {
  const pair = crypto.keyPair(random)
  const secret = crypto.addSecret(pair.secretKey, 1)
  wipe(pair.secretKey)
  const key = crypto.deriveKey(secret, node.publicKey)
  crypto.dropSecret(secret)
  return key && { node, publicKey: pair.publicKey, key }
}
