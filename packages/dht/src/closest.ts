/** Choosing nodes out of the lists: for answers to strangers and for our own use. */
import { compareDistance, type Instant, type NodeInfo, type Random, randomBelow } from '@ts-toxcore/core'
import { type Address, type Client, isGood, isLan, nodeAt } from './client.ts'
import type { ClientList } from './client-list.ts'

/**
 * The good nodes closest to `target`, closest first (c-toxcore's `get_close_nodes`). Each is given with the address
 * from which it was heard last. Addresses of a local network are for those on one: `lan`.
 */
export function closestNodes(
  now: Instant,
  lists: Iterable<ClientList>,
  target: Uint8Array,
  count: number,
  lan: boolean,
): NodeInfo[] {
  const usable = (address: Address | undefined): address is Address =>
    isGood(address, now) && (lan || !isLan(address.endpoint))
  const chosen: NodeInfo[] = []
  for (const list of lists) {
    for (const client of list.clients) {
      const address = latest([client.v4, client.v6].filter(usable))
      if (address) insertByDistance(chosen, target, count, client, address)
    }
  }
  return chosen
}

function latest(addresses: Address[]): Address | undefined {
  return addresses.reduce<Address | undefined>(
    (best, address) => (best && best.heardAt >= address.heardAt ? best : address),
    undefined,
  )
}

/** Keeps `nodes` sorted, without the same key twice, and no longer than `count`. */
function insertByDistance(
  nodes: NodeInfo[],
  target: Uint8Array,
  count: number,
  client: Client,
  address: Address,
): void {
  let at = nodes.length
  for (; at > 0; at--) {
    const order = compareDistance(target, client.publicKey, nodes[at - 1]!.publicKey)
    if (order === 0) return
    if (order > 0) break
  }
  if (at >= count) return
  nodes.splice(at, 0, nodeAt(client.publicKey, address.endpoint))
  if (nodes.length > count) nodes.pop()
}

/** Up to `count` good nodes, closest first, either address of those that have two (c-toxcore's `list_nodes`). */
export function goodNodes(
  now: Instant,
  lists: readonly ClientList[],
  count: number,
  random: Random,
): NodeInfo[] {
  const nodes: NodeInfo[] = []
  for (let i = lists.length - 1; i >= 0; i--) {
    const { clients } = lists[i]!
    for (let j = clients.length - 1; j >= 0; j--) {
      if (nodes.length >= count) return nodes
      const client = clients[j]!
      const good = [client.v4, client.v6].filter(address => isGood(address, now))
      const address = good.length > 1 ? good[randomBelow(random, good.length)] : good[0]
      if (address) nodes.push(nodeAt(client.publicKey, address.endpoint))
    }
  }
  return nodes
}
