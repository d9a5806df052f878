import { concatBytes, decode, type Endpoint, encode, type Instant, SECOND, utf8 } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_BOOTSTRAP_NODES, MAX_TO_PING, PING_TIMEOUT, TIME_TO_PING } from '../src/constants.ts'
import { Dht, type DhtOptions } from '../src/index.ts'
import {
  DHT_PACKET_OVERHEAD,
  dhtRequest,
  KIND,
  MAX_DHT_REQUEST_PAYLOAD,
  natPing,
  nodesRequest,
  nodesResponse,
  ping,
  REQUEST_KIND,
} from '../src/packets.ts'
import { createBox, createDht, crypto, datagrams, endpoint, identity, node, outputs } from './peers.ts'

const NOW: Instant = 1_700_000_000_000
type Box = ReturnType<typeof createBox>

function setUp(options: Partial<DhtOptions> = {}) {
  const random = new SeededRandom(1)
  return { random, dht: createDht(random, options) }
}

const pingRequest = (dht: Dht, from: Box, id = 5n) =>
  from.seal(KIND.pingRequest, dht.publicKey, encode(ping, { kind: KIND.pingRequest, id }))!

const requestNodes = (dht: Dht, from: Box, target: Uint8Array) =>
  from.seal(KIND.nodesRequest, dht.publicKey, encode(nodesRequest, { target, id: 9n }))!

/** Makes `dht` know `peer` at `at`: its ping, and its answer to the ping that this causes. */
function introduce(dht: Dht, peer: Box, at: Endpoint, now = NOW): void {
  dht.handleDatagram(now, at, pingRequest(dht, peer))
  for (const { data, to } of datagrams(dht)) {
    if (data[0] !== KIND.pingRequest || !to.equals(at)) continue
    const { id } = decode(ping, peer.open(data)!.plain)!
    dht.handleDatagram(
      now,
      at,
      peer.seal(KIND.pingResponse, dht.publicKey, encode(ping, { kind: KIND.pingResponse, id }))!,
    )
  }
}

/** Answers every nodes request to `peer` that is waiting to be sent, with `nodes`. */
function answer(dht: Dht, peer: Box, at: Endpoint, nodes: Parameters<typeof node>[], now = NOW): number {
  let answered = 0
  for (const { data, to } of datagrams(dht)) {
    if (data[0] !== KIND.nodesRequest || !to.equals(at)) continue
    const { id } = decode(nodesRequest, peer.open(data)!.plain)!
    const plain = encode(nodesResponse, { nodes: nodes.map(args => node(...args)), id })
    dht.handleDatagram(now, at, peer.seal(KIND.nodesResponse, dht.publicKey, plain)!)
    answered++
  }
  return answered
}

test('a ping is answered at once, and the stranger is pinged before it is believed', () => {
  const { random, dht } = setUp()
  const peer = createBox(random)
  const at = endpoint('192.0.2.1')
  assert.ok(dht.handleDatagram(NOW, at, pingRequest(dht, peer)))
  const [response, request, ...rest] = datagrams(dht)
  assert.is(rest.length, 0)
  assert.equal(decode(ping, peer.open(response!.data)!.plain), { kind: KIND.pingResponse, id: 5n })
  assert.is(request!.data[0], KIND.pingRequest)
  assert.ok(request!.to.equals(at))
  assert.is(dht.stats.closeNodes, 0)

  const { id } = decode(ping, peer.open(request!.data)!.plain)!
  const pong = peer.seal(KIND.pingResponse, dht.publicKey, encode(ping, { kind: KIND.pingResponse, id }))!
  dht.handleDatagram(NOW, endpoint('192.0.2.2'), pong)
  assert.is(dht.stats.closeNodes, 0, 'not from where it was pinged')
  dht.handleDatagram(NOW, at, pong)
  assert.is(dht.stats.closeNodes, 1)
  assert.ok(dht.connected)
  assert.ok(outputs(dht).some(output => output.type === 'connected' && output.connected))
  dht.handleDatagram(NOW, at, pong)
  assert.is(dht.stats.dropped.unrequested, 2)
})

