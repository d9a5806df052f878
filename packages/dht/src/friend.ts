/**
 * The search for one key, a DHT friend (spec, "DHT Search Entry"): the nodes closest to it, among them in the end
 * the friend itself, and what they say about where it is.
 */
import { type Endpoint, equalBytes, type Instant, NEVER, type NodeInfo, type Random } from '@ts-toxcore/core'
import type { Alarm, Alarms } from './alarms.ts'
import { addresses, goodEndpoint, isFresh, nodeAt } from './client.ts'
import { ClientList } from './client-list.ts'
import { CANDIDATES_WINDOW, HASTE, HASTE_WINDOW, MAX_FRIEND_CLIENTS, MAX_SENT_NODES } from './constants.ts'
import { HolePuncher, type HolePuncherOptions } from './nat.ts'
import { PacedQueue } from './paced-queue.ts'
import { Upkeep } from './upkeep.ts'

export interface FriendOptions {
  readonly alarms: Alarms
  readonly random: Random
  readonly publicKey: Uint8Array
  readonly holePunching: boolean
  ask(now: Instant, node: NodeInfo, target: Uint8Array): boolean
  ping(now: Instant, node: NodeInfo): void
  /** Of all nodes that we know. */
  closest(now: Instant, target: Uint8Array, count: number): NodeInfo[]
  sendNatPing(friend: Friend, ...args: Parameters<HolePuncherOptions['sendNatPing']>): void
}

export class Friend {
  readonly publicKey: Uint8Array
  readonly list: ClientList
  readonly puncher: HolePuncher
  /** How often it was added. */
  references = 1
  readonly #options: FriendOptions
  readonly #upkeep: Upkeep
  /** Nodes out of responses that may be closer than those we know. */
  readonly #candidates: PacedQueue
  readonly #haste: Alarm
  #hasteStep = 0
  /** Somebody named an address of the friend since it was last found: the haste began anew then. */
  #wasNamed = false

  constructor(options: FriendOptions) {
    const { alarms, random, publicKey } = options
    this.#options = options
    this.publicKey = publicKey
    this.list = new ClientList(publicKey, MAX_FRIEND_CLIENTS, true)
    const lists = [this.list]
    this.#upkeep = new Upkeep({
      alarms,
      random,
      target: publicKey,
      lists: () => lists,
      ask: options.ask,
    })
    this.#candidates = new PacedQueue({
      alarms,
      limit: MAX_SENT_NODES,
      window: () => (this.#haste.at === NEVER ? CANDIDATES_WINDOW : HASTE_WINDOW),
      baseKey: publicKey,
      ask: (now, node) => options.ask(now, node, publicKey),
    })
    this.#haste = alarms.create(now => this.#hurry(now))
    this.puncher = new HolePuncher({
      alarms,
      random,
      enabled: options.holePunching,
      named: now => this.namedEndpoints(now),
      sendNatPing: (...args) => options.sendNatPing(this, ...args),
      ping: (now, endpoint) => options.ping(now, nodeAt(publicKey, endpoint)),
    })
  }

  /** Starts to search: asks the closest nodes that we know, and again until the friend is found. */
  search(now: Instant): void {
    this.#askClosest(now)
    this.#hasteStep = 0
    this.#haste.set(now + HASTE[0]!)
  }

  stop(): void {
    this.#upkeep.stop()
    this.#candidates.stop()
    this.#haste.clear()
    this.puncher.stop()
  }

  /** Where the friend itself answered (c-toxcore's `dht_getfriendip`). */
  endpoint(now: Instant): Endpoint | undefined {
    const client = this.list.find(this.publicKey)
    return client && goodEndpoint(client, now)
  }

  /** A node answered a request for nodes close to `target`, or a ping. True if it is the friend. */
  heard(now: Instant, node: NodeInfo, target: Uint8Array | undefined): boolean {
    this.list.vacate(node.endpoint, node.publicKey)
    const answered = target !== undefined && equalBytes(target, this.publicKey)
    const asked = answered || this.#candidates.wasAsked(now, node)
    const client = this.list.heard(now, node.publicKey, node.endpoint, asked)
    if (client === undefined) return false
    this.#upkeep.heard(now, this.list)
    const found = equalBytes(client.publicKey, this.publicKey)
    if (found) {
      this.#haste.clear()
      this.#wasNamed = false
    }
    return found
  }

  /** `by`, which we have just heard from, says that there is `node`. */
  named(now: Instant, by: NodeInfo, node: NodeInfo): void {
    const isFriend = equalBytes(node.publicKey, this.publicKey)
    if (isFriend) this.#rememberNaming(now, by, node.endpoint)
    if (!this.list.holds(now, node.publicKey, node.endpoint.family)) {
      // The friend itself at once: even if its NAT keeps the request out, ours will let the friend's in from now on.
      if (isFriend) this.#candidates.urgent(now, node)
      else if (this.list.canStore(now, node.publicKey)) this.#candidates.offer(now, node)
    }
    if (isFriend) this.#review(now)
  }

  /** Whether this node, if it were named, would be asked at once. */
  wants(now: Instant, node: NodeInfo): boolean {
    if (this.list.holds(now, node.publicKey, node.endpoint.family)) return false
    if (equalBytes(node.publicKey, this.publicKey)) return !this.#candidates.wasAsked(now, node)
    return this.list.canStore(now, node.publicKey) && this.#candidates.asksAtOnce(now, node)
  }

  /**
   * Where its nodes say that the friend is, one entry a node: of the family that more of them name. None while the
   * friend answers us directly. (c-toxcore's `friend_iplist`.)
   */
  namedEndpoints(now: Instant): Endpoint[] {
    if (this.endpoint(now) !== undefined) return []
    const { clients } = this.list
    const v4 = clients.map(client => client.named4).filter(naming => isFresh(naming, now))
    const v6 = clients.map(client => client.named6).filter(naming => isFresh(naming, now))
    return (v6.length >= v4.length ? v6 : v4).map(naming => naming.endpoint)
  }

  /** The nodes that say they know the friend: they can pass packets on to it. */
  routes(now: Instant): Endpoint[] {
    return this.list.clients
      .filter(client => isFresh(client.named4, now) || isFresh(client.named6, now))
      .map(client => goodEndpoint(client, now) ?? addresses(client)[0]!.endpoint)
  }

  #rememberNaming(now: Instant, by: NodeInfo, endpoint: Endpoint): void {
    const client = this.list.find(by.publicKey)
    if (client === undefined) return
    if (endpoint.family === 4) client.named4 = { endpoint, at: now }
    else client.named6 = { endpoint, at: now }
  }

  /** Somebody knows the friend. */
  #review(now: Instant): void {
    if (!this.#wasNamed && this.endpoint(now) === undefined) {
      this.#wasNamed = true
      this.#hasteStep = 0
      this.#haste.set(now + HASTE[0]!)
    }
    this.puncher.review(now)
  }

  #hurry(now: Instant): void {
    if (this.endpoint(now) !== undefined) return
    this.#askClosest(now)
    const tried = new Set<string>()
    for (const endpoint of this.namedEndpoints(now)) {
      if (tried.has(endpoint.text)) continue
      tried.add(endpoint.text)
      this.#options.ask(now, nodeAt(this.publicKey, endpoint), this.publicKey)
    }
    const pause = HASTE[++this.#hasteStep]
    if (pause !== undefined) this.#haste.set(now + pause)
  }

  #askClosest(now: Instant): void {
    for (const node of this.#options.closest(now, this.publicKey, MAX_SENT_NODES)) {
      this.#options.ask(now, node, this.publicKey)
    }
  }
}
