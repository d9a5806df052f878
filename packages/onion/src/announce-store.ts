/**
 * The end of the onion (spec, "Announce Request"): every node keeps announcements of strangers, tells those who
 * search them where else to look and with which key to seal data for them, and passes that data on.
 * Who announces itself must first fetch a ping id with an unauthorised request, so a return path is only kept if it works.
 */
import {
  type Crypto,
  compareDistance,
  concatBytes,
  type Datagram,
  type Decoded,
  DropCounter,
  decode,
  type Endpoint,
  type Engine,
  encode,
  equalBytes,
  type Instant,
  KeyBudget,
  KeyMap,
  MAC_SIZE,
  NEVER,
  NONCE_SIZE,
  ONION_MAX_PACKET_SIZE,
  paddedAddress,
  Queue,
  type Random,
  randomBytes,
  type SecretHandle,
} from '@ts-toxcore/core'
import { isLan, isSendable } from './addresses.ts'
import {
  MAX_SENT_NODES,
  ONION_ANNOUNCE_MAX_ENTRIES,
  ONION_ANNOUNCE_TIMEOUT,
  ONION_MAX_EXTRA_DATA_SIZE,
  ONION_RETURN_3,
} from './constants.ts'
import { GroupAnnounceStore } from './group-announce-store.ts'
import type { NodeSource } from './node-source.ts'
import {
  ANNOUNCE_REQUEST,
  ANNOUNCE_REQUEST_OLD,
  ANNOUNCE_REQUEST_SIZE,
  ANNOUNCE_RESPONSE,
  ANNOUNCE_RESPONSE_OLD,
  type AnnounceRequest,
  type AnnounceRequestContents,
  announceRequest,
  announceRequestContents,
  announceResponse,
  announceResponseContents,
  dataRequest,
  ONION_DATA_REQUEST,
  ONION_DATA_RESPONSE,
  ONION_RECV_3,
  packNodes,
} from './packets.ts'
import { TimedAuth } from './timed-auth.ts'

/** An announcement: how to seal data for somebody and the path that leads there. */
interface Entry {
  readonly publicKey: Uint8Array
  readonly dataPublicKey: Uint8Array
  /** The last hop of the path, and the sealed return addresses (ONION_RETURN_3 bytes) for it. */
  readonly via: Endpoint
  readonly returnAddresses: Uint8Array
  readonly until: Instant
}

export type AnnounceStoreDrop =
  | 'malformed'
  | 'not_authentic'
  /** From a public key that we do not know, and too many of them came. */
  | 'key_budget'
  | 'unknown_target'
  /** An announce request from where no answer can be sent: port 0, say. */
  | 'bad_address'

export interface AnnounceStoreOptions {
  readonly crypto: Crypto
  readonly random: Random
  /** Our DHT key pair. */
  readonly publicKey: Uint8Array
  readonly secret: SecretHandle
  readonly nodes: NodeSource
  /** Shared with others. */
  readonly keyBudget?: KeyBudget
}

export class AnnounceStore implements Engine<Datagram> {
  readonly drops = new DropCounter<AnnounceStoreDrop>()
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #publicKey: Uint8Array
  readonly #secret: SecretHandle
  readonly #nodes: NodeSource
  readonly #budget: KeyBudget
  readonly #pingIds: TimedAuth
  readonly #entries = new KeyMap<Entry>()
  readonly #groups = new GroupAnnounceStore()
  readonly #outputs = new Queue<Datagram>()

  constructor(options: AnnounceStoreOptions) {
    this.#crypto = options.crypto
    this.#random = options.random
    this.#publicKey = options.publicKey.slice()
    this.#secret = options.secret
    this.#nodes = options.nodes
    this.#budget = options.keyBudget ?? new KeyBudget(options.crypto)
    this.#pingIds = new TimedAuth(options.crypto, options.random, ONION_ANNOUNCE_TIMEOUT)
  }

