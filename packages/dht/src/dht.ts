/** The DHT engine: wires the services, the close list and the searches (spec, "DHT"). */
import {
  type Crypto,
  DropCounter,
  decode,
  type Endpoint,
  type Engine,
  encode,
  equalBytes,
  expectBytes,
  expectInteger,
  IdleKeys,
  type Instant,
  type KeyBudget,
  type NodeInfo,
  PUBLIC_KEY_SIZE,
  type Random,
  type SecretHandle,
  wipe,
} from '@ts-toxcore/core'
import { Alarms } from './alarms.ts'
import { Bootstrap } from './bootstrap.ts'
import { addresses, goodEndpoint, isLan, nodeAt } from './client.ts'
import {
  BAD_NODE_TIMEOUT,
  CANDIDATES_WINDOW,
  DHT_FAKE_FRIEND_NUMBER,
  INFO_REQUEST_PACKET_LENGTH,
  MAX_CLOSE_TO_BOOTSTRAP_NODES,
  MAX_MOTD_LENGTH,
  MAX_SENT_NODES,
  MAX_TO_PING,
  RESTART_NODES,
  TIME_TO_PING,
} from './constants.ts'
import { Friend } from './friend.ts'
import { NodesService } from './nodes.ts'
import { type DhtOutput, Outbox } from './outputs.ts'
import { PacedQueue } from './paced-queue.ts'
import { PacketBox } from './packet-box.ts'
import { bootstrapInfo, KIND, NAT_PING_REQUEST, natPing, REQUEST_KIND } from './packets.ts'
import { PingService, type Refusal } from './ping.ts'
import { DhtRequests } from './request.ts'
import { DhtState } from './state.ts'
import { Upkeep } from './upkeep.ts'

export interface DhtOptions {
  readonly crypto: Crypto
  readonly random: Random
  /** The DHT key pair. */
  readonly publicKey: Uint8Array
  readonly secret: SecretHandle
  /** Shared with others. */
  readonly keyBudget?: KeyBudget
  /** Can we send to IPv6 addresses? Default: true. */
  readonly ipv6?: boolean
  /** Default: true. */
  readonly holePunching?: boolean
  /** Given by bootstrap nodes: answered to whoever asks. `motd`: at most 256 bytes. */
  readonly bootstrapInfo?: { readonly version: number; readonly motd: Uint8Array }
}

export class Dht implements Engine<DhtOutput> {
  readonly drops = new DropCounter<Refusal | 'not_ours' | 'unwanted'>()
  readonly publicKey: Uint8Array
  readonly #random: Random
  readonly #holePunching: boolean
  readonly #info: Uint8Array | undefined
  readonly #alarms = new Alarms()
  readonly #out: Outbox
  readonly #box: PacketBox
  readonly #idleKeys: IdleKeys
  readonly #ping: PingService
  readonly #nodes: NodesService
  readonly #requests: DhtRequests
  readonly #bootstrap: Bootstrap
  readonly #state: DhtState
  readonly #closeUpkeep: Upkeep
  /** Nodes out of responses that may belong to the close list. */
  readonly #closeCandidates: PacedQueue
  /** Nodes that contacted us: pinged, to see whether they are where their packets seem to come from. */
  readonly #strangers: PacedQueue
  readonly #connectedUntil = this.#alarms.create(now => this.#reviewConnected(now))
  #connected = false
  /** The time of the last input, for questions that come without one. */
  #now: Instant = 0

