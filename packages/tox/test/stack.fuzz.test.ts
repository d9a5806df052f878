/**
 * A whole peer in a hostile network: while it chats with a friend, it is fed damaged and stale copies of every kind of
 * datagram that the network carries. Nothing may throw, no reply may be bigger than its cause (but see `replyLimit`),
 * nothing may grow, and the two must be able to chat all the time.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Endpoint, encode, fromUtf8, SECOND } from '@ts-toxcore/core'
import { DHT_PACKET_OVERHEAD, KIND, nodesResponse, PING_PACKET_SIZE, ping } from '@ts-toxcore/dht/packets'
import { fuzz, type Packet, type SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isOnline, SimNetwork, type SimPeer, say } from './sim-network.ts'

const SEED = 20261120
const { env } = process
const print = console.log

/** Kept of each kind: those that came last. */
const SAMPLES = 40
/** What arrives within a millisecond of virtual time. */
const PER_MILLISECOND = 4

/** Where the public key is of which each new one costs an X25519: most mutants keep it. */
const KEY_AT = { none: undefined, first: [1, 33], two: [1, 65], afterNonce: [25, 57] } as const

interface Group {
  readonly title: string
  readonly kinds: readonly number[]
  readonly key: keyof typeof KEY_AT
  readonly count: number
}

const GROUPS: readonly Group[] = [
  { title: 'pings and nodes', kinds: [0x00, 0x01, 0x02, 0x04], key: 'first', count: 50_000 },
  { title: 'DHT requests, bootstrap info', kinds: [0x20, 0xf0], key: 'two', count: 20_000 },
  { title: 'cookie requests', kinds: [0x18], key: 'first', count: 10_000 },
  { title: 'sessions', kinds: [0x19, 0x1a, 0x1b], key: 'none', count: 50_000 },
  {
    title: 'onion outwards',
    kinds: [0x80, 0x81, 0x82, 0x83, 0x86, 0x87],
    key: 'afterNonce',
    count: 40_000,
  },
  {
    title: 'onion back',
    kinds: [0x84, 0x85, 0x88, 0x8c, 0x8d, 0x8e],
    key: 'none',
    count: 40_000,
  },
]

const NODES_RESPONSE_SIZE = DHT_PACKET_OVERHEAD + nodesResponse.max
const COOKIE_RESPONSE_SIZE = 161
/** An announce response: four IPv6 nodes and, for a group, four announces against the one in the request. */
const ANNOUNCE_GROWTH = 4 * 51 + 4 * 104

/** The most that a datagram may cause to be sent at once. */
function replyLimit(input: Uint8Array): number {
  switch (input[0]) {
    // Answered, and pinged in turn: how strangers get into the DHT. At most 32 are pinged in two seconds.
    case 0x00:
      return 2 * PING_PACKET_SIZE
    // The answer names four nodes.
    case 0x02:
      return NODES_RESPONSE_SIZE + PING_PACKET_SIZE
    // The cookie is longer than the request for it; cookies a second are limited.
    case 0x18:
      return COOKIE_RESPONSE_SIZE
    // The answer names four nodes to the end of an onion path, which only leads to who built it.
    case 0x83:
    case 0x87:
      return input.length + ANNOUNCE_GROWTH
    default:
      return input.length
  }
}

interface Scene {
  readonly network: SimNetwork
  readonly alice: SimPeer
  readonly bob: SimPeer
  /** Of each kind: datagrams to Alice, or, where there were none, to others. */
  readonly corpus: Map<number, Uint8Array[]>
  /** Where datagrams of each kind came from. */
  readonly sources: Map<number, Endpoint[]>
}

/** Two friends who chat, in a network so small that Alice is a node for all. */
function meet(): Scene {
  const network = new SimNetwork({
    seed: SEED,
    logLimit: 0,
    eventLimit: 100,
    link: { latency: 10, jitter: 5 },
  })
  const { sim } = network
  const toAlice = new Map<number, Uint8Array[]>()
  const toOthers = new Map<number, Uint8Array[]>()
  const sources = new Map<number, Endpoint[]>()
  for (let i = 0; i < 4; i++) {
    const node = network.addNode({ name: `node${i}` })
    if (i > 0) network.join(node, network.nodes[0]!)
  }
  const alice = network.addPeer({ name: 'alice' })
  const bob = network.addPeer({ name: 'bob' })
  sim.intercept(({ from, to, data }: Packet) => {
    const kind = data[0]!
    keepLast(to.equals(alice.host.endpoint) ? toAlice : toOthers, kind, data.slice())
    if (to.equals(alice.host.endpoint)) keepLast(sources, kind, from)
    return true
  })
  for (const peer of [alice, bob]) for (const node of network.nodes.slice(0, 2)) network.join(peer, node)
  assert.ok(network.befriend(alice, bob, 120 * SECOND), 'not online')
  assert.ok(chat({ network, alice, bob }))
  // Two that look for each other at the same time, so that Alice stores announcements and relays much.
  const others = [network.addPeer({ name: 'carol' }), network.addPeer({ name: 'dave' })] as const
  for (const peer of others) network.join(peer, network.nodes[0]!)
  assert.ok(network.befriend(...others, 120 * SECOND))
  // Bob comes back: a new session between the same two.
  bob.host.plugged = false
  assert.ok(sim.runUntil(() => !isOnline(alice), 120 * SECOND))
  bob.host.plugged = true
  assert.ok(sim.runUntil(() => isOnline(alice) && isOnline(bob), 120 * SECOND))
  sim.run(60 * SECOND)
  alice.events.length = bob.events.length = 0
  sim.intercept(undefined)

  const corpus = new Map([...toOthers, ...toAlice])
  // What our peers do not send: an announce request of the new kind, its answer, and bootstrap info.
  for (const [kind, old] of [
    [0x87, 0x83],
    [0x88, 0x84],
  ] as const) {
    corpus.set(
      kind,
      corpus.get(old)!.map(data => Uint8Array.from(data, (byte, i) => (i === 0 ? kind : byte))),
    )
  }
  corpus.set(0xf0, [Uint8Array.from({ length: 78 }, (_, i) => (i === 0 ? 0xf0 : 0))])
  return { network, alice, bob, corpus, sources }
}