  /** Announcements that are kept, expired ones included; at most ONION_ANNOUNCE_MAX_ENTRIES. */
  get size(): number {
    return this.#entries.size
  }

  /** Groups whose announces are kept, expired ones included. */
  get groups(): number {
    return this.#groups.size
  }

  /** Whether `publicKey` is announced here. */
  has(now: Instant, publicKey: Uint8Array): boolean {
    return this.#find(now, publicKey) !== undefined
  }

  /** True if the packet is of a kind that nodes handle, even if it was dropped. */
  handleDatagram(now: Instant, from: Endpoint, data: Uint8Array): boolean {
    const isAnnounce = data[0] === ANNOUNCE_REQUEST || data[0] === ANNOUNCE_REQUEST_OLD
    if (!isAnnounce && data[0] !== ONION_DATA_REQUEST) return false
    const drop = isAnnounce ? this.#handleAnnounce(now, from, data) : this.#handleData(now, data)
    if (drop) this.drops.count(drop)
    return true
  }

  tick(): void {}

  /** What expires is replaced or ignored when somebody asks: no timer is needed. */
  deadline(): Instant {
    return NEVER
  }

  poll(): Datagram | undefined {
    return this.#outputs.shift()
  }

  #handleAnnounce(now: Instant, from: Endpoint, data: Uint8Array): AnnounceStoreDrop | undefined {
    const extra = data.length - ANNOUNCE_REQUEST_SIZE - ONION_RETURN_3
    const maxExtra = data[0] === ANNOUNCE_REQUEST ? ONION_MAX_EXTRA_DATA_SIZE : 0
    if (extra < 0 || extra > maxExtra) return 'malformed'
    if (!isSendable(from)) return 'bad_address'
    const request = decode(announceRequest, data.subarray(0, data.length - ONION_RETURN_3))
    if (request === undefined) return 'malformed'
    if (!this.#budget.admits(now, this.#secret, request.publicKey)) return 'key_budget'
    const plain = new Uint8Array(request.box.length - MAC_SIZE)
    if (!this.#crypto.openBox(this.#secret, request.publicKey, request.nonce, request.box, plain)) {
      return 'not_authentic'
    }
    const contents = decode(announceRequestContents, plain)
    if (contents === undefined) return 'malformed'
    // As c-toxcore: a malformed group announce refuses the request, before anything is stored.
    const announces = extra > 0 ? this.#groups.announce(now, contents.extra) : []
    if (announces === undefined) return 'malformed'

    const returnAddresses = data.subarray(data.length - ONION_RETURN_3)
    const bound = concatBytes(request.publicKey, encode(paddedAddress, { protocol: 'udp', endpoint: from }))
    const entry = this.#pingIds.verify(now, bound, contents.pingId)
      ? this.#store(now, from, request, contents, returnAddresses)
      : this.#find(now, contents.target)
    const answer = this.#answer(entry, request, contents, () => this.#pingIds.create(now, bound))
    this.#respond(from, returnAddresses, request, contents, answer, announces)
    return undefined
  }