test('a request sent back is not taken for a response, nor is our own packet', () => {
  const { random, dht } = setUp()
  const peer = createBox(random)
  dht.handleDatagram(NOW, endpoint('192.0.2.1'), pingRequest(dht, peer))
  const request = datagrams(dht)[1]!.data.slice()
  dht.handleDatagram(NOW, endpoint('192.0.2.1'), request)
  assert.is(dht.stats.dropped.not_authentic, 1)
  const asResponse = pingRequest(dht, peer)
  asResponse[0] = KIND.pingResponse
  dht.handleDatagram(NOW, endpoint('192.0.2.1'), asResponse)
  assert.is(dht.stats.dropped.malformed, 1)
  assert.is(datagrams(dht).length, 0)
})

test('a flood of strangers: each is answered, 32 are pinged in two seconds', () => {
  const { random, dht } = setUp()
  let pings = 0
  for (let i = 0; i < 100; i++) {
    dht.handleDatagram(NOW, endpoint('192.0.2.1', i + 1), pingRequest(dht, createBox(random)))
    const [response, ...requests] = datagrams(dht)
    assert.is(response!.data[0], KIND.pingResponse)
    pings += requests.length
  }
  assert.is(pings, MAX_TO_PING)
  dht.tick(NOW + TIME_TO_PING - 1)
  assert.is(datagrams(dht).length, 0)
  dht.tick(NOW + TIME_TO_PING)
  assert.is(datagrams(dht).length, MAX_TO_PING)
  dht.tick(NOW + 10 * TIME_TO_PING)
  assert.is(datagrams(dht).length, 0, 'the rest was forgotten')
})

test('nodes: the four closest, local ones for local peers only', () => {
  const { random, dht } = setUp()
  for (let i = 1; i <= 5; i++) introduce(dht, createBox(random), endpoint(`192.0.2.${i}`))
  const local = createBox(random)
  introduce(dht, local, endpoint('192.168.0.1'))
  const asker = createBox(random)
  const ask = (host: string) => {
    outputs(dht)
    dht.handleDatagram(NOW, endpoint(host), requestNodes(dht, asker, local.publicKey))
    return decode(nodesResponse, asker.open(datagrams(dht)[0]!.data)!.plain)!
  }
  const outside = ask('198.51.100.1')
  assert.is(outside.id, 9n)
  assert.is(outside.nodes.length, 4)
  assert.ok(outside.nodes.every(({ endpoint }) => endpoint.host.startsWith('192.0.2.')))
  for (const host of ['10.0.0.9', '127.0.0.1', 'fe80::1']) {
    assert.equal(ask(host).nodes[0]!.publicKey, local.publicKey)
  }
})

test('bootstrapping: in haste until answered, for ever while nobody else is known', () => {
  const { random, dht } = setUp()
  const peer = createBox(random)
  const at = endpoint('192.0.2.1')
  const times: number[] = []
  dht.bootstrap(NOW, at, peer.publicKey)
  for (let now = NOW; now <= NOW + 75 * SECOND; now = dht.deadline()) {
    dht.tick(now)
    if (datagrams(dht).length > 0) times.push(now - NOW)
  }
  assert.equal(times, [0, 100, 350, 850, 1850, 3850, 7850, 15850, 31850, 51850, 71850])
})

test('a response that names nobody is believed, and ends the haste', () => {
  const { random, dht } = setUp()
  const peer = createBox(random)
  const at = endpoint('192.0.2.1')
  dht.bootstrap(NOW, at, peer.publicKey)
  assert.is(answer(dht, peer, at, []), 1)
  const events = outputs(dht)
  assert.ok(events.some(output => output.type === 'node'))
  assert.ok(dht.connected)
  const late = NOW + PING_TIMEOUT
  dht.bootstrap(NOW, endpoint('192.0.2.2'), peer.publicKey)
  const [request] = datagrams(dht)
  const { id } = decode(nodesRequest, peer.open(request!.data)!.plain)!
  const plain = encode(nodesResponse, { nodes: [], id })
  dht.handleDatagram(late, endpoint('192.0.2.2'), peer.seal(KIND.nodesResponse, dht.publicKey, plain)!)
  assert.is(dht.stats.dropped.unrequested, 1, 'too late')
})