function keepLast<T>(samples: Map<number, T[]>, kind: number, sample: T): void {
  const known = samples.get(kind) ?? []
  samples.set(kind, known)
  known.push(sample)
  if (known.length > SAMPLES) known.shift()
}

let lines = 0

/** Does a message of each reach the other, and were they online all the time since the last call? */
function chat({ network, alice, bob }: Pick<Scene, 'network' | 'alice' | 'bob'>): boolean {
  const text = `line ${lines++}`
  const heard = (peer: SimPeer) =>
    peer.events.some(event => event.type === 'friend_message' && fromUtf8(event.message) === text)
  say(alice, text)
  say(bob, text)
  const arrived = network.sim.runUntil(() => heard(alice) && heard(bob), 10 * SECOND)
  const parted = [...alice.events, ...bob.events].some(
    event => event.type === 'friend_connection_status' && event.connectionStatus === 'none',
  )
  alice.events.length = bob.events.length = 0
  return arrived && !parted
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function heapMegabytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed / 2 ** 20
}

test('damaged and stale datagrams of every kind', () => {
  const scene = meet()
  const { network, alice, corpus, sources } = scene
  const missing = GROUPS.flatMap(({ kinds }) => kinds).filter(kind => !corpus.has(kind))
  assert.equal(missing, [], 'kinds that never were on the network')
  const everywhere = [...sources.values()].flat()
  let inputs = 0

  const handle = (input: Uint8Array, random: SeededRandom): number => {
    if (++inputs % PER_MILLISECOND === 0) network.sim.run(1)
    const usual = sources.get(input[0] ?? -1)
    const from = usual && !random.chance(1 / 8) ? usual : everywhere
    const before = alice.host.stats.bytesSent
    alice.host.receive(from[random.below(from.length)]!, input)
    return alice.host.stats.bytesSent - before
  }
  const run = ({ title, kinds, key, count }: Group) =>
    fuzz({
      title: `stack: ${title}`,
      corpus: kinds.flatMap(kind => corpus.get(kind)!),
      count,
      handle,
      maxReply: replyLimit,
      ...(KEY_AT[key] && { keep: KEY_AT[key] }),
      env,
      print,
    })

  // Caches fill up first; afterwards nothing may grow any more.
  for (const group of GROUPS) run({ ...group, title: `${group.title} (first)`, count: group.count / 10 })
  assert.ok(chat(scene), 'no more chat')
  const before = heapMegabytes()
  for (const group of GROUPS) {
    run(group)
    assert.ok(chat(scene), `no more chat after ${group.title}`)
    const { closeNodes } = alice.stack.node.dht.stats
    assert.ok(closeNodes <= network.sim.hosts.length - 1, `${closeNodes} nodes, some of them made up`)
    assert.ok(alice.stack.onion.pendingRequests < 200, `${alice.stack.onion.pendingRequests} requests`)
  }
  const grown = heapMegabytes() - before
  print(
    `NOTE ${inputs} datagrams, heap ${before.toFixed(1)} MB ${grown < 0 ? '' : '+'}${grown.toFixed(1)} MB`,
  )
  print(`NOTE dropped ${JSON.stringify(alice.stack.dropped)}`)
  assert.ok(grown < 8, `the heap has grown by ${grown} MB`)
})

test('a flood of strangers whose packets are authentic', () => {
  const { network, alice, bob } = meet()
  const { crypto, sim } = network
  const random = sim.random.fork('strangers')
  const { dht } = alice.stack.node
  const known = dht.nodes(100).map(({ endpoint }) => endpoint.text)
  const strangers = 2000
  const { packetsSent } = alice.host.stats
  for (let i = 0; i < strangers; i++) {
    const { publicKey, secretKey } = crypto.keyPair(random)
    const secret = crypto.addSecret(secretKey, 1)
    const packet = new Uint8Array(PING_PACKET_SIZE)
    packet[0] = KIND.pingRequest
    packet.set(publicKey, 1)
    random.fill(packet.subarray(33, 57))
    const plain = encode(ping, { kind: KIND.pingRequest, id: BigInt(i + 1) })
    crypto.sealBox(secret, alice.stack.dhtPublicKey, packet.subarray(33, 57), plain, packet.subarray(57))
    crypto.dropSecret(secret)
    // Spoofed: whoever is there does not answer.
    alice.host.receive(network.nodes[0]!.host.endpoint, packet)
    sim.run(1)
  }
  const sent = alice.host.stats.packetsSent - packetsSent
  print(`NOTE ${strangers} strangers in ${strangers / SECOND} s: ${sent} packets sent`)
  assert.ok(sent < strangers + 100, `${sent} packets because of ${strangers}`)
  const still = new Set(dht.nodes(100).map(({ endpoint }) => endpoint.text))
  assert.ok(
    known.every(node => still.has(node)),
    'nodes were forgotten for strangers',
  )
  assert.ok(chat({ network, alice, bob }), 'no more chat')
})

test.run()
