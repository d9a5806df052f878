/**
 * The middle of the onion (spec, "Onion"): every node forwards packets of strangers, one layer further out or one
 * return address back. It keeps no state for them: the way back travels with the packet, as addresses sealed with
 * a key that only this node has.
 *
 *   sender → 0x80 → node 1 → 0x81 → node 2 → 0x82 → node 3 → 0x83 0x85 0x87 → destination
 *   sender ← 0x84 0x86 0x88 ← node 1 ← 0x8e ← node 2 ← 0x8d ← node 3 ← 0x8c ← destination
 */
import {
  type Crypto,
  type Datagram,
  DropCounter,
  decode,
  type Endpoint,
  type Engine,
  encode,
  type Instant,
  KEY_SIZE,
  KeyBudget,
  type KeyHandle,
  MAC_SIZE,
  NEVER,
  NONCE_SIZE,
  ONION_MAX_PACKET_SIZE,
  PADDED_ADDRESS_SIZE,
  paddedAddress,
  Queue,
  type Random,
  randomBytes,
  type SecretHandle,
  wipe,
} from '@ts-toxcore/core'
import { isSendable, mayForward } from './addresses.ts'
import {
  KEY_REFRESH_INTERVAL,
  ONION_RETURN_1,
  ONION_RETURN_2,
  ONION_RETURN_3,
  ONION_SEND_BASE,
} from './constants.ts'
import {
  ANNOUNCE_REQUEST,
  ANNOUNCE_REQUEST_OLD,
  ANNOUNCE_RESPONSE,
  ANNOUNCE_RESPONSE_OLD,
  ONION_DATA_REQUEST,
  ONION_DATA_RESPONSE,
  ONION_RECV_1,
  ONION_RECV_2,
  ONION_RECV_3,
  ONION_SEND_1,
  ONION_SEND_2,
  ONION_SEND_INITIAL,
} from './packets.ts'

/** What happens to a packet at a hop. */
interface Hop {
  /** Return addresses at the end (outwards) or the beginning (back) of the packet, in bytes. */
  readonly returnSize: number
  /** The kind of the packet that is sent on; undefined where the payload goes out bare. */
  readonly next: number | undefined
  /** Layers that must still be in the packet. */
  readonly layers: number
}

const OUTWARDS: ReadonlyMap<number, Hop> = new Map([
  [ONION_SEND_INITIAL, { returnSize: 0, next: ONION_SEND_1, layers: 3 }],
  [ONION_SEND_1, { returnSize: ONION_RETURN_1, next: ONION_SEND_2, layers: 2 }],
  [ONION_SEND_2, { returnSize: ONION_RETURN_2, next: undefined, layers: 1 }],
])
const BACK: ReadonlyMap<number, Hop> = new Map([
  [ONION_RECV_3, { returnSize: ONION_RETURN_3, next: ONION_RECV_2, layers: 0 }],
  [ONION_RECV_2, { returnSize: ONION_RETURN_2, next: ONION_RECV_1, layers: 0 }],
  [ONION_RECV_1, { returnSize: ONION_RETURN_1, next: undefined, layers: 0 }],
])

/** Nothing else may leave the onion: it must not be a way to send arbitrary packets in another's name. */
const REQUESTS: readonly number[] = [ANNOUNCE_REQUEST, ANNOUNCE_REQUEST_OLD, ONION_DATA_REQUEST]
const RESPONSES: readonly number[] = [ANNOUNCE_RESPONSE, ANNOUNCE_RESPONSE_OLD, ONION_DATA_RESPONSE]

export type OnionRelayDrop =
  | 'malformed'
  | 'not_authentic'
  /** From a public key that we do not know, and too many of them came. */
  | 'key_budget'
  | 'forbidden_kind'
  /**
   * A next hop that UDP cannot reach (port 0, a multicast address, a client of a TCP relay), or one in our own network
   * for a packet that came from outside. c-toxcore would send it there.
   */
  | 'bad_address'

export interface OnionRelayOptions {
  readonly crypto: Crypto
  readonly random: Random
  /** Our DHT secret key. */
  readonly secret: SecretHandle
  /** Shared with others. */
  readonly keyBudget?: KeyBudget
}

export class OnionRelay implements Engine<Datagram> {
  readonly drops = new DropCounter<OnionRelayDrop>()
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #secret: SecretHandle
  readonly #budget: KeyBudget
  readonly #outputs = new Queue<Datagram>()
  /** One packet's return addresses. */
  readonly #scratch = new Uint8Array(ONION_RETURN_3)
  readonly #from = new Uint8Array(NONCE_SIZE + PADDED_ADDRESS_SIZE)
  #returnKey: KeyHandle | undefined
  #returnKeyUntil: Instant = Number.NEGATIVE_INFINITY

