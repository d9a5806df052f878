import { equalBytes, MINUTE, toHex } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareDistance } from '../src/distance.ts'
import { Network, type Node } from './network.ts'

const SEED = 7
const NODES = 40
console.log(`SEED ${SEED}`)

/** The share of the `count` other nodes truly closest to each node that it lists among its closest. */
function correctness(nodes: Node[], count: number): number {
  let right = 0
  for (const node of nodes) {
    const closest = nodes
      .filter(other => other !== node)
      .sort((a, b) => compareDistance(node.publicKey, a.publicKey, b.publicKey))
      .slice(0, count)
      .map(other => toHex(other.publicKey))
    const listed = new Set(node.dht.closeNodes(count).map(other => toHex(other.publicKey)))
    right += closest.filter(key => listed.has(key)).length
  }
  return right / (nodes.length * count)
}

test('40 nodes that know one another by hearsay converge within a minute', () => {
  const network = new Network(SEED)
  for (let i = 0; i < NODES; i++) network.add(`203.0.113.${i + 1}`)
  const [first] = network.nodes
  for (const node of network.nodes.slice(1)) node.dht.bootstrap(network.now, first!.at, first!.publicKey)
  const started = network.now
  assert.ok(network.run(MINUTE, () => network.nodes.every(node => node.dht.connected)))
  assert.ok(network.now - started < 1000, 'everybody is connected within a second')
  network.run(MINUTE)
  const share = correctness(network.nodes, 8)
  console.log(
    `NOTE ${NODES} nodes after 1 min: ${(100 * share).toFixed(1)} % of the 8 closest nodes are right`,
  )
  assert.is(share, 1)
})

test('a friend is found by its DHT key, and lost when it leaves', () => {
  const network = new Network(SEED + 1)
  for (let i = 0; i < NODES; i++) network.add(`203.0.113.${i + 1}`)
  const [first] = network.nodes
  for (const node of network.nodes.slice(1)) node.dht.bootstrap(network.now, first!.at, first!.publicKey)
  network.run(MINUTE)

  const alice = network.add('198.51.100.1')
  const bob = network.add('198.51.100.2')
  for (const node of [alice, bob]) node.dht.bootstrap(network.now, first!.at, first!.publicKey)
  alice.dht.addFriend(network.now, bob.publicKey)
  bob.dht.addFriend(network.now, alice.publicKey)
  const started = network.now
  const found = () =>
    alice.dht.friendEndpoint(bob.publicKey) !== undefined &&
    bob.dht.friendEndpoint(alice.publicKey) !== undefined
  assert.ok(network.run(10_000, found), 'found within 10 s')
  console.log(`NOTE two fresh peers found each other after ${network.now - started} ms (one way 20 ms)`)
  assert.ok(network.now - started < 1000)
  assert.ok(alice.dht.friendEndpoint(bob.publicKey)!.equals(bob.at))
  const event = alice.events.find(({ event }) => event.type === 'friend_endpoint')!.event
  assert.ok(event.type === 'friend_endpoint' && equalBytes(event.publicKey, bob.publicKey))

  bob.online = false
  network.run(3 * MINUTE)
  assert.is(alice.dht.friendEndpoint(bob.publicKey), undefined)
})

test('a peer that was cut off from all others finds them again', () => {
  const network = new Network(SEED + 2)
  for (let i = 0; i < 5; i++) network.add(`203.0.113.${i + 1}`)
  const [first, second] = network.nodes
  for (const node of network.nodes.slice(1)) node.dht.bootstrap(network.now, first!.at, first!.publicKey)
  network.run(MINUTE)
  assert.ok(second!.dht.connected)

  const { outbound } = network
  network.outbound = (node, to) => (node === second ? undefined : outbound(node, to))
  network.run(20 * MINUTE)
  assert.not.ok(second!.dht.connected)
  network.outbound = outbound
  assert.ok(network.run(2 * MINUTE, () => second!.dht.connected))
})

test('an idle node is no louder than c-toxcore', () => {
  const network = new Network(SEED + 3)
  for (let i = 0; i < 20; i++) network.add(`203.0.113.${i + 1}`)
  const [first] = network.nodes
  for (const node of network.nodes.slice(1)) node.dht.bootstrap(network.now, first!.at, first!.publicKey)
  network.run(5 * MINUTE)
  const before = network.nodes.map(node => node.sent)
  network.run(10 * MINUTE)
  // Requests of c-toxcore in ten minutes: each listed node of the close list and of both random searches once a
  // minute, one more per list every 20 s. As many responses, on average, as requests.
  const listed = 19 + 2 * 8
  const requests = 10 * (listed + 3 * 3)
  const mean = network.nodes.reduce((sum, node, i) => sum + node.sent - before[i]!, 0) / network.nodes.length
  console.log(`NOTE idle: ${(mean / 10).toFixed(1)} packets a minute, c-toxcore's rules give ${requests / 5}`)
  assert.ok(mean <= 2 * requests)
})

test.run()
