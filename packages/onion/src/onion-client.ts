import {
  type Crypto,
  DropCounter,
  type Endpoint,
  type Engine,
  equalBytes,
  expectBytes,
  IdleKeys,
  type Instant,
  KeyBudget,
  KeyMap,
  NEVER,
  type NodeInfo,
  PUBLIC_KEY_SIZE,
  Queue,
  type Random,
  type SecretHandle,
  Timers,
  wipe,
} from '@ts-toxcore/core'
import { isLan } from './addresses.ts'
import { AnnounceRequests } from './announce-requests.ts'
import { OnionConnection } from './connection.ts'
import { CACHED_KEYS, MAX_PATH_NODES, ONION_CONNECTED_TIMEOUT, SEARCH_STAGGER } from './constants.ts'
import { DataSealer, decodeDhtKeyPacket, type OpenedData } from './data.ts'
import { FriendSearch } from './friend-search.ts'
import type { LookupName } from './lookup.ts'
import type { NodeSource } from './node-source.ts'
import { OnionFriend } from './onion-friend.ts'
import type { OnionClientOutput } from './outputs.ts'
import {
  ANNOUNCE_RESPONSE,
  ANNOUNCE_RESPONSE_OLD,
  DHTPK,
  MAX_ONION_DATA_SIZE,
  ONION_DATA_RESPONSE,
} from './packets.ts'
import type { Identity } from './path.ts'
import { PathNodes } from './path-nodes.ts'
import { PathPool } from './path-pool.ts'
import { SelfAnnounce } from './self-announce.ts'

export interface OnionClientOptions {
  readonly crypto: Crypto
  readonly random: Random
  readonly dht: Identity
  readonly longTerm: Identity
  readonly nodes: NodeSource
  /** Shared with others. */
  readonly keyBudget?: KeyBudget
}

export type OnionClientDrop =
  | 'malformed'
  /** An answer to nothing that we asked, or that came twice or too late. */
  | 'not_asked'
  | 'not_authentic'
  /** From a public key that we do not know, and too many of them came. */
  | 'key_budget'
  /** A DHT key packet of somebody who is no friend. */
  | 'stranger'
  /** A DHT key packet that is not newer than the last one. */
  | 'replay'

/** 'connection' looks whether we are still announced; the others are lookups. */
type TimerName = LookupName | 'connection'

/**
 * Our own use of the onion: announces us, searches friends, and exchanges with them what a connection needs
 * (README, "Client").
 */
export class OnionClient implements Engine<OnionClientOutput> {
  readonly drops = new DropCounter<OnionClientDrop>()
  readonly #options: OnionClientOptions
  readonly #dataSecret: SecretHandle
  readonly #idleKeys: IdleKeys
  readonly #sealer: DataSealer
  readonly #pathNodes: PathNodes
  readonly #friendPaths: PathPool
  readonly #requests: AnnounceRequests
  readonly #self: SelfAnnounce
  readonly #connection = new OnionConnection()
  readonly #friends = new KeyMap<OnionFriend>()
  readonly #friendsByName = new Map<number, OnionFriend>()
  readonly #timers = new Timers<TimerName>()
  readonly #outputs = new Queue<OnionClientOutput>()
  #names = 0
  #offlineSince: Instant = Number.NEGATIVE_INFINITY

