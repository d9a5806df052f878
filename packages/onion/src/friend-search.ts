/**
 * Finding one friend (spec, "Onion"; c-toxcore, `do_friend`): we ask the eight nodes closest to its long-term key
 * whether it is announced there and, once it is, tell it through them where in the DHT we are.
 *
 *   searching ──a node knows its data key──▶ found: our DHT key is sent through the onion at once, then every 30 s
 *     │ asked at 0.1, 0.25, 0.5, 1, 2 s,
 *     │ then every 3 s, from the 25th request on every 16, 32 … 3600 s      (nothing of this while it is online)
 */
import {
  type Crypto,
  type Instant,
  KEY_SIZE,
  KeyMap,
  NEVER,
  type NodeInfo,
  type Random,
  SECOND,
  wipe,
} from '@ts-toxcore/core'
import { type AnnounceNode, timesOutAt } from './announce-nodes.ts'
import type { AnnounceRequests } from './announce-requests.ts'
import {
  ANNOUNCE_FRIEND_MAX_INTERVAL,
  ANNOUNCE_FRIEND_NEW_INTERVAL,
  ANNOUNCE_FRIEND_RUN_COUNT_BEGINNING,
  CACHED_KEYS,
  MAX_ONION_CLIENTS,
  MAX_RUN_COUNT_EXPONENT,
  MAX_SEEN_DATA_KEYS,
  ONION_ANNOUNCE_TIMEOUT,
  ONION_NODE_MAX_PINGS,
  SEARCH_RESTART_INTERVAL,
} from './constants.ts'
import type { AnnounceAnswer, Lookup } from './lookup.ts'
import { NodeFinder } from './node-finder.ts'
import type { Identity } from './path.ts'
import type { PathNodes } from './path-nodes.ts'
import type { PathPool } from './path-pool.ts'

export interface FriendSearchOptions {
  readonly name: number
  readonly crypto: Crypto
  readonly random: Random
  /** The friend's long-term public key. */
  readonly publicKey: Uint8Array
  readonly paths: PathPool
  readonly pathNodes: PathNodes
  readonly requests: AnnounceRequests
}

/** A node that passes data on to the friend, and the key to seal it with. */
export interface Contact {
  readonly node: NodeInfo
  readonly dataPublicKey: Uint8Array
}

export class FriendSearch implements Lookup {
  readonly name: number
  readonly target: Uint8Array
  readonly identity: Identity
  readonly dataPublicKey = NO_KEY
  readonly paths: PathPool
  readonly #crypto: Crypto
  readonly #pathNodes: PathNodes
  readonly #requests: AnnounceRequests
  readonly #finder: NodeFinder
  /** Data public keys that were announced, and when that was news. */
  readonly #seenKeys = new KeyMap<Instant>()
  #news = false
  #restartedAt: Instant = Number.NEGATIVE_INFINITY
  #askedAt: Instant = Number.NEGATIVE_INFINITY
  #asked = 0
  #runCount = 0

