/** The DHT node state (spec): the close list and the searches, and choosing nodes out of them. */
import { type Instant, KeyMap, keyText, type NodeInfo, type Random, randomBelow } from '@ts-toxcore/core'
import { addresses, isGoodClient, nodeAt } from './client.ts'
import type { ClientList } from './client-list.ts'
import { closestNodes, goodNodes } from './closest.ts'
import type { Friend } from './friend.ts'
import { KBuckets } from './k-buckets.ts'

export class DhtState {
  readonly close: KBuckets
  /** Random keys, searched for the sake of the nodes on the way. Never real friends: onion paths are made of them. */
  readonly fakeFriends: Friend[] = []
  readonly friends = new KeyMap<Friend>()
  readonly #random: Random

  constructor(publicKey: Uint8Array, random: Random) {
    this.close = new KBuckets(publicKey)
    this.#random = random
  }

  *searches(): IterableIterator<Friend> {
    yield* this.fakeFriends
    yield* this.friends.values()
  }

  closest(now: Instant, target: Uint8Array, count: number, lan: boolean): NodeInfo[] {
    return closestNodes(now, this.#lists(), target, count, lan)
  }

  /** Good nodes near the fake friends' keys (c-toxcore's `randfriends_nodes`). */
  random(now: Instant, count: number): NodeInfo[] {
    const size = this.fakeFriends.length
    const first = randomBelow(this.#random, size)
    const lists = this.fakeFriends.map((_, i) => this.fakeFriends[(first + i) % size]!.list)
    return goodNodes(now, lists, count, this.#random)
  }

  /** Good nodes near our own key, closest first (c-toxcore's `closelist_nodes`). */
  nearest(now: Instant, count: number): NodeInfo[] {
    return goodNodes(now, this.close.lists, count, this.#random)
  }

  /** Nodes worth keeping for the next start, those heard last first. Real friends' lists would give friends away. */
  worthSaving(limit: number): NodeInfo[] {
    const heard = [...this.close.lists, ...this.fakeFriends.map(friend => friend.list)].flatMap(heardNodes)
    heard.sort((a, b) => b.heardAt - a.heardAt)
    const unique = new Map(heard.map(({ node }) => [keyText(node.publicKey) + node.endpoint.text, node]))
    return [...unique.values()].slice(0, limit)
  }

  /** When any node of the close list answered last; −∞ if none ever did. */
  lastHeard(): Instant {
    const times = this.close.lists.flatMap(list => heardNodes(list).map(({ heardAt }) => heardAt))
    return Math.max(...times)
  }

  closeCount(now: Instant): { known: number; good: number } {
    const known = this.close.lists.flatMap(list => list.clients)
    return { known: known.length, good: known.filter(client => isGoodClient(client, now)).length }
  }

  *#lists(): IterableIterator<ClientList> {
    yield* this.close.lists
    for (const friend of this.searches()) yield friend.list
  }
}

/** One entry for each address. */
function heardNodes(list: ClientList): { heardAt: Instant; node: NodeInfo }[] {
  return list.clients.flatMap(client =>
    addresses(client).map(({ endpoint, heardAt }) => ({ heardAt, node: nodeAt(client.publicKey, endpoint) })),
  )
}
