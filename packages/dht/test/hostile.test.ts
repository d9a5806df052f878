// What a hostile network may not get out of the DHT: work, packets to third parties, places that others hold.
import {
  type Crypto,
  decode,
  type Endpoint,
  encode,
  type Instant,
  KEYS_TIMEOUT,
  KeyBudget,
  keyText,
} from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PING_TIMEOUT } from '../src/constants.ts'
import type { Dht } from '../src/index.ts'
import type { PacketBox } from '../src/packet-box.ts'
import { dhtRequest, KIND, nodesRequest, nodesResponse, ping } from '../src/packets.ts'
import { createBox, createDht, crypto, datagrams, endpoint, identity, key, node, outputs } from './peers.ts'

const NOW: Instant = 1_700_000_000_000
const AT = endpoint('192.0.2.1')

/** Counts how often something is sealed or opened with a key that must be derived or looked up. */
function countingCrypto() {
  const counted = { boxes: 0 }
  const count =
    <Args extends unknown[]>(method: (...args: Args) => boolean) =>
    (...args: Args) => {
      counted.boxes++
      return method(...args)
    }
  const counting: Crypto = { ...crypto, openBox: count(crypto.openBox), sealBox: count(crypto.sealBox) }
  return { counted, counting }
}

class EmptyBudget extends KeyBudget {
  override admits(): boolean {
    return false
  }
}

test('responses that nobody waits for are not even opened', () => {
  const random = new SeededRandom(1)
  const { counted, counting } = countingCrypto()
  const dht = createDht(random, { crypto: counting })
  const peer = createBox(random)
  const pong = peer.seal(KIND.pingResponse, dht.publicKey, encode(ping, { kind: KIND.pingResponse, id: 1n }))!
  const nodes = peer.seal(KIND.nodesResponse, dht.publicKey, encode(nodesResponse, { nodes: [], id: 1n }))!
  const flood = () => {
    for (const packet of [pong, nodes]) dht.handleDatagram(NOW, AT, packet.slice())
  }
  flood()
  assert.is(counted.boxes, 0)
  assert.is(dht.stats.dropped.unrequested, 2)

  dht.bootstrap(NOW, AT, peer.publicKey)
  counted.boxes = 0
  flood()
  assert.is(counted.boxes, 1, 'it was asked for nodes, not pinged')
  dht.handleDatagram(NOW, endpoint('192.0.2.1', 1), nodes.slice())
  assert.is(counted.boxes, 1, 'and not there')
})

test('nothing is sent to multicast and broadcast addresses, to port 0, or in a family that we lack', () => {
  const random = new SeededRandom(1)
  const dht = createDht(random, { ipv6: false })
  const peer = createBox(random)
  const request = () =>
    peer.seal(KIND.pingRequest, dht.publicKey, encode(ping, { kind: KIND.pingRequest, id: 1n }))!
  const bad = ['224.0.0.1', '255.255.255.255', '0.0.0.0', 'ff02::1', '::', '2001:db8::1'].map(ip =>
    endpoint(ip),
  )
  for (const at of [...bad, endpoint('192.0.2.1', 0)]) {
    dht.handleDatagram(NOW, at, request())
    dht.bootstrap(NOW, at, peer.publicKey)
    dht.requestNodes(NOW, node(peer.publicKey, at), dht.publicKey)
    assert.is(datagrams(dht).length, 0, at.text)
  }
  // But for the keys that were derived, which fade.
  for (const periods of [1, 2]) dht.tick(NOW + periods * KEYS_TIMEOUT)
  assert.is(dht.deadline(), Number.POSITIVE_INFINITY, 'nothing of it is kept')
})

