import { concatBytes, decode, encode, type Instant, utf8 } from '@ts-toxcore/core'
import { fuzz, SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_CLOSE_TO_BOOTSTRAP_NODES, MAX_SENT_NODES } from '../src/constants.ts'
import type { Dht } from '../src/index.ts'
import {
  bootstrapInfo,
  DHT_PACKET_OVERHEAD,
  dhtRequest,
  KIND,
  NODES_REQUEST_PACKET_SIZE,
  natPing,
  nodesRequest,
  nodesResponse,
  PING_PACKET_SIZE,
  ping,
  REQUEST_KIND,
} from '../src/packets.ts'
import { createBox, createDht, datagrams, endpoint, node } from './peers.ts'

const DATAGRAMS = 150_000
const CONTENTS = 50_000
const START = 1_700_000_000_000
const env = process.env
const print = console.log

const MOTD = utf8('welcome')
const INFO_SIZE = bootstrapInfo.min + MOTD.length
const NODES_RESPONSE_PACKET_SIZE = DHT_PACKET_OVERHEAD + nodesResponse.max

/** Two peers that know `dht`; the second is its friend as well. */
function scene() {
  const random = new SeededRandom(1)
  const dht = createDht(random, { bootstrapInfo: { version: 1, motd: MOTD } })
  const peers = ['198.51.100.1', '198.51.100.2'].map(host => ({
    box: createBox(random),
    at: endpoint(host),
  }))
  const [stranger, friend] = peers as [(typeof peers)[0], (typeof peers)[0]]
  let now: Instant = START
  for (const { box, at } of peers) dht.bootstrap(now, at, box.publicKey)
  dht.addFriend(now, friend.box.publicKey)
  const pass = (ms: number) => {
    now += ms
    dht.tick(now)
    datagrams(dht)
    return now
  }
  return { random, dht, stranger, friend, pass }
}

/** Bytes sent since the last time. */
function sent(dht: Dht): number {
  return datagrams(dht).reduce((sum, { data }) => sum + data.length, 0)
}

test('damaged datagrams', () => {
  const { dht, stranger, friend, pass } = scene()
  const { box } = stranger
  const plainPing = encode(ping, { kind: KIND.pingRequest, id: 1n })
  const someNode = node(stranger.box.publicKey, endpoint('192.0.2.9'))
  const corpus = [
    box.seal(KIND.pingRequest, dht.publicKey, plainPing)!,
    box.seal(KIND.pingResponse, dht.publicKey, encode(ping, { kind: KIND.pingResponse, id: 1n }))!,
    box.seal(KIND.nodesRequest, dht.publicKey, encode(nodesRequest, { target: box.publicKey, id: 1n }))!,
    box.seal(KIND.nodesResponse, dht.publicKey, encode(nodesResponse, { nodes: [someNode], id: 1n }))!,
    friend.box.sealRequest(
      dht.publicKey,
      encode(dhtRequest, { kind: REQUEST_KIND.natPing, payload: new Uint8Array(9) }),
    )!,
    concatBytes(Uint8Array.of(KIND.bootstrapInfo), new Uint8Array(77)),
  ]
  fuzz({
    title: 'dht datagrams',
    corpus,
    count: DATAGRAMS,
    env,
    print,
    keep: [1, 65],
    handle(input, random) {
      const now = pass(random.below(20))
      dht.handleDatagram(now, stranger.at, input)
      return sent(dht)
    },
    // The specification has a stranger's request answered, and the stranger pinged.
    maxReply(input) {
      if (input[0] === KIND.pingRequest) return 2 * PING_PACKET_SIZE
      if (input[0] === KIND.nodesRequest) return NODES_RESPONSE_PACKET_SIZE + PING_PACKET_SIZE
      return input[0] === KIND.bootstrapInfo ? INFO_SIZE : input.length
    },
  })
  assert.is(dht.stats.closeNodes, 0, 'nobody answered a request, so nobody is believed')
  const { dropped } = dht.stats
  for (const reason of ['malformed', 'not_authentic', 'unrequested', 'not_ours'])
    assert.ok(dropped[reason]! > 100)
})

test('authentic packets with damaged contents', () => {
  const { dht, stranger, friend, pass } = scene()
  const id = new Uint8Array(8)
  const nodes = ['192.0.2.1', '2001:db8::1', '192.168.1.1', '0.0.0.0'].map((host, i) =>
    node(i === 0 ? friend.box.publicKey : createBox(new SeededRandom(i)).publicKey, endpoint(host, 1000 * i)),
  )
  // The first byte says which packet the rest is the contents of.
  const corpus = [
    concatBytes(Uint8Array.of(KIND.pingRequest), encode(ping, { kind: KIND.pingRequest, id: 7n })),
    concatBytes(Uint8Array.of(KIND.pingResponse), encode(ping, { kind: KIND.pingResponse, id: 7n })),
    concatBytes(Uint8Array.of(KIND.nodesRequest), encode(nodesRequest, { target: dht.publicKey, id: 7n })),
    concatBytes(Uint8Array.of(KIND.nodesResponse), encode(nodesResponse, { nodes, id: 7n })),
    concatBytes(
      Uint8Array.of(KIND.dhtRequest),
      encode(dhtRequest, { kind: REQUEST_KIND.natPing, payload: encode(natPing, { type: 0, id }) }),
    ),
  ]
  const searches = 3
  let answered = 0
  fuzz({
    title: 'dht contents',
    corpus,
    count: CONTENTS,
    env,
    print,
    handle(input, random) {
      const now = pass(random.below(200))
      const peer = random.chance(0.5) ? stranger : friend
      const kind = input[0] ?? 0
      const plain = input.slice(1)
      if (kind === KIND.nodesResponse && plain.length >= 8) {
        // With the id of a request that waits for it, so that the nodes are believed in.
        dht.requestNodes(now, node(peer.box.publicKey, peer.at), dht.publicKey)
        const request = peer.box.open(datagrams(dht).at(-1)!.data)!
        plain.set(request.plain.subarray(32), plain.length - 8)
        if (decode(nodesResponse, plain)) answered++
      }
      const packet =
        kind === KIND.dhtRequest
          ? peer.box.sealRequest(dht.publicKey, plain)!
          : peer.box.seal(kind, dht.publicKey, plain)!
      dht.handleDatagram(now, peer.at, packet)
      return sent(dht)
    },
    maxReply(input) {
      if (input[0] === KIND.pingRequest) return 2 * PING_PACKET_SIZE
      if (input[0] === KIND.nodesRequest) return NODES_RESPONSE_PACKET_SIZE + PING_PACKET_SIZE
      // To a response we reply with requests: to those named, and to the node itself for each of our lists.
      if (input[0] === KIND.nodesResponse) {
        const requests = MAX_CLOSE_TO_BOOTSTRAP_NODES + searches * MAX_SENT_NODES + 1 + searches
        return requests * NODES_REQUEST_PACKET_SIZE
      }
      return input.length + DHT_PACKET_OVERHEAD + 49
    },
  })
  assert.ok(answered > 1000, `only ${answered} responses were believed`)
  assert.ok(dht.stats.closeNodes <= 2, 'only those who answered are listed')
})

test.run()
