import { Endpoint, encode, type NodeInfo, packedNode, randomBytes, SECOND, utf8 } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_PENDING_REQUESTS } from '../src/constants.ts'
import { DataSealer, encodeDhtKeyPacket } from '../src/data.ts'
import { MAX_ONION_DATA_SIZE } from '../src/packets.ts'
import { type Client, endpoint, events, identity, Network } from './harness.ts'

const INITIAL = 0x80

/** When `client` sent into the onion, in milliseconds from now on. */
function record(network: Network, client: Client): number[] {
  const began = network.now
  const times: number[] = []
  network.filter = (from, { data }) => {
    if (from === client.endpoint && data[0] === INITIAL) times.push(Math.round(network.now - began))
    return true
  }
  return times
}

/** Takes what a client would receive, instead of delivering it. */
function intercept(network: Network, client: Client): Uint8Array[] {
  const caught: Uint8Array[] = []
  network.filter = (_from, { to, data }) => {
    if (to !== client.endpoint && !to.equals(client.endpoint)) return true
    caught.push(data)
    return false
  }
  return caught
}

test('a first request is repeated at 0.1, 0.25, 0.5, 1 and 2 s, then politely', () => {
  const network = new Network(1, 1)
  const alice = network.addClient()
  const times = record(network, alice)
  const count = network.filter
  network.filter = (from, datagram) => {
    count(from, datagram)
    return false
  }
  network.online(alice)
  network.run(60 * SECOND)
  assert.equal(times.slice(0, 6), [0, 100, 350, 850, 1850, 3850])
  assert.ok(times.length <= 6 + 60 / 10, `${times.length} in a minute`)
})

test('nothing is sent before the DHT is connected', () => {
  const network = new Network(2, 3)
  const alice = network.addClient()
  const times = record(network, alice)
  for (const { info } of network.nodes) alice.client.addPathNode(network.now, info)
  for (const { info } of network.nodes) alice.client.nodeSeen(network.now, info)
  alice.client.addFriend(network.now, identity(network.crypto, network.random).publicKey)
  network.run(10 * SECOND)
  assert.equal(times, [])
  network.online(alice)
  assert.ok(times.length > 0)
})

test('a node that the DHT comes to know is asked at once', () => {
  const network = new Network(3, 1)
  const late = network.addNode()
  network.nodes.pop()
  const alice = network.addClient()
  network.online(alice)
  network.run(5 * SECOND)
  assert.not(late.store.has(network.now, alice.longTerm.publicKey))
  alice.client.nodeSeen(network.now, late.info)
  network.pump()
  assert.ok(late.store.has(network.now, alice.longTerm.publicKey))
})

test('an answer counts once, and only as it was sealed', () => {
  const network = new Network(4, 1)
  const alice = network.addClient()
  const caught = intercept(network, alice)
  network.online(alice)
  const [answer] = caught as [Uint8Array]
  const from = network.nodes[0]!.endpoint
  const { client } = alice
  const wrongSendback = answer.slice()
  wrongSendback[3]! ^= 1
  assert.ok(client.handleDatagram(network.now, from, wrongSendback))
  const altered = answer.slice()
  altered[50]! ^= 1
  assert.ok(client.handleDatagram(network.now, from, altered))
  assert.ok(client.handleDatagram(network.now, from, answer.subarray(0, 60)))
  assert.equal(client.drops.snapshot(), { not_asked: 1, not_authentic: 1, malformed: 1 })
  assert.ok(client.handleDatagram(network.now, from, answer))
  assert.ok(client.handleDatagram(network.now, from, answer))
  assert.is(client.drops.snapshot().not_asked, 2)
})

test('an answer after 10 s is too late', () => {
  const network = new Network(5, 1)
  const alice = network.addClient()
  const caught = intercept(network, alice)
  network.online(alice)
  const [answer] = caught as [Uint8Array]
  network.run(10 * SECOND)
  alice.client.handleDatagram(network.now, network.nodes[0]!.endpoint, answer)
  assert.equal(alice.client.drops.snapshot(), { not_asked: 1 })
})