test('bootstrap nodes are bounded', () => {
  const { random, dht } = setUp()
  const { publicKey } = identity(random)
  for (let i = 1; i <= 2 * MAX_BOOTSTRAP_NODES; i++) dht.bootstrap(NOW, endpoint('192.0.2.1', i), publicKey)
  outputs(dht)
  dht.tick(NOW + 100)
  assert.is(datagrams(dht).length, MAX_BOOTSTRAP_NODES)
})

test('what strangers say about local networks, other protocols and ourselves is not acted upon', () => {
  const { random, dht } = setUp({ ipv6: false })
  const peer = createBox(random)
  const at = endpoint('192.0.2.1')
  dht.bootstrap(NOW, at, peer.publicKey)
  const [a, b] = [createBox(random).publicKey, createBox(random).publicKey]
  answer(dht, peer, at, [
    [a, endpoint('192.168.0.1')],
    [b, endpoint('2001:db8::1')],
    [dht.publicKey, endpoint('192.0.2.7')],
    [a, endpoint('192.0.2.8', 0)],
  ])
  assert.ok(datagrams(dht).every(({ to }) => to.equals(at)))
  answer(dht, peer, at, [])
  const relay = { protocol: 'tcp', publicKey: a, endpoint: endpoint('192.0.2.9') } as const
  const plain = concatBytes(
    Uint8Array.of(1, 130, 192, 0, 2, 9, 0x82, 0xa5),
    relay.publicKey,
    new Uint8Array(8),
  )
  dht.handleDatagram(NOW, at, peer.seal(KIND.nodesResponse, dht.publicKey, plain)!)
  assert.is(dht.stats.dropped.malformed, 1)
})

test('a friend that is named is asked at once, and known as soon as it answers', () => {
  const { random, dht } = setUp()
  const [peer, friend] = [createBox(random), createBox(random)]
  const [at, friendAt] = [endpoint('192.0.2.1'), endpoint('198.51.100.7', 40000)]
  introduce(dht, peer, at)
  outputs(dht)
  dht.addFriend(NOW, friend.publicKey)
  assert.is(answer(dht, peer, at, [[friend.publicKey, friendAt]]), 1)
  assert.is(dht.friendEndpoint(friend.publicKey), undefined)
  assert.ok(answer(dht, friend, friendAt, []) >= 1)
  assert.ok(dht.friendEndpoint(friend.publicKey)!.equals(friendAt))
  const event = outputs(dht).find(output => output.type === 'friend_endpoint')!
  assert.ok(event.endpoint.equals(friendAt))
  assert.equal(event.publicKey, friend.publicKey)
})

test('a friend that contacts us is pinged each time until it is known', () => {
  const { random, dht } = setUp()
  const friend = createBox(random)
  const at = endpoint('198.51.100.7', 40000)
  dht.addFriend(NOW, friend.publicKey)
  for (let i = 0; i < 3; i++) {
    dht.handleDatagram(NOW, at, pingRequest(dht, friend))
    assert.is(datagrams(dht).filter(({ data }) => data[0] === KIND.pingRequest).length, 1)
  }
  introduce(dht, friend, at)
  assert.ok(dht.friendEndpoint(friend.publicKey)!.equals(at))
})

test('friends are counted', () => {
  const { random, dht } = setUp()
  const { publicKey } = identity(random)
  dht.addFriend(NOW, publicKey)
  dht.addFriend(NOW, publicKey)
  assert.is(dht.stats.friends, 1)
  dht.removeFriend(NOW, publicKey)
  assert.is(dht.stats.friends, 1)
  dht.removeFriend(NOW, publicKey)
  assert.is(dht.stats.friends, 0)
  dht.removeFriend(NOW, publicKey)
  assert.is(dht.deadline(), Number.POSITIVE_INFINITY, 'nothing is left to wait for')
  // As many friends may claim to have one DHT key.
  for (let i = 0; i < 100; i++) dht.addFriend(NOW, publicKey)
  for (let i = 0; i < 99; i++) dht.removeFriend(NOW, publicKey)
  assert.is(dht.stats.friends, 1)
})