  /** What the requester learns: that it is announced, the key of whom it searches, or how to announce itself. */
  #answer(
    entry: Entry | undefined,
    request: AnnounceRequest,
    contents: AnnounceRequestContents,
    pingId: () => Uint8Array,
  ): Pick<Decoded<typeof announceResponseContents>, 'stored' | 'pingIdOrKey'> {
    if (entry === undefined) return { stored: 0, pingIdOrKey: pingId() }
    if (!equalBytes(entry.publicKey, request.publicKey)) {
      return { stored: 1, pingIdOrKey: entry.dataPublicKey }
    }
    // Its own announcement, but perhaps one with another data key, from before a restart.
    const current = equalBytes(entry.dataPublicKey, contents.dataPublicKey)
    return { stored: current ? 2 : 0, pingIdOrKey: pingId() }
  }

  #respond(
    to: Endpoint,
    returnAddresses: Uint8Array,
    request: AnnounceRequest,
    contents: AnnounceRequestContents,
    answer: Pick<Decoded<typeof announceResponseContents>, 'stored' | 'pingIdOrKey'>,
    announces: readonly Uint8Array[],
  ): void {
    const nodes = this.#nodes
      .closest(contents.target, MAX_SENT_NODES, { lan: isLan(to) })
      .slice(0, MAX_SENT_NODES)
    const old = request.kind === ANNOUNCE_REQUEST_OLD
    const plain = encode(announceResponseContents, {
      ...answer,
      tail: concatBytes(old ? NOTHING : Uint8Array.of(nodes.length), packNodes(nodes), ...announces),
    })
    const nonce = randomBytes(this.#random, NONCE_SIZE)
    const box = new Uint8Array(plain.length + MAC_SIZE)
    if (!this.#crypto.sealBox(this.#secret, request.publicKey, nonce, plain, box)) return
    const kind = old ? ANNOUNCE_RESPONSE_OLD : ANNOUNCE_RESPONSE
    this.#send(
      to,
      returnAddresses,
      encode(announceResponse, { kind, sendback: contents.sendback, nonce, box }),
    )
  }

  #handleData(now: Instant, data: Uint8Array): AnnounceStoreDrop | undefined {
    const request =
      data.length > ONION_RETURN_3 && data.length <= ONION_MAX_PACKET_SIZE
        ? decode(dataRequest, data.subarray(0, data.length - ONION_RETURN_3))
        : undefined
    if (request === undefined) return 'malformed'
    const entry = this.#find(now, request.target)
    if (entry === undefined) return 'unknown_target'
    this.#send(entry.via, entry.returnAddresses, concatBytes(DATA_RESPONSE_KIND, request.body))
    return undefined
  }

  /** Sends a response back on a path of three hops. */
  #send(to: Endpoint, returnAddresses: Uint8Array, response: Uint8Array): void {
    this.#outputs.push({ type: 'datagram', to, data: concatBytes(RECV_3_KIND, returnAddresses, response) })
  }

  #find(now: Instant, publicKey: Uint8Array): Entry | undefined {
    const entry = this.#entries.get(publicKey)
    return entry && now < entry.until ? entry : undefined
  }

  /** Keeps the announcement; undefined if the store is full of closer ones. */
  #store(
    now: Instant,
    via: Endpoint,
    request: AnnounceRequest,
    contents: AnnounceRequestContents,
    returnAddresses: Uint8Array,
  ): Entry | undefined {
    const { publicKey } = request
    if (!this.#entries.has(publicKey) && this.#entries.size >= ONION_ANNOUNCE_MAX_ENTRIES) {
      const victim = this.#leastUseful(now)
      if (now < victim.until && compareDistance(this.#publicKey, publicKey, victim.publicKey) >= 0)
        return undefined
      this.#entries.delete(victim.publicKey)
    }
    const entry: Entry = {
      publicKey: publicKey.slice(),
      dataPublicKey: contents.dataPublicKey.slice(),
      via,
      returnAddresses: returnAddresses.slice(),
      until: now + ONION_ANNOUNCE_TIMEOUT,
    }
    this.#entries.set(publicKey, entry)
    return entry
  }

  /** An expired entry, else the one farthest from us: the one that searchers are least likely to look for here. */
  #leastUseful(now: Instant): Entry {
    let worst: Entry | undefined
    for (const entry of this.#entries.values()) {
      if (now >= entry.until) return entry
      if (worst === undefined || compareDistance(this.#publicKey, worst.publicKey, entry.publicKey) < 0)
        worst = entry
    }
    return worst!
  }
}

const NOTHING = new Uint8Array()
const DATA_RESPONSE_KIND = Uint8Array.of(ONION_DATA_RESPONSE)
const RECV_3_KIND = Uint8Array.of(ONION_RECV_3)
