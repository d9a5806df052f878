import { equalBytes, SECOND, utf8 } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Client, events, Network } from './harness.ts'

function meet(nodes: number, seed: number): { network: Network; alice: Client; bob: Client } {
  const network = new Network(seed, nodes)
  const alice = network.addClient()
  const bob = network.addClient()
  network.befriend(alice, bob)
  network.online(alice)
  network.online(bob)
  network.run(2 * SECOND)
  return { network, alice, bob }
}

for (const nodes of [1, 2, 5, 20]) {
  test(`${nodes} nodes: two friends find each other within 2 s and tell their DHT keys`, () => {
    const { network, alice, bob } = meet(nodes, nodes)
    for (const [me, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      assert.equal(events(me, 'connected'), [{ type: 'connected', connected: true }])
      assert.is(events(me, 'friend_found').length, 1)
      const [first] = events(me, 'friend_dht_key')
      assert.ok(first, 'the DHT key arrived')
      assert.equal(first.publicKey, other.longTerm.publicKey)
      assert.equal(first.dhtPublicKey, other.dht.publicKey)
      assert.is(events(me, 'friend_nodes')[0]?.nodes.length, Math.min(4, nodes))
      const requests = events(me, 'dht_request')
      assert.ok(requests.length > 0 && requests.every(r => equalBytes(r.publicKey, other.dht.publicKey)))
    }
    const request = utf8(' a friend request')
    assert.ok(bob.client.sendData(network.now, alice.longTerm.publicKey, request) > 0)
    network.pump()
    const received = events(alice, 'data')
    assert.ok(received.length > 0)
    for (const { data, publicKey } of received) {
      assert.equal(data, request)
      assert.equal(publicKey, bob.longTerm.publicKey)
    }
  })
}

test('connected at the first answers, with no waiting', () => {
  const network = new Network(7, 5)
  const alice = network.addClient()
  network.online(alice)
  network.run(400)
  assert.ok(alice.client.connected)
  assert.ok(network.nodes.some(node => node.store.has(network.now, alice.longTerm.publicKey)))
})

test('a friend who announces itself a moment after the search is found within 0.6 s', () => {
  const network = new Network(8, 3)
  const alice = network.addClient()
  const bob = network.addClient()
  alice.client.addFriend(network.now, bob.longTerm.publicKey)
  network.online(alice)
  network.run(500)
  network.online(bob)
  network.run(600)
  assert.is(events(alice, 'friend_found').length, 1)
})

test('the DHT request carries the DHT key, and is accepted from its owner only', () => {
  const { network, alice, bob } = meet(1, 9)
  network.run(1 * SECOND)
  const sent = events(bob, 'dht_request').at(-1)!
  const before = events(alice, 'friend_dht_key').length
  alice.client.setFriendOnline(network.now, bob.longTerm.publicKey, false) // forgets the no_replay number
  assert.ok(alice.client.handleDhtRequest(network.now, alice.dht.publicKey, sent.kind, sent.data))
  network.pump()
  assert.is(events(alice, 'friend_dht_key').length, before, 'not sent by the owner of the key')
  assert.ok(alice.client.handleDhtRequest(network.now, bob.dht.publicKey, sent.kind, sent.data))
  network.pump()
  assert.is(events(alice, 'friend_dht_key').length, before + 1)
  alice.client.handleDhtRequest(network.now, bob.dht.publicKey, sent.kind, sent.data)
  network.pump()
  assert.is(events(alice, 'friend_dht_key').length, before + 1, 'a replay')
  assert.ok((alice.client.drops.snapshot().replay ?? 0) >= 1)
  assert.not(alice.client.handleDhtRequest(network.now, bob.dht.publicKey, 32, sent.data), 'another kind')
})

test('a stranger’s DHT key is refused, its other data is not', () => {
  const network = new Network(10, 3)
  const alice = network.addClient()
  const mallory = network.addClient()
  mallory.client.addFriend(network.now, alice.longTerm.publicKey)
  network.online(alice)
  network.online(mallory)
  network.run(3 * SECOND)
  assert.is(events(alice, 'friend_dht_key').length, 0)
  assert.ok(alice.client.drops.snapshot().stranger! > 0)
  assert.ok(mallory.client.sendData(network.now, alice.longTerm.publicKey, utf8(' hello')) > 0)
  network.pump()
  assert.ok(events(alice, 'data').length > 0)
})

test('lost packets are made up for', () => {
  const network = new Network(11, 5)
  let n = 0
  network.filter = () => n++ % 10 !== 0
  const alice = network.addClient()
  const bob = network.addClient()
  network.befriend(alice, bob)
  network.online(alice)
  network.online(bob)
  network.run(8 * SECOND)
  assert.ok(events(alice, 'friend_dht_key').length > 0)
  assert.ok(events(bob, 'friend_dht_key').length > 0)
})

test('a removed friend costs nothing and is heard no more', () => {
  const { network, alice, bob } = meet(1, 12)
  alice.client.removeFriend(network.now, bob.longTerm.publicKey)
  const before = alice.events.length
  network.run(100 * SECOND)
  assert.is(alice.events.length, before)
  assert.is(alice.client.sendData(network.now, bob.longTerm.publicKey, utf8('x')), 0)
})

test('offline when no node answers any more, online again when they do', () => {
  const { network, alice } = meet(3, 13)
  network.filter = () => false
  network.run(20 * SECOND)
  assert.ok(alice.client.connected, 'not for one missing answer')
  network.run(59 * SECOND + 1)
  assert.not(alice.client.connected, 'after 75 s and the grace of 4 s at the latest')
  network.filter = () => true
  alice.client.dhtConnected(network.now, true)
  network.run(2 * SECOND)
  assert.ok(alice.client.connected)
  assert.is(events(alice, 'connected').length, 3)
})

test('a friend who restarts is found again, with its new keys', () => {
  const { network, alice, bob } = meet(3, 14)
  alice.client.setFriendOnline(network.now, bob.longTerm.publicKey, true)
  network.run(20 * SECOND)
  network.remove(bob)
  const again = network.addClient(bob.longTerm)
  again.client.addFriend(network.now, alice.longTerm.publicKey)
  alice.client.setFriendOnline(network.now, bob.longTerm.publicKey, false)
  network.online(again)
  network.run(3 * SECOND)
  assert.equal(events(alice, 'friend_dht_key').at(-1)!.dhtPublicKey, again.dht.publicKey)
  assert.is(events(alice, 'friend_found').length, 2)
  assert.equal(events(again, 'friend_dht_key').at(-1)!.dhtPublicKey, alice.dht.publicKey)
})

test('a node that restarts is announced to again', () => {
  const network = new Network(15, 1)
  const alice = network.addClient()
  network.online(alice)
  network.run(SECOND)
  const [node] = network.nodes
  network.filter = (_from, { to }) => !to.equals(node!.endpoint)
  network.run(10 * SECOND)
  network.filter = () => true
  network.run(30 * SECOND)
  assert.ok(node!.store.has(network.now, alice.longTerm.publicKey))
  assert.ok(alice.client.connected)
})

test.run()
