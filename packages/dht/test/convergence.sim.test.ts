import { compareDistance, equalBytes, MINUTE, SECOND, sharedBits, toHex } from '@ts-toxcore/core'
import { Simulation } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addNetwork, addPeer, join, type Peer } from './peers.ts'

const SEED = 7
const NODES = 40
const LINK = { latency: 20, jitter: 5 }
console.log(`SEED ${SEED}`)

function listed(peer: Peer, count: number): Set<string> {
  return new Set(peer.dht.closeNodes(count).map(node => toHex(node.publicKey)))
}

/** The 8 others truly closest to a peer. */
function closest(peers: Peer[], peer: Peer): Peer[] {
  return peers
    .filter(other => other !== peer)
    .sort((a, b) => compareDistance(peer.publicKey, a.publicKey, b.publicKey))
    .slice(0, 8)
}

/** The share of them that are the first 8 of the close lists. */
function shareOfClosest(peers: Peer[]): number {
  let right = 0
  for (const peer of peers) {
    const known = listed(peer, 8)
    right += closest(peers, peer).filter(other => known.has(toHex(other.publicKey))).length
  }
  return right / (peers.length * 8)
}

/**
 * The 8 closest nodes that a peer's close list lacks although there is room for them. (A bucket takes the first
 * eight that come, whichever they are: only where there is room is anything owed.)
 */
function missing(peers: Peer[]): string[] {
  return peers.flatMap(peer => {
    const known = listed(peer, peers.length)
    const bits = (other: Peer) => sharedBits(peer.publicKey, other.publicKey)
    return closest(peers, peer)
      .filter(other => !known.has(toHex(other.publicKey)))
      .filter(other => peers.filter(p => bits(p) === bits(other) && known.has(toHex(p.publicKey))).length < 8)
      .map(other => `${peer.host.name} lacks ${other.host.name} in bucket ${bits(other)}`)
  })
}

test('nodes that know one another by hearsay converge within seconds', () => {
  const sim = new Simulation({ seed: SEED, link: LINK })
  const peers = addNetwork(sim, NODES)
  assert.ok(
    sim.runUntil(() => peers.every(peer => peer.dht.connected), SECOND),
    'all are connected within a second',
  )
  sim.run(10 * SECOND)
  const share = shareOfClosest(peers)
  console.log(
    `NOTE ${NODES} nodes after 10 s: ${(100 * share).toFixed(1)} % of the 8 closest nodes are known`,
  )
  assert.ok(share > 0.95)
  sim.run(MINUTE)
  assert.equal(missing(peers), [])
})

test('nodes converge in spite of loss, duplication and reordering', () => {
  const sim = new Simulation({ seed: SEED + 1, link: { ...LINK, loss: 0.3, duplication: 0.1, jitter: 50 } })
  const peers = addNetwork(sim, 20)
  sim.run(5 * MINUTE)
  const share = shareOfClosest(peers)
  console.log(`NOTE 20 nodes with 30 % loss: ${(100 * share).toFixed(1)} % after five minutes`)
  assert.ok(share > 0.9)
})

test('two friends find each other at once, and notice when the other is gone', () => {
  const sim = new Simulation({ seed: SEED + 2, link: LINK })
  const [first] = addNetwork(sim, NODES)
  sim.run(MINUTE)
  const alice = addPeer(sim, { name: 'alice' })
  const bob = addPeer(sim, { name: 'bob' })
  const began = sim.now
  for (const [peer, friend] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    join(peer, first!)
    peer.host.do(now => peer.dht.addFriend(now, friend.publicKey))
  }
  const found = () => alice.dht.friendEndpoint(bob.publicKey) && bob.dht.friendEndpoint(alice.publicKey)
  assert.ok(sim.runUntil(() => found() !== undefined, 10 * SECOND))
  const took = sim.now - began
  console.log(`NOTE two fresh peers found each other after ${took.toFixed(0)} ms (20 ms one way)`)
  assert.ok(took < SECOND)
  assert.ok(alice.dht.friendEndpoint(bob.publicKey)!.equals(bob.host.endpoint))
  const event = alice.host.eventsOf('friend_endpoint')[0]!.output as unknown as { publicKey: Uint8Array }
  assert.ok(equalBytes(event.publicKey, bob.publicKey))

  bob.host.stop()
  sim.run(3 * MINUTE)
  assert.is(alice.dht.friendEndpoint(bob.publicKey), undefined)
})

test('a peer that was cut off for long finds its nodes again', () => {
  const sim = new Simulation({ seed: SEED + 3, link: LINK })
  const peers = addNetwork(sim, 5)
  const lonely = peers[1]!
  sim.run(MINUTE)
  assert.ok(lonely.dht.connected)
  lonely.host.plugged = false
  sim.run(20 * MINUTE)
  assert.not(lonely.dht.connected)
  lonely.host.plugged = true
  assert.ok(sim.runUntil(() => lonely.dht.connected, 2 * MINUTE))
})

test('idle nodes are no louder than the rules of c-toxcore', () => {
  const sim = new Simulation({ seed: SEED + 4, link: LINK })
  const peers = addNetwork(sim, 20)
  sim.run(5 * MINUTE)
  const before = sim.stats.packets
  sim.run(10 * MINUTE)
  const perMinute = (sim.stats.packets - before) / peers.length / 10
  // Requests a minute: each node of the close list and of both random searches once, and each list 3 random ones.
  // Every request has a response.
  const limit = 2 * (19 + 2 * 8 + 3 * 3)
  console.log(`NOTE idle: ${perMinute.toFixed(1)} packets a minute, c-toxcore's rules give up to ${limit}`)
  assert.ok(perMinute <= limit)
})

test('the same seed gives the same run', () => {
  const run = () => {
    const sim = new Simulation({ seed: SEED, link: { ...LINK, loss: 0.1 } })
    addNetwork(sim, 5)
    sim.run(MINUTE)
    return sim.log.digest
  }
  assert.equal(run(), run())
})

test.run()
