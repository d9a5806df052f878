import {
  equalBytes,
  type Instant,
  NEVER,
  type NodeInfo,
  type Queue,
  SECOND,
  unixSeconds,
} from '@ts-toxcore/core'
import { DHT_DHTPK_SEND_INTERVAL, MAX_SENT_NODES, ONION_DHTPK_SEND_INTERVAL } from './constants.ts'
import { type DataSealer, encodeDhtKeyPacket } from './data.ts'
import type { FriendSearch } from './friend-search.ts'
import type { NodeSource } from './node-source.ts'
import type { OnionClientOutput } from './outputs.ts'
import { DHTPK, type DhtKeyPacket, unpackNodes } from './packets.ts'
import { Retry } from './retry.ts'

export interface OnionFriendOptions {
  readonly search: FriendSearch
  readonly sealer: DataSealer
  readonly nodes: NodeSource
  /** Ours. */
  readonly dhtPublicKey: Uint8Array
  readonly outputs: Queue<OnionClientOutput>
}

/**
 * One friend: where it is searched, and telling each other our DHT public keys, by which the DHT then finds the
 * addresses.
 */
export class OnionFriend {
  readonly search: FriendSearch
  readonly #sealer: DataSealer
  readonly #nodes: NodeSource
  readonly #ownDhtKey: Uint8Array
  readonly #outputs: Queue<OnionClientOutput>
  #online = false
  #dhtPublicKey: Uint8Array | undefined
  #lastNoReplay = 0n
  readonly #tellByOnion = new Retry()
  /** Slower: the DHT needs a moment to find a route to a key that is new to it. */
  readonly #tellByDht = new Retry(DHT_HASTE)

  constructor(options: OnionFriendOptions) {
    this.search = options.search
    this.#sealer = options.sealer
    this.#nodes = options.nodes
    this.#ownDhtKey = options.dhtPublicKey
    this.#outputs = options.outputs
  }

  get publicKey(): Uint8Array {
    return this.search.target
  }

  /** Does what is due and says when to be called again. An online friend costs nothing. */
  advance(now: Instant): Instant {
    if (this.#online) return NEVER
    const next = this.search.advance(now)
    if (this.search.takeNews(now)) {
      this.#outputs.push({ type: 'friend_found', publicKey: this.publicKey })
      this.#tellByOnion.restart()
    }
    return Math.min(next, this.#tellDhtKey(now))
  }

  setOnline(now: Instant, online: boolean): void {
    this.#online = online
    if (online) return
    // As c-toxcore: the clock of a friend that comes back may have been set.
    this.#lastNoReplay = 0n
    if (this.search.restart(now)) {
      this.#tellByOnion.hurry()
      this.#tellByDht.hurry()
    }
  }

  setDhtKey(dhtPublicKey: Uint8Array): void {
    if (this.#dhtPublicKey && equalBytes(dhtPublicKey, this.#dhtPublicKey)) return
    this.#dhtPublicKey = dhtPublicKey.slice()
    this.#tellByDht.restart()
  }

  /** The number of packets sent; 0 if the friend was not found. */
  sendData(now: Instant, data: Uint8Array): number {
    const contacts = this.search.contacts(now)
    const keys = contacts.map(({ dataPublicKey }) => dataPublicKey)
    let sent = 0
    for (const [i, request] of this.#sealer.requests(this.publicKey, keys, data).entries()) {
      const path = request && this.search.paths.takeAny(now)
      if (!path) continue
      this.#outputs.push({
        type: 'datagram',
        to: path.entry,
        data: path.wrap(contacts[i]!.node.endpoint, request),
      })
      sent++
    }
    return sent
  }

  /** The friend's DHT key packet: false if it is a replay. */
  handleDhtKey(packet: DhtKeyPacket): boolean {
    if (packet.noReplay <= this.#lastNoReplay) return false
    this.#lastNoReplay = packet.noReplay
    const { publicKey } = this
    const dhtPublicKey = packet.dhtPublicKey.slice()
    this.setDhtKey(dhtPublicKey)
    // A sign of life: what we sent is being acted on.
    this.#tellByOnion.settle()
    this.#outputs.push({ type: 'friend_dht_key', publicKey, dhtPublicKey })
    const nodes: NodeInfo[] = unpackNodes(packet.nodes)
    if (nodes.length > 0) this.#outputs.push({ type: 'friend_nodes', dhtPublicKey, nodes })
    return true
  }

  #tellDhtKey(now: Instant): Instant {
    let next = NEVER
    if (this.search.contacts(now).length > 0) {
      const due = this.#tellByOnion.due(ONION_DHTPK_SEND_INTERVAL)
      if (due <= now && this.sendData(now, this.#dhtKeyPacket(now)) > 0) this.#tellByOnion.done(now)
      next = this.#tellByOnion.due(ONION_DHTPK_SEND_INTERVAL)
    }
    if (this.#dhtPublicKey) {
      if (this.#tellByDht.due(DHT_DHTPK_SEND_INTERVAL) <= now) this.#tellThroughDht(now, this.#dhtPublicKey)
      next = Math.min(next, this.#tellByDht.due(DHT_DHTPK_SEND_INTERVAL))
    }
    return next
  }

  #tellThroughDht(now: Instant, publicKey: Uint8Array): void {
    const data = this.#sealer.sealDhtRequest(this.publicKey, this.#dhtKeyPacket(now))
    if (data) this.#outputs.push({ type: 'dht_request', publicKey, kind: DHTPK, data })
    this.#tellByDht.done(now)
  }

  #dhtKeyPacket(now: Instant): Uint8Array {
    return encodeDhtKeyPacket(unixSeconds(now), this.#ownDhtKey, this.#nodes.closeNodes(MAX_SENT_NODES))
  }
}

const DHT_HASTE: readonly number[] = [0.5, 1, 2].map(seconds => seconds * SECOND)