test('DHT requests: opened, passed on unaltered, or dropped', () => {
  const { random, dht } = setUp()
  const [peer, sender] = [createBox(random), createBox(random)]
  const at = endpoint('192.0.2.1')
  const from = endpoint('192.0.2.2')
  const contents = encode(dhtRequest, { kind: REQUEST_KIND.dhtPublicKey, payload: utf8('hello') })

  dht.handleDatagram(NOW, from, sender.sealRequest(dht.publicKey, contents)!)
  const [opened] = outputs(dht)
  assert.ok(opened?.type === 'dht_request')
  assert.equal(
    [opened.publicKey, opened.kind, opened.data, opened.from.text],
    [sender.publicKey, 156, utf8('hello'), from.text],
  )

  const forPeer = sender.sealRequest(peer.publicKey, contents)!
  dht.handleDatagram(NOW, from, forPeer)
  assert.is(datagrams(dht).length, 0, 'we do not know the addressee')
  introduce(dht, peer, at)
  outputs(dht)
  dht.handleDatagram(NOW, from, forPeer)
  const [passed] = datagrams(dht)
  assert.ok(passed!.to.equals(at))
  assert.equal(passed!.data, forPeer)
  dht.handleDatagram(NOW + 130 * SECOND, from, forPeer)
  assert.is(datagrams(dht).length, 0, 'the addressee has gone bad')
  assert.is(dht.stats.dropped.not_ours, 2)
})

test('our own DHT requests go straight to nodes that we know', () => {
  const { random, dht } = setUp()
  const peer = createBox(random)
  assert.not(dht.sendRequest(NOW, peer.publicKey, 156, utf8('hello')))
  introduce(dht, peer, endpoint('192.0.2.1'))
  outputs(dht)
  assert.ok(dht.sendRequest(NOW, peer.publicKey, 156, utf8('hello')))
  const opened = peer.openRequest(datagrams(dht)[0]!.data)!
  assert.equal(decode(dhtRequest, opened.plain), { kind: 156, payload: utf8('hello') })
  assert.throws(() => dht.sendRequest(NOW, peer.publicKey, 156, new Uint8Array(0)), /1–918/)
  assert.throws(
    () => dht.sendRequest(NOW, peer.publicKey, 156, new Uint8Array(MAX_DHT_REQUEST_PAYLOAD + 1)),
    /919/,
  )
})

test('requests to a friend go through its nodes when two of them name it', () => {
  const { random, dht } = setUp()
  const friend = createBox(random)
  const friendAt = endpoint('198.51.100.7', 40000)
  const nodes = [1, 2].map(i => ({ box: createBox(random), at: endpoint(`192.0.2.${i}`) }))
  dht.addFriend(NOW, friend.publicKey)
  const payload = utf8('hello')
  const send = () => dht.sendRequestToFriend(NOW, friend.publicKey, 156, payload)
  const tell = ({ box, at }: (typeof nodes)[0]) => {
    dht.requestNodes(NOW, node(box.publicKey, at), friend.publicKey)
    answer(dht, box, at, [[friend.publicKey, friendAt]])
    outputs(dht)
  }
  tell(nodes[0]!)
  assert.is(send(), 0, 'one is not enough')
  tell(nodes[1]!)
  assert.is(send(), 2)
  assert.equal(
    datagrams(dht)
      .map(({ to }) => to.text)
      .sort(),
    nodes.map(({ at }) => at.text),
  )
  assert.is(dht.sendRequestToFriend(NOW, nodes[0]!.box.publicKey, 156, payload), 0, 'that is no friend')

  // A NAT ping of the friend is answered through one of them.
  const id = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  const natRequest = encode(dhtRequest, {
    kind: REQUEST_KIND.natPing,
    payload: encode(natPing, { type: 0, id }),
  })
  dht.handleDatagram(NOW, nodes[0]!.at, friend.sealRequest(dht.publicKey, natRequest)!)
  const [reply, ...rest] = datagrams(dht)
  assert.is(rest.length, 0)
  const opened = decode(dhtRequest, friend.openRequest(reply!.data)!.plain)!
  assert.equal(decode(natPing, opened.payload), { type: 1, id })
  assert.ok(nodes.some(({ at }) => at.equals(reply!.to)))

  introduce(dht, friend, friendAt)
  outputs(dht)
  assert.is(send(), 1, 'straight, now that it answers')
  assert.ok(datagrams(dht)[0]!.to.equals(friendAt))
})