  constructor(options: DhtOptions) {
    expectBytes('publicKey', options.publicKey, PUBLIC_KEY_SIZE)
    this.#random = options.random
    this.#holePunching = options.holePunching ?? true
    this.#info = options.bootstrapInfo && encodeInfo(options.bootstrapInfo)
    this.#out = new Outbox(options.ipv6 ?? true)
    const isKnown = (publicKey: Uint8Array) => this.#state.close.find(publicKey) !== undefined
    const box = new PacketBox({ ...options, isKnown })
    this.#box = box
    this.#idleKeys = new IdleKeys(options.crypto, [options.secret])
    this.publicKey = box.publicKey
    this.#ping = new PingService(box, this.#out, options.random)
    this.#nodes = new NodesService(box, this.#out, options.random)
    this.#state = new DhtState(this.publicKey, options.random)
    this.#requests = new DhtRequests(box, this.#out, this.#state.close, options.random)

    const alarms = this.#alarms
    this.#bootstrap = new Bootstrap({
      alarms,
      ask: (now, node) => this.#nodes.request(now, node, this.publicKey),
      isConnected: () => this.#connected,
    })
    this.#closeUpkeep = new Upkeep({
      alarms,
      random: options.random,
      target: this.publicKey,
      lists: () => this.#state.close.lists,
      ask: (now, node, target) => this.#nodes.request(now, node, target),
      onAllDead: now => this.#bootstrap.restart(now, this.#state.worthSaving(RESTART_NODES)),
    })
    this.#closeCandidates = new PacedQueue({
      alarms,
      limit: MAX_CLOSE_TO_BOOTSTRAP_NODES,
      window: () => CANDIDATES_WINDOW,
      baseKey: this.publicKey,
      ask: (now, node) => this.#nodes.request(now, node, this.publicKey),
    })
    this.#strangers = new PacedQueue({
      alarms,
      limit: MAX_TO_PING,
      window: () => TIME_TO_PING,
      baseKey: this.publicKey,
      ask: (now, node) => this.#isAcceptable(now, node.publicKey) && this.#ping.request(now, node),
    })
    for (let i = 0; i < DHT_FAKE_FRIEND_NUMBER; i++) {
      const { publicKey, secretKey } = options.crypto.keyPair(options.random)
      wipe(secretKey)
      this.#state.fakeFriends.push(this.#newFriend(publicKey, false))
    }
  }

  tick(now: Instant): void {
    this.#now = now
    if (this.#alarms.deadline() <= now) this.#idleKeys.used(now)
    this.#alarms.tick(now)
    this.#idleKeys.tick(now)
  }

  deadline(): Instant {
    return Math.min(this.#alarms.deadline(), this.#idleKeys.deadline())
  }

  poll(): DhtOutput | undefined {
    return this.#out.queue.shift()
  }

  /** Joins the network through a node at `endpoint`. */
  bootstrap(now: Instant, endpoint: Endpoint, publicKey: Uint8Array): void {
    expectBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    this.#now = now
    this.#bootstrap.start(now, nodeAt(publicKey.slice(), endpoint))
  }

  /** Begins to search for the owner of a DHT public key. To be removed as often as it was added. */
  addFriend(now: Instant, publicKey: Uint8Array): void {
    expectBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    this.#now = now
    const known = this.#state.friends.get(publicKey)
    if (known) {
      // Without c-toxcore's limit of 32: any number of friends may claim to have the same DHT key.
      known.references++
      return
    }
    const friend = this.#newFriend(publicKey.slice(), this.#holePunching)
    this.#state.friends.set(publicKey, friend)
    friend.search(now)
  }

  removeFriend(now: Instant, publicKey: Uint8Array): void {
    this.#now = now
    const friend = this.#state.friends.get(publicKey)
    if (friend === undefined || --friend.references > 0) return
    friend.stop()
    this.#state.friends.delete(publicKey)
  }

  /** Where a DHT friend answered lately. */
  friendEndpoint(publicKey: Uint8Array): Endpoint | undefined {
    return this.#state.friends.get(publicKey)?.endpoint(this.#now)
  }

  /** Asks a node that we were told of for nodes close to `target`, once. */
  requestNodes(now: Instant, node: NodeInfo, target: Uint8Array): void {
    expectBytes('target', target, PUBLIC_KEY_SIZE)
    this.#now = now
    if (node.protocol !== 'udp') return
    this.#nodes.request(now, nodeAt(node.publicKey.slice(), node.endpoint), target.slice())
  }

  /** The good nodes closest to a key. `lan`: addresses of local networks, too, as for somebody who is on one. */
  closest(publicKey: Uint8Array, count: number, options: { readonly lan?: boolean } = {}): NodeInfo[] {
    return this.#state.closest(this.#now, publicKey, count, options.lan ?? false)
  }

  /** Good nodes near random keys: for onion paths. */
  randomNodes(count: number): NodeInfo[] {
    return this.#state.random(this.#now, count)
  }

  /** Good nodes near our own key, closest first. */
  closeNodes(count: number): NodeInfo[] {
    return this.#state.nearest(this.#now, count)
  }

  /** Nodes worth keeping for the next start, those heard last first. */
  nodes(limit: number): NodeInfo[] {
    return this.#state.worthSaving(limit)
  }

  /** Sends a DHT request straight to a node that we know. False if we do not know it. */
  sendRequest(now: Instant, publicKey: Uint8Array, kind: number, payload: Uint8Array): boolean {
    this.#now = now
    const client = this.#state.close.find(publicKey)
    const endpoint =
      (client && goodEndpoint(client, now)) ?? this.#state.friends.get(publicKey)?.endpoint(now)
    return endpoint !== undefined && this.#requests.send(endpoint, publicKey, kind, payload)
  }

  /** Sends a DHT request to a DHT friend: straight if it answers us, else through its nodes. Packets sent. */
  sendRequestToFriend(now: Instant, publicKey: Uint8Array, kind: number, payload: Uint8Array): number {
    this.#now = now
    const friend = this.#state.friends.get(publicKey)
    if (friend === undefined) return 0
    const endpoint = friend.endpoint(now)
    if (endpoint) return this.#requests.send(endpoint, publicKey, kind, payload) ? 1 : 0
    return this.#requests.sendThroughAll(now, friend, kind, payload)
  }

  get connected(): boolean {
    return this.#connected
  }

  /** Whether anything can be sent there. */
  reaches(endpoint: Endpoint): boolean {
    return this.#out.reaches(endpoint)
  }

  /** Sizes of what is kept, and what was dropped. */
  get stats() {
    const { known, good } = this.#state.closeCount(this.#now)
    return {
      closeNodes: known,
      goodCloseNodes: good,
      friends: this.#state.friends.size,
      dropped: this.drops.snapshot(),
    }
  }

  handleDatagram(now: Instant, from: Endpoint, data: Uint8Array): boolean {
    this.#now = now
    this.#idleKeys.used(now)
    switch (data[0]) {
      case KIND.pingRequest:
        this.#contacted(now, this.#ping.handleRequest(now, from, data))
        return true
      case KIND.pingResponse: {
        const node = this.#accepted(this.#ping.handleResponse(now, from, data))
        if (node) this.#heard(now, node, undefined)
        return true
      }
      case KIND.nodesRequest: {
        const closest = (target: Uint8Array) => this.#state.closest(now, target, MAX_SENT_NODES, isLan(from))
        this.#contacted(now, this.#nodes.handleRequest(now, from, data, closest))
        return true
      }
      case KIND.nodesResponse:
        this.#handleNodesResponse(now, from, data)
        return true
      case KIND.dhtRequest:
        this.#handleDhtRequest(now, from, data)
        return true
      case KIND.bootstrapInfo:
        if (data.length !== INFO_REQUEST_PACKET_LENGTH) this.drops.count('malformed')
        else if (this.#info) this.#out.send(from, this.#info)
        else this.drops.count('unwanted')
        return true
      default:
        return false
    }
  }

  #handleNodesResponse(now: Instant, from: Endpoint, data: Uint8Array): void {
    const response = this.#accepted(this.#nodes.handleResponse(now, from, data))
    if (response === undefined) return
    this.#bootstrap.answered(response.from)
    this.#heard(now, response.from, response.target)
    this.#out.queue.push({ type: 'node', node: response.from })
    const named = response.nodes.filter(node => this.#isCredible(response.from, node))
    this.#box.prepare(named.filter(node => this.#isWanted(now, node)).map(({ publicKey }) => publicKey))
    for (const node of named) this.#named(now, response.from, node)
  }

  #handleDhtRequest(now: Instant, from: Endpoint, data: Uint8Array): void {
    if (!this.#requests.isPlausible(data)) {
      this.drops.count('malformed')
      return
    }
    if (!this.#requests.isForUs(data)) {
      if (!this.#requests.forward(now, data)) this.drops.count('not_ours')
      return
    }
    const request = this.#accepted(this.#requests.open(now, data))
    if (request === undefined) return
    const { publicKey, kind, payload } = request
    if (kind !== REQUEST_KIND.natPing) {
      this.#out.queue.push({ type: 'dht_request', from, publicKey, kind, data: payload })
      return
    }
    const packet = decode(natPing, payload)
    const friend = this.#state.friends.get(publicKey)
    if (packet === undefined) this.drops.count('malformed')
    else if (friend === undefined) this.drops.count('unwanted')
    else friend.puncher.handlePing(now, packet.type, packet.id)
  }

  /** Somebody sent us a request: a new node, perhaps. Nothing is believed before it answered a ping. */
  #contacted(now: Instant, contact: NodeInfo | Refusal): void {
    const node = this.#accepted(contact)
    if (node === undefined) return
    // A friend's packet got through to us, so ours may get through to the friend now.
    const friend = this.#state.friends.get(node.publicKey)
    if (friend && friend.endpoint(now) === undefined) {
      this.#ping.request(now, node)
      return
    }
    const known = this.#state.close.find(node.publicKey)
    const isKnownThere = known && addresses(known).some(({ endpoint }) => endpoint.equals(node.endpoint))
    if (isKnownThere && this.#state.close.holds(now, node.publicKey, node.endpoint.family)) return
    if (this.#isAcceptable(now, node.publicKey)) this.#strangers.offer(now, node)
  }

  /** Is it worth asking the node: would it be listed, or is it and has only moved? */
  #isAcceptable(now: Instant, publicKey: Uint8Array): boolean {
    return (
      this.#state.close.canStore(now, publicKey) ||
      this.#state.close.find(publicKey) !== undefined ||
      this.#state.friends.has(publicKey)
    )
  }

  /** A node is proven to be where it is: it answered (c-toxcore's `addto_lists`). */
  #heard(now: Instant, node: NodeInfo, target: Uint8Array | undefined): void {
    const answered = target !== undefined && equalBytes(target, this.publicKey)
    const asked = answered || this.#closeCandidates.wasAsked(now, node)
    const bucket = this.#state.close.heard(now, node.publicKey, node.endpoint, asked)
    if (bucket) {
      this.#closeUpkeep.heard(now, bucket)
      this.#connectedUntil.set(now + BAD_NODE_TIMEOUT)
      this.#setConnected(true)
    }
    for (const friend of this.#state.searches()) {
      if (friend.heard(now, node, target)) {
        this.#out.queue.push({
          type: 'friend_endpoint',
          publicKey: friend.publicKey,
          endpoint: node.endpoint,
        })
      }
    }
  }

  /** `by` says that there is `node` (c-toxcore's `ping_node_from_nodes_response_ok`). */
  #named(now: Instant, by: NodeInfo, node: NodeInfo): void {
    if (this.#isWantedClose(now, node)) this.#closeCandidates.offer(now, node)
    for (const friend of this.#state.searches()) friend.named(now, by, node)
  }

  /** Whether `by` may tell us of `node`. */
  #isCredible(by: NodeInfo, { endpoint, publicKey }: NodeInfo): boolean {
    return (
      this.#out.reaches(endpoint) &&
      // Nobody outside has a business with addresses of our local network.
      (!isLan(endpoint) || isLan(by.endpoint)) &&
      !equalBytes(publicKey, this.publicKey)
    )
  }

  #isWantedClose(now: Instant, { endpoint, publicKey }: NodeInfo): boolean {
    const { close } = this.#state
    return close.canStore(now, publicKey) && !close.holds(now, publicKey, endpoint.family)
  }

  /** Whether it will be asked as soon as it is named. */
  #isWanted(now: Instant, node: NodeInfo): boolean {
    if (this.#isWantedClose(now, node) && this.#closeCandidates.asksAtOnce(now, node)) return true
    for (const friend of this.#state.searches()) if (friend.wants(now, node)) return true
    return false
  }

  #reviewConnected(now: Instant): void {
    const until = this.#state.lastHeard() + BAD_NODE_TIMEOUT
    if (until > now) this.#connectedUntil.set(until)
    else this.#setConnected(false)
  }

  #setConnected(connected: boolean): void {
    if (connected === this.#connected) return
    this.#connected = connected
    this.#out.queue.push({ type: 'connected', connected })
  }

  #newFriend(publicKey: Uint8Array, holePunching: boolean): Friend {
    return new Friend({
      alarms: this.#alarms,
      random: this.#random,
      publicKey,
      holePunching,
      ask: (now, node, target) => this.#nodes.request(now, node, target),
      ping: (now, node) => this.#ping.request(now, node),
      closest: (now, target, count) => this.#state.closest(now, target, count, true),
      sendNatPing: (friend, now, type, id) => {
        const payload = encode(natPing, { type, id })
        if (type === NAT_PING_REQUEST)
          this.#requests.sendThroughAll(now, friend, REQUEST_KIND.natPing, payload)
        else this.#requests.sendThroughOne(now, friend, REQUEST_KIND.natPing, payload)
      },
    })
  }

  /** Counts a refused packet. */
  #accepted<T extends object>(result: T | Refusal): T | undefined {
    if (typeof result !== 'string') return result
    this.drops.count(result)
    return undefined
  }
}

function encodeInfo({ version, motd }: { version: number; motd: Uint8Array }): Uint8Array {
  expectInteger('bootstrapInfo.version', version, 0, 0xffff_ffff)
  expectInteger('bootstrapInfo.motd.length', motd.length, 0, MAX_MOTD_LENGTH)
  return encode(bootstrapInfo, { kind: KIND.bootstrapInfo, version, motd }).slice()
}