  constructor(options: OnionRelayOptions) {
    this.#crypto = options.crypto
    this.#random = options.random
    this.#secret = options.secret
    this.#budget = options.keyBudget ?? new KeyBudget(options.crypto)
  }

  /** True if the packet is of a kind that relays handle, even if it was dropped. */
  handleDatagram(now: Instant, from: Endpoint, data: Uint8Array): boolean {
    const outwards = OUTWARDS.get(data[0]!)
    const back = BACK.get(data[0]!)
    if (outwards === undefined && back === undefined) return false
    const drop = outwards ? this.#forward(now, from, data, outwards) : this.#return(now, data, back!)
    if (drop) this.drops.count(drop)
    return true
  }

  tick(): void {}

  deadline(): Instant {
    return NEVER
  }

  poll(): Datagram | undefined {
    return this.#outputs.shift()
  }

  /** Wipes the key of its return addresses. */
  dispose(): void {
    if (this.#returnKey !== undefined) this.#crypto.dropKey(this.#returnKey)
    this.#returnKey = undefined
  }

  /** Removes one layer and adds one return address. */
  #forward(now: Instant, from: Endpoint, data: Uint8Array, hop: Hop): OnionRelayDrop | undefined {
    const least = 1 + NONCE_SIZE + hop.layers * ONION_SEND_BASE + hop.returnSize
    if (data.length <= least || data.length > ONION_MAX_PACKET_SIZE) return 'malformed'

    const publicKey = data.subarray(1 + NONCE_SIZE, 1 + NONCE_SIZE + KEY_SIZE)
    if (!this.#budget.admits(now, this.#secret, publicKey)) return 'key_budget'

    const { peeled } = this.#crypto
    const wayBack = this.#wayBack(from)
    if (!this.#crypto.peelOnion(this.#secret, this.#currentReturnKey(now), data, wayBack)) {
      return 'not_authentic'
    }
    const to = destination(peeled.address)
    if (to === undefined || !mayForward(from, to)) return 'bad_address'
    if (hop.next === undefined && !REQUESTS.includes(peeled.kind)) return 'forbidden_kind'
    this.#outputs.push({ type: 'datagram', to, data: peeled.packet.slice() })
    return undefined
  }

  /** Removes one return address and follows it. */
  #return(now: Instant, data: Uint8Array, hop: Hop): OnionRelayDrop | undefined {
    if (data.length <= 1 + hop.returnSize || data.length > ONION_MAX_PACKET_SIZE) {
      return 'malformed'
    }
    const payload = data.subarray(1 + hop.returnSize)
    if (!RESPONSES.includes(payload[0]!)) return 'forbidden_kind'

    const nonce = data.subarray(1, 1 + NONCE_SIZE)
    const box = data.subarray(1 + NONCE_SIZE, 1 + hop.returnSize)
    const plain = this.#scratch.subarray(0, box.length - MAC_SIZE)
    if (!this.#crypto.open(this.#currentReturnKey(now), nonce, box, plain)) {
      return 'not_authentic'
    }
    const to = destination(plain)
    if (to === undefined || !isSendable(to)) return 'bad_address'

    const inner = plain.subarray(PADDED_ADDRESS_SIZE)
    const head = hop.next === undefined ? 0 : 1
    const packet = new Uint8Array(head + inner.length + payload.length)
    if (hop.next !== undefined) packet[0] = hop.next
    packet.set(inner, head)
    packet.set(payload, head + inner.length)
    this.#outputs.push({ type: 'datagram', to, data: packet })
    return undefined
  }

  /** What `peelOnion` makes a return address of. */
  #wayBack(from: Endpoint): Uint8Array {
    this.#random.fill(this.#from.subarray(0, NONCE_SIZE))
    this.#from.set(encode(paddedAddress, { protocol: 'udp', endpoint: from }), NONCE_SIZE)
    return this.#from
  }

  /** Replaced when a packet comes and it is too old: an idle relay needs no timer. */
  #currentReturnKey(now: Instant): KeyHandle {
    if (this.#returnKey === undefined || now >= this.#returnKeyUntil) {
      if (this.#returnKey !== undefined) this.#crypto.dropKey(this.#returnKey)
      const key = randomBytes(this.#random, KEY_SIZE)
      this.#returnKey = this.#crypto.addKey(key)
      this.#returnKeyUntil = now + KEY_REFRESH_INTERVAL
      wipe(key)
    }
    return this.#returnKey
  }
}

function destination(plain: Uint8Array): Endpoint | undefined {
  const address = decode(paddedAddress, plain.subarray(0, PADDED_ADDRESS_SIZE))
  return address?.protocol === 'udp' ? address.endpoint : undefined
}