test('NAT pings of people who are no friends are ignored', () => {
  const { random, dht } = setUp()
  const stranger = createBox(random)
  const contents = encode(dhtRequest, { kind: REQUEST_KIND.natPing, payload: new Uint8Array(9) })
  dht.handleDatagram(NOW, endpoint('192.0.2.1'), stranger.sealRequest(dht.publicKey, contents)!)
  assert.is(outputs(dht).length, 0)
  assert.is(dht.stats.dropped.unwanted, 1)
})

test('bootstrap info is for requests of exactly 78 bytes', () => {
  const info = { version: 0x01020304, motd: utf8('hi') }
  const { dht } = setUp({ bootstrapInfo: info })
  const request = (size: number) => {
    const data = new Uint8Array(size)
    data[0] = KIND.bootstrapInfo
    dht.handleDatagram(NOW, endpoint('192.0.2.1'), data)
    return datagrams(dht).map(({ data }) => data)
  }
  assert.equal(request(78), [Uint8Array.of(0xf0, 1, 2, 3, 4, 0x68, 0x69)])
  for (const size of [1, 77, 79]) assert.equal(request(size), [])
  const { dht: plain } = setUp()
  const data = new Uint8Array(78).fill(KIND.bootstrapInfo, 0, 1)
  assert.ok(plain.handleDatagram(NOW, endpoint('192.0.2.1'), data))
  assert.is(outputs(plain).length, 0)
})

test('other kinds are somebody else’s', () => {
  const { dht } = setUp()
  for (const kind of [0x03, 0x18, 0x1a, 0x21, 0x80]) {
    assert.not(dht.handleDatagram(NOW, endpoint('192.0.2.1'), Uint8Array.of(kind)))
  }
  assert.not(dht.handleDatagram(NOW, endpoint('192.0.2.1'), new Uint8Array(0)))
})

test('nodes for paths and for saving', () => {
  const { random, dht } = setUp()
  for (let i = 1; i <= 5; i++) introduce(dht, createBox(random), endpoint(`192.0.2.${i}`), NOW + i)
  const hosts = (nodes: { endpoint: Endpoint }[]) => nodes.map(({ endpoint }) => endpoint.host).sort()
  assert.is(new Set(hosts(dht.randomNodes(5))).size, 5)
  assert.is(new Set(hosts(dht.closeNodes(5))).size, 5)
  assert.is(dht.closest(dht.publicKey, 3).length, 3)
  assert.equal(hosts(dht.nodes(2)), ['192.0.2.4', '192.0.2.5'])
})

test('a caller’s mistakes', () => {
  const random = new SeededRandom(1)
  const { publicKey, secret } = identity(random)
  assert.throws(() => new Dht({ crypto, random, publicKey: new Uint8Array(31), secret }), /expected 32 bytes/)
  const bootstrapInfo = { version: 1, motd: new Uint8Array(257) }
  assert.throws(() => new Dht({ crypto, random, publicKey, secret, bootstrapInfo }), /0–256/)
  const { dht } = setUp()
  assert.throws(() => dht.addFriend(NOW, new Uint8Array(38)), /expected 32 bytes/)
})

test('sizes of the specification', () => {
  assert.is(DHT_PACKET_OVERHEAD + ping.max, 82)
  assert.is(DHT_PACKET_OVERHEAD + nodesRequest.max, 113)
  assert.is(DHT_PACKET_OVERHEAD + nodesResponse.max, 286)
  assert.is(MAX_DHT_REQUEST_PAYLOAD, 918)
})

test.run()
