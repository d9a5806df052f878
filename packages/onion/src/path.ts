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

/** Of the first to the third node. */
type Keys = readonly [KeyHandle, KeyHandle, KeyHandle]

export class OnionPath {
  /** Its low part (modulo NUMBER_ONION_PATHS) is the slot of the path, the rest tells it from its predecessors. */
  readonly number: number
  readonly createdAt: Instant
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #nodes: readonly NodeInfo[]
  readonly #keys: Keys
  /** The beginning of every packet as it is before it is sealed, without nonce and destination. */
  readonly #head: Uint8Array
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
    const { crypto, random, dht, nodes } = options
    // Ours at the first hop, and at the others one that nobody has seen.
    const senders = nodes.map((_, i) => (i === 0 ? dht : temporaryIdentity(crypto, random)))
    const keys = crypto.deriveKeys(nodes.map((node, i) => [senders[i]!.secret, node.publicKey]))
    for (const { secret } of senders.slice(1)) crypto.dropSecret(secret)
    const bad = keys.indexOf(undefined)
    if (bad !== -1) {
      for (const key of keys) if (key !== undefined) crypto.dropKey(key)
      return { badNode: nodes[bad]! }
    }
    return new OnionPath(now, number, {
      crypto,
      random,
      nodes,
      keys: keys as KeyHandle[] as [KeyHandle, KeyHandle, KeyHandle],
      head: packetHead(
        senders.map(({ publicKey }) => publicKey),
        nodes,
      ),
    })
  }

  private constructor(
    now: Instant,
    number: number,
    parts: {
      readonly crypto: Crypto
      readonly random: Random
      readonly nodes: readonly NodeInfo[]
      readonly keys: Keys
      readonly head: Uint8Array
    },
  ) {
    this.number = number
    this.createdAt = now
    this.#usedAt = now
    this.#answeredAt = now
    this.#crypto = parts.crypto
    this.#random = parts.random
    this.#nodes = parts.nodes
    this.#keys = parts.keys
    this.#head = parts.head
  }

  /** Where wrapped packets are sent. */
  get entry(): Endpoint {
    return this.#nodes[0]!.endpoint
  }

  get nodes(): readonly NodeInfo[] {
    return this.#nodes
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
    packet.set(this.#head)
    this.#random.fill(packet.subarray(1, 1 + NONCE_SIZE))
    packet.set(encode(paddedAddress, { protocol: 'udp', endpoint: to }), addressAt(ONION_PATH_LENGTH - 1))
    packet.set(data, ONION_WRAPPING)
    this.#crypto.wrapOnion(this.#keys, packet)
    return packet
  }

  /** Wipes its keys. It must not be used any more. */
  drop(): void {
    for (const key of this.#keys) this.#crypto.dropKey(key)
  }
}

/** Where the layer begins that is for node `hop`, with a public key. */
function layerAt(hop: number): number {
  return 1 + NONCE_SIZE + hop * ONION_SEND_BASE
}

/** Where the address is to which node `hop` passes the packet. */
function addressAt(hop: number): number {
  return layerAt(hop) + KEY_SIZE + MAC_SIZE
}

function packetHead(publicKeys: readonly Uint8Array[], nodes: readonly NodeInfo[]): Uint8Array {
  const head = new Uint8Array(ONION_WRAPPING)
  head[0] = ONION_SEND_INITIAL
  for (let hop = 0; hop < ONION_PATH_LENGTH; hop++) {
    head.set(publicKeys[hop]!, layerAt(hop))
    const next = nodes[hop + 1]
    if (next) head.set(encode(paddedAddress, { protocol: 'udp', endpoint: next.endpoint }), addressAt(hop))
  }
  return head
}

function temporaryIdentity(crypto: Crypto, random: Random): Identity {
  const { publicKey, secretKey } = crypto.keyPair(random)
  const secret = crypto.addSecret(secretKey, 1)
  wipe(secretKey)
  return { publicKey, secret }
}