test('useless keys: our own, degenerate ones, ones with a second name', () => {
  const random = new SeededRandom(1)
  const dht = createDht(random)
  const peer = createBox(random)
  const alias = peer.publicKey.slice()
  alias[31]! |= 0x80
  for (const publicKey of [dht.publicKey, key(), key(1), new Uint8Array(32).fill(0xff), alias]) {
    dht.addFriend(NOW, publicKey)
    dht.bootstrap(NOW, AT, publicKey)
    dht.requestNodes(NOW, node(publicKey, AT), publicKey)
    assert.not(dht.sendRequest(NOW, publicKey, 156, key()))
    assert.is(dht.sendRequestToFriend(NOW, publicKey, 156, key()), 0)
    dht.closest(publicKey, 4)
    dht.removeFriend(NOW, publicKey)
    dht.removeFriend(NOW, publicKey)
  }
  dht.tick(NOW + PING_TIMEOUT)
  assert.is(dht.stats.friends, 0)
  // A packet of `peer` in the name of its alias: the key is the same for X25519, but no list holds the alias.
  const request = peer.seal(
    KIND.pingRequest,
    dht.publicKey,
    encode(ping, { kind: KIND.pingRequest, id: 1n }),
  )!
  request.set(alias, 1)
  dht.handleDatagram(NOW, AT, request)
  assert.is(dht.stats.closeNodes, 0)
})

/** `peer` answers a request. */
function becomeKnown(dht: Dht, peer: PacketBox, at: Endpoint): void {
  // Asked at our own wish, so that the pace at which strangers are pinged does not matter.
  dht.requestNodes(NOW, node(peer.publicKey, at), dht.publicKey)
  const request = datagrams(dht).find(({ to }) => to.equals(at))!
  const { id } = decode(nodesRequest, peer.open(request.data)!.plain)!
  const response = peer.seal(KIND.nodesResponse, dht.publicKey, encode(nodesResponse, { nodes: [], id }))!
  dht.handleDatagram(NOW, at, response)
}

test('when strangers have used up the budget for keys, nodes that we know are answered all the same', () => {
  const random = new SeededRandom(1)
  const own = identity(random)
  const dht = createDht(random, { ...own, keyBudget: new EmptyBudget(crypto) })
  const [known, stranger] = [createBox(random), createBox(random)]
  becomeKnown(dht, known, AT)
  // The flood has evicted its key.
  for (let i = 0; i < 2; i++) crypto.forgetIdleKeys(own.secret)
  assert.not.ok(crypto.isCached(own.secret, known.publicKey))
  for (const [peer, answers] of [
    [known, 3],
    [stranger, 0],
  ] as const) {
    const pinged = { kind: KIND.pingRequest, id: 1n }
    const asked = { target: peer.publicKey, id: 1n }
    const request = encode(dhtRequest, { kind: 156, payload: key() })
    const packets = [
      peer.seal(KIND.pingRequest, dht.publicKey, encode(ping, pinged)),
      peer.seal(KIND.nodesRequest, dht.publicKey, encode(nodesRequest, asked)),
      peer.sealRequest(dht.publicKey, request),
    ]
    for (const packet of packets) dht.handleDatagram(NOW, AT, packet!)
    const types: readonly number[] = [KIND.pingResponse, KIND.nodesResponse]
    const seen = outputs(dht).filter(
      output =>
        output.type === 'dht_request' || (output.type === 'datagram' && types.includes(output.data[0]!)),
    )
    assert.is(seen.length, answers)
  }
  assert.is(dht.stats.dropped.key_budget, 3)
})

test('nodes that answer keep their places, however many newcomers answer as well', () => {
  const random = new SeededRandom(1)
  const dht = createDht(random)
  const known = Array.from({ length: 40 }, () => createBox(random))
  const newcomers = Array.from({ length: 400 }, () => createBox(random))
  for (const [i, peer] of [...known, ...newcomers].entries()) {
    becomeKnown(dht, peer, endpoint('192.0.2.1', i + 1))
    if (i === known.length - 1) assert.ok(dht.stats.goodCloseNodes >= 24)
  }
  const listed = new Set(dht.nodes(1000).map(({ publicKey }) => keyText(publicKey)))
  const kept = known.filter(({ publicKey }) => listed.has(keyText(publicKey)))
  assert.ok(kept.length >= 24, `${kept.length} of the ${known.length} first ones`)
  assert.ok(listed.size < 100, `${listed.size} nodes are listed`)
})

test.run()