test('a friend that stays away is searched in haste, every 3 s, then ever more rarely', () => {
  const network = new Network(6, 1)
  const alice = network.addClient()
  network.online(alice)
  network.run(5 * SECOND)
  const times = record(network, alice)
  alice.client.addFriend(network.now, identity(network.crypto, network.random).publicKey)
  network.pump()
  network.run(400 * SECOND)
  // Announcing ourselves comes every 15 s, from 5 s before on.
  const search = times.filter(time => (time - 10_000) % 15_000 !== 0)
  assert.equal(search.slice(0, 6), [0, 100, 350, 850, 1850, 3850])
  const gaps = search.slice(5).map((time, i) => (time - search[i + 4]!) / SECOND)
  assert.equal(gaps.slice(1, 20), new Array(19).fill(3))
  assert.equal(gaps.slice(25, 33), [16, 16, 16, 16, 32, 32, 32, 32])
})

test('an online friend is not searched; once offline, it is, as if it were new', () => {
  const network = new Network(7, 1)
  const alice = network.addClient()
  network.online(alice)
  const friend = identity(network.crypto, network.random).publicKey
  alice.client.addFriend(network.now, friend)
  alice.client.setFriendOnline(network.now, friend, true)
  network.run(60 * SECOND)
  const times = record(network, alice)
  network.run(60 * SECOND)
  assert.is(times.length, 4, 'announcing only')
  alice.client.setFriendOnline(network.now, friend, false)
  network.run(10 * SECOND)
  assert.ok(times.length >= 4 + 6)
})

test('our DHT key is told in haste, then through the onion every 30 s and the DHT every 20 s', () => {
  const network = new Network(8, 1)
  const alice = network.addClient()
  const bob = network.addClient()
  network.online(alice)
  network.online(bob)
  alice.client.addFriend(network.now, bob.longTerm.publicKey)
  const dhtKey = randomBytes(network.random, 32)
  alice.client.setFriendDhtKey(network.now, bob.longTerm.publicKey, dhtKey)
  network.pump()
  const stranger = () => bob.client.drops.snapshot().stranger ?? 0
  const requests = () => events(alice, 'dht_request').length
  assert.is(stranger(), 1)
  assert.is(requests(), 1)
  network.run(4 * SECOND)
  assert.is(stranger(), 6)
  assert.is(requests(), 4)
  const before = [stranger(), requests()] as const
  network.run(120 * SECOND)
  assert.is(stranger() - before[0], 4)
  assert.is(requests() - before[1], 6)
  assert.ok(
    events(alice, 'dht_request').every(
      ({ publicKey, kind }) => kind === 156 && publicKey.join() === dhtKey.join(),
    ),
  )
})

test('no_replay must rise; nodes and TCP relays are handed on', () => {
  const network = new Network(9, 1)
  const alice = network.addClient()
  const bob = identity(network.crypto, network.random)
  const bobDht = randomBytes(network.random, 32)
  alice.client.addFriend(network.now, bob.publicKey)
  const sealer = new DataSealer(network.crypto, network.random, bob)
  const nodes: NodeInfo[] = [
    { protocol: 'udp', endpoint: endpoint(9), publicKey: randomBytes(network.random, 32) },
    {
      protocol: 'tcp',
      endpoint: Endpoint.parse('2001:db8::1', 3389)!,
      publicKey: randomBytes(network.random, 32),
    },
  ]
  const tell = (seconds: number, extra = new Uint8Array()) => {
    const packet = new Uint8Array([...encodeDhtKeyPacket(seconds, bobDht, nodes), ...extra])
    alice.client.handleDhtRequest(
      network.now,
      bobDht,
      156,
      sealer.sealDhtRequest(alice.longTerm.publicKey, packet)!,
    )
    network.pump()
    return events(alice, 'friend_dht_key').length
  }
  assert.is(tell(1000), 1)
  assert.is(tell(1000), 1)
  assert.is(tell(999), 1)
  assert.is(tell(1001), 2)
  assert.equal(alice.client.drops.snapshot(), { replay: 2 })
  assert.equal(events(alice, 'friend_nodes')[0]!.nodes, nodes)
  // What follows the nodes and is none ends the list.
  assert.is(tell(1002, Uint8Array.of(99, 1, 2, 3)), 3)
  assert.equal(events(alice, 'friend_nodes')[2]!.nodes, nodes)
  assert.is(encode(packedNode, nodes[0]!).length, 39)
})