  constructor(options: FriendSearchOptions) {
    const { crypto, random } = options
    const pair = crypto.keyPair(random)
    this.name = options.name
    this.target = options.publicKey.slice()
    this.identity = { publicKey: pair.publicKey, secret: crypto.addSecret(pair.secretKey, CACHED_KEYS) }
    wipe(pair.secretKey)
    this.paths = options.paths
    this.#crypto = crypto
    this.#pathNodes = options.pathNodes
    this.#requests = options.requests
    this.#finder = new NodeFinder({
      lookup: this,
      requests: options.requests,
      pathNodes: options.pathNodes,
      capacity: MAX_ONION_CLIENTS,
      breadth: MAX_ONION_CLIENTS,
    })
  }

  /**
   * The nodes through which data is sent to the friend: none unless, as in c-toxcore, at least a quarter of the
   * live nodes know it.
   */
  contacts(now: Instant): Contact[] {
    const live = this.#finder.nodes.live(now)
    const contacts: Contact[] = []
    for (const { stored, info, dataPublicKey } of live) {
      if (stored === 1 && dataPublicKey) contacts.push({ node: info, dataPublicKey })
    }
    return 4 * contacts.length >= live.length ? contacts : []
  }

  /** Whether, since the last call, the friend was found or has announced itself with a new key. */
  takeNews(now: Instant): boolean {
    if (!this.#news || this.contacts(now).length === 0) return false
    this.#news = false
    return true
  }

  /** Does what is due and says when to be called again. */
  advance(now: Instant): Instant {
    let next = this.#finder.advance(now)
    const live = this.#finder.nodes.live(now)
    for (const node of live) if (this.#dueAt(node) <= now) this.#ask(now, node)
    for (const node of live) next = Math.min(next, this.#dueAt(node), timesOutAt(node))
    if (live.length === 0) this.#seenKeys.clear()
    return next
  }

  handleAnswer(now: Instant, answer: AnnounceAnswer, lan: boolean): void {
    const { request } = answer
    this.#finder.first.answered(request.node.publicKey)
    // 2 would mean that our temporary key is announced, which we never did.
    if (answer.stored === 2) return
    const node = this.#finder.nodes.place(now, request.node, request.path)
    if (node) {
      // The hasty repetitions are counted from this first answer.
      if (!node.haste.begun) node.haste.done(now)
      node.info = request.node
      node.path = request.path
      node.answeredAt = now
      node.unanswered = 0
      node.stored = answer.stored
      if (answer.stored === 1) {
        node.dataPublicKey = answer.pingIdOrKey.slice()
        this.#see(now, node.dataPublicKey)
      }
      this.#pathNodes.add(request.node)
    }
    this.#finder.follow(now, answer.nodes, lan)
  }

  /** A node that is there. */
  offer(now: Instant, node: NodeInfo): void {
    this.#finder.offer(now, node)
  }

  /**
   * Searches as for a new friend: we came online, or the friend went offline and may be back soon. True if in haste
   * too, which is granted once in SEARCH_RESTART_INTERVAL.
   */
  restart(now: Instant): boolean {
    this.#runCount = 0
    if (now < this.#restartedAt + SEARCH_RESTART_INTERVAL) return false
    this.#restartedAt = now
    this.#finder.restart()
    for (const node of this.#finder.nodes.live(now)) node.haste.hurry()
    return true
  }

  /** Wipes its keys. It must not be used any more. */
  drop(): void {
    this.#requests.forget(this)
    this.#crypto.dropSecret(this.identity.secret)
  }

  #ask(now: Instant, node: AnnounceNode): void {
    const path = this.#requests.send(now, this, node.info, { other: node.path })
    if (path === undefined) return
    const hasty = this.#isHasty(node)
    node.haste.done(now)
    node.pingedAt = now
    // c-toxcore's back-off counts its own requests; our hasty ones come on top.
    if (hasty) return
    node.unanswered++
    this.#askedAt = now
    if (++this.#asked % (MAX_ONION_CLIENTS / 2) === 0) this.#runCount++
  }

  #dueAt(node: AnnounceNode): Instant {
    if (node.unanswered >= ONION_NODE_MAX_PINGS) return NEVER
    const interval = this.#interval()
    if (this.#isHasty(node)) return node.haste.due(interval)
    // Spread over the nodes, as c-toxcore does, in whole seconds.
    const spacing = Math.floor(interval / SECOND / (MAX_ONION_CLIENTS / 2)) * SECOND
    return Math.max(node.pingedAt + interval, this.#askedAt + spacing)
  }

  /** As long as the node did not know the friend since the search began. */
  #isHasty(node: AnnounceNode): boolean {
    const knows = node.stored === 1 && node.answeredAt >= this.#restartedAt
    return node.haste.hasty && !knows
  }

  #interval(): number {
    if (this.#runCount <= ANNOUNCE_FRIEND_RUN_COUNT_BEGINNING) return ANNOUNCE_FRIEND_NEW_INTERVAL
    const exponent = Math.min(MAX_RUN_COUNT_EXPONENT, this.#runCount - 2)
    return Math.min(2 ** exponent * SECOND, ANNOUNCE_FRIEND_MAX_INTERVAL)
  }

  /** Few keys are news: a lying node could invent one in every answer. */
  #see(now: Instant, dataPublicKey: Uint8Array): void {
    if (this.#seenKeys.has(dataPublicKey)) return
    if (this.#seenKeys.size >= MAX_SEEN_DATA_KEYS) {
      const [oldest, seenAt] = this.#seenKeys.entries().next().value!
      if (now < seenAt + ONION_ANNOUNCE_TIMEOUT) return
      this.#seenKeys.delete(oldest)
    }
    this.#seenKeys.set(dataPublicKey, now)
    this.#news = true
  }
}

const NO_KEY = new Uint8Array(KEY_SIZE)