  constructor(options: OnionClientOptions) {
    const { crypto, random, dht, longTerm, nodes } = options
    this.#options = options
    // A new key at every start: data that was sealed for an earlier run is not for us.
    const data = crypto.keyPair(random)
    this.#dataSecret = crypto.addSecret(data.secretKey, CACHED_KEYS)
    wipe(data.secretKey)
    this.#sealer = new DataSealer(crypto, random, longTerm, options.keyBudget ?? new KeyBudget(crypto))
    this.#idleKeys = new IdleKeys(crypto, [this.#dataSecret, longTerm.secret])
    this.#pathNodes = new PathNodes(random, nodes, dht.publicKey)
    const pool = { crypto, random, dht, nodes: this.#pathNodes }
    this.#friendPaths = new PathPool(pool)
    this.#requests = new AnnounceRequests(crypto, random, this.#outputs)
    this.#self = new SelfAnnounce({
      longTerm,
      dataPublicKey: data.publicKey,
      paths: new PathPool(pool),
      pathNodes: this.#pathNodes,
      requests: this.#requests,
    })
  }

  /** Whether at least half of the nodes that we announce ourselves to have confirmed it. */
  get connected(): boolean {
    return this.#connection.connected
  }

  /** Announce requests in flight; bounded. */
  get pendingRequests(): number {
    return this.#requests.size
  }

  /** Up to `limit` nodes that paths can be made of, for saving. */
  pathNodes(limit: number): NodeInfo[] {
    return this.#pathNodes.list(limit)
  }

  // ── From above ──

  /** A bootstrap node, or one that was saved. */
  addPathNode(now: Instant, node: NodeInfo): void {
    this.#pathNodes.addBootstrap(node)
    if (this.#pathNodes.size === 0) this.#advance(now, 'self')
  }

  addFriend(now: Instant, publicKey: Uint8Array): void {
    expectBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    if (this.#friends.has(publicKey)) return
    const { crypto, random, dht, nodes } = this.#options
    const search = new FriendSearch({
      name: this.#names++,
      crypto,
      random,
      publicKey,
      paths: this.#friendPaths,
      pathNodes: this.#pathNodes,
      requests: this.#requests,
    })
    const friend = new OnionFriend({
      search,
      sealer: this.#sealer,
      nodes,
      dhtPublicKey: dht.publicKey,
      outputs: this.#outputs,
    })
    this.#friends.set(publicKey, friend)
    this.#friendsByName.set(search.name, friend)
    this.#advance(now, search.name)
  }

  removeFriend(_now: Instant, publicKey: Uint8Array): void {
    const friend = this.#friends.get(publicKey)
    if (friend === undefined) return
    this.#friends.delete(publicKey)
    this.#friendsByName.delete(friend.search.name)
    this.#timers.clear(friend.search.name)
    friend.search.drop()
  }

  /** An online friend is not searched. One that goes offline is, as if it were new. */
  setFriendOnline(now: Instant, publicKey: Uint8Array, online: boolean): void {
    const friend = this.#friends.get(publicKey)
    if (friend === undefined) return
    friend.setOnline(now, online)
    this.#advance(now, friend.search.name)
  }

  /** The friend's DHT public key, if it became known otherwise than through us. */
  setFriendDhtKey(now: Instant, publicKey: Uint8Array, dhtPublicKey: Uint8Array): void {
    expectBytes('dhtPublicKey', dhtPublicKey, PUBLIC_KEY_SIZE)
    const friend = this.#friends.get(publicKey)
    if (friend === undefined) return
    friend.setDhtKey(dhtPublicKey)
    this.#advance(now, friend.search.name)
  }

  /**
   * Sends `data` (1 … MAX_ONION_DATA_SIZE bytes, the first is the kind) to a friend, once through each node that
   * knows it. Returns the number of packets sent: 0 if it was not found yet. Whether any arrives is not known.
   */
  sendData(now: Instant, publicKey: Uint8Array, data: Uint8Array): number {
    if (data.length === 0 || data.length > MAX_ONION_DATA_SIZE) {
      throw new RangeError(`data: expected 1–${MAX_ONION_DATA_SIZE} bytes, got ${data.length}`)
    }
    return this.#friends.get(publicKey)?.sendData(now, data) ?? 0
  }

  // ── From below ──

  /** True if the packet is of a kind that clients handle, even if it was dropped. */
  handleDatagram(now: Instant, from: Endpoint, data: Uint8Array): boolean {
    const isAnnounce = data[0] === ANNOUNCE_RESPONSE || data[0] === ANNOUNCE_RESPONSE_OLD
    if (!isAnnounce && data[0] !== ONION_DATA_RESPONSE) return false
    this.#idleKeys.used(now)
    const drop = isAnnounce ? this.#handleAnnounceResponse(now, from, data) : this.#handleData(now, data)
    if (drop) this.drops.count(drop)
    return true
  }

  /** A DHT request for us; true if its kind is ours. */
  handleDhtRequest(now: Instant, senderDhtPublicKey: Uint8Array, kind: number, data: Uint8Array): boolean {
    if (kind !== DHTPK) return false
    const opened = this.#sealer.openDhtRequest(data, publicKey => this.#friends.has(publicKey))
    const drop = typeof opened === 'string' ? opened : this.#handleDhtKey(now, opened, senderDhtPublicKey)
    if (drop) this.drops.count(drop)
    return true
  }

  /** A DHT node that answers. */
  nodeSeen(now: Instant, node: NodeInfo): void {
    if (!this.#pathNodes.add(node) || !this.#pathNodes.ready) return
    this.#self.offer(now, node)
    this.#advance(now, 'self')
    if (!this.connected) return
    for (const friend of this.#friends.values()) {
      if (this.#timers.get(friend.search.name) === NEVER) continue
      friend.search.offer(now, node)
      this.#advance(now, friend.search.name)
    }
  }

  dhtConnected(now: Instant, connected: boolean): void {
    if (!connected) return
    for (const node of this.#options.nodes.randomNodes(MAX_PATH_NODES)) this.#pathNodes.add(node)
    this.#self.restart()
    this.#advance(now, 'self')
    if (this.connected) this.#startFriends(now)
  }

  // ── Engine ──

  tick(now: Instant): void {
    for (let name = this.#timers.expired(now); name !== undefined; name = this.#timers.expired(now)) {
      if (name === 'connection') this.#updateConnection(now)
      else this.#advance(now, name)
    }
    this.#idleKeys.tick(now)
  }

  deadline(): Instant {
    return Math.min(this.#timers.deadline(), this.#idleKeys.deadline())
  }

  poll(): OnionClientOutput | undefined {
    return this.#outputs.shift()
  }

  /** Wipes the keys of its own. The engine must not be used afterwards. */
  dispose(): void {
    for (const friend of this.#friends.values()) friend.search.drop()
    this.#friendPaths.dispose()
    this.#self.paths.dispose()
    this.#options.crypto.dropSecret(this.#dataSecret)
  }

  #handleAnnounceResponse(now: Instant, from: Endpoint, data: Uint8Array): OnionClientDrop | undefined {
    const answer = this.#requests.receive(now, data)
    if (typeof answer === 'string') return answer
    const { lookup, path } = answer.request
    lookup.paths.answered(now, path)
    this.#connection.answered(now)
    lookup.handleAnswer(now, answer, isLan(from))
    this.#advance(now, lookup.name)
    if (lookup.name !== 'self') this.#updateConnection(now)
    return undefined
  }

  #handleData(now: Instant, packet: Uint8Array): OnionClientDrop | undefined {
    const opened = this.#sealer.open(now, this.#dataSecret, packet)
    if (typeof opened === 'string') return opened
    if (opened.data[0] === DHTPK) return this.#handleDhtKey(now, opened)
    this.#outputs.push({ type: 'data', publicKey: opened.publicKey, data: opened.data })
    return undefined
  }

  /** `viaDht`: the DHT key of the sender of a DHT request, which the packet must confirm. */
  #handleDhtKey(now: Instant, opened: OpenedData, viaDht?: Uint8Array): OnionClientDrop | undefined {
    const packet = decodeDhtKeyPacket(opened.data)
    if (packet === undefined) return 'malformed'
    if (viaDht && !equalBytes(viaDht, packet.dhtPublicKey)) return 'not_authentic'
    const friend = this.#friends.get(opened.publicKey)
    if (friend === undefined) return 'stranger'
    if (!friend.handleDhtKey(packet)) return 'replay'
    this.#advance(now, friend.search.name)
    return undefined
  }

  /** Lets a lookup do what is due, and arms its timer. */
  #advance(now: Instant, name: LookupName): void {
    this.#idleKeys.used(now)
    if (!this.#pathNodes.ready) {
      // `nodeSeen` and `dhtConnected` begin again.
      this.#timers.clear(name)
    } else if (name === 'self') {
      this.#arm(now, name, this.#self.advance(now))
      this.#updateConnection(now)
    } else if (this.connected) {
      this.#arm(now, name, this.#friendsByName.get(name)?.advance(now) ?? NEVER)
    } else {
      this.#timers.clear(name)
    }
  }

  /** What is still due although it was just tried found no path: it waits a moment. */
  #arm(now: Instant, name: LookupName, next: Instant): void {
    this.#timers.set(name, Math.max(next, now + NO_PATH_DELAY))
  }

  #updateConnection(now: Instant): void {
    const changed = this.#connection.update(now, lenient => this.#self.isConfirmed(now, lenient))
    this.#timers.set('connection', this.#connection.deadline())
    if (!changed) return
    this.#outputs.push({ type: 'connected', connected: this.connected })
    if (this.connected) {
      if (now >= this.#offlineSince + ONION_CONNECTED_TIMEOUT) {
        for (const friend of this.#friends.values()) friend.search.restart(now)
      }
      this.#startFriends(now)
    } else {
      this.#offlineSince = now
      this.#self.restart()
      this.#advance(now, 'self')
    }
  }

  /** One after the other: many friends make no burst. */
  #startFriends(now: Instant): void {
    let delay = 0
    for (const name of this.#friendsByName.keys()) {
      if (delay === 0) this.#advance(now, name)
      else this.#timers.setEarlier(name, now + delay)
      delay += SEARCH_STAGGER
    }
  }
}

const NO_PATH_DELAY = 10