test('data: the size is checked, nothing is sent to who was not found', () => {
  const network = new Network(10, 1)
  const alice = network.addClient()
  const bob = network.addClient()
  const { client } = alice
  const to = bob.longTerm.publicKey
  assert.throws(() => client.sendData(network.now, to, new Uint8Array()), /expected 1–948 bytes, got 0/)
  assert.throws(() => client.sendData(network.now, to, new Uint8Array(MAX_ONION_DATA_SIZE + 1)), RangeError)
  assert.throws(() => client.addFriend(network.now, new Uint8Array(31)), RangeError)
  assert.is(client.sendData(network.now, to, utf8('x')), 0, 'no friend')
  client.addFriend(network.now, to)
  assert.is(client.sendData(network.now, to, utf8('x')), 0, 'not found')
  network.online(alice)
  network.online(bob)
  network.run(2 * SECOND)
  for (const size of [1, 926, MAX_ONION_DATA_SIZE]) {
    const data = randomBytes(network.random, size)
    data[0] = 32
    assert.is(client.sendData(network.now, to, data), 1)
    network.pump()
    assert.equal(events(bob, 'data').at(-1)!.data, data)
  }
})

test('our own node is no place to announce at', () => {
  const network = new Network(11, 1)
  const alice = network.addClient()
  const self: NodeInfo = { protocol: 'udp', endpoint: alice.endpoint, publicKey: alice.dht.publicKey }
  network.nodes.push({ ...network.nodes[0]!, info: self })
  network.online(alice)
  network.run(5 * SECOND)
  assert.ok(alice.client.connected)
  assert.equal(alice.client.pathNodes(10), [network.nodes[0]!.info])
})

test('many friends: the searches do not start at once, and what is awaited is bounded', () => {
  const network = new Network(12, 2)
  const alice = network.addClient()
  for (let i = 0; i < 300; i++)
    alice.client.addFriend(network.now, randomBytes(network.random, 32).fill(7, 31))
  network.filter = (from, { data }) => from !== alice.endpoint || data[0] === INITIAL
  const times = record(network, alice)
  network.online(alice)
  assert.ok(times.length < 20, `${times.length} at once`)
  network.run(4 * SECOND)
  assert.ok(times.length > 300)
  assert.ok(alice.client.pendingRequests <= MAX_PENDING_REQUESTS)
})

test('a DHT request of a stranger is not even opened', () => {
  const network = new Network(9, 1)
  const alice = network.addClient()
  const stranger = identity(network.crypto, network.random)
  const sealer = new DataSealer(network.crypto, network.random, stranger)
  const packet = encodeDhtKeyPacket(1_700_000_000, randomBytes(network.random, 32), [])
  const request = sealer.sealDhtRequest(alice.longTerm.publicKey, packet)!
  // Who it is from is told in clear, so that nothing needs to be opened: a broken box makes no difference.
  request[request.length - 1]! ^= 1
  assert.ok(alice.client.handleDhtRequest(network.now, stranger.publicKey, 156, request))
  assert.equal(alice.client.drops.snapshot(), { stranger: 1 })
  alice.client.addFriend(network.now, stranger.publicKey)
  alice.client.handleDhtRequest(network.now, stranger.publicKey, 156, request)
  assert.equal(alice.client.drops.snapshot(), { stranger: 1, not_authentic: 1 })
})

test.run()
