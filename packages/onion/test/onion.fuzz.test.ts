/**
 * Every packet handler is fed truncations, extensions, bit flips and random bytes of valid packets, as well as valid
 * packets at the wrong place. No throw, no growth, no answer larger than its cause (an announce response may be: up
 * to four nodes, as the specification has it).
 */
import {
  concatBytes,
  decode,
  type Endpoint,
  encode,
  MAC_SIZE,
  NONCE_SIZE,
  type NodeInfo,
  paddedAddress,
  type Random,
  randomBelow,
  randomBytes,
} from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  MAX_ANNOUNCED_GROUPS,
  MAX_PENDING_REQUESTS,
  ONION_ANNOUNCE_MAX_ENTRIES,
  ONION_RETURN_3,
} from '../src/constants.ts'
import { DataSealer } from '../src/data.ts'
import type { OnionClientOutput } from '../src/index.ts'
import {
  announceRequest,
  announceRequestContents,
  announceResponse,
  DHTPK,
  packNodes,
} from '../src/packets.ts'
import { endpoint, identity, Network, type Node, seededRandom } from './harness.ts'

const SEED = 20_240_501
const INPUTS = 200_000
/** The share of inputs that may hold a public key that was not seen before: each costs an X25519. */
const NEW_KEYS = 0.005
/** An announce response with four IPv4 nodes against its request. */
const ANNOUNCE_GROWTH = 64

const SEALED_INPUTS = 5_000
/** Nodes and members of the group besides. */
const MEMBERS_GROWTH = 4 * 104 + ANNOUNCE_GROWTH

const KINDS = [0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x8c, 0x8d, 0x8e]

test('handlers survive anything', () => {
  console.log(`SEED ${SEED}`)
  const random = seededRandom(SEED)
  const network = new Network(SEED, 3)
  const alice = network.addClient()
  const bob = network.addClient()

  // A corpus: every packet of two clients that meet.
  const corpus: { to: Endpoint; data: Uint8Array }[] = []
  network.filter = (_from, { to, data }) => {
    corpus.push({ to, data })
    return true
  }
  network.befriend(alice, bob)
  network.online(alice)
  network.online(bob)
  network.run(3000)
  network.filter = () => true
  const requests = [...alice.events, ...bob.events].filter(event => event.type === 'dht_request')
  assert.ok(requests.length > 0)
  const seen = new Set(corpus.map(({ data }) => data[0]!))
  assert.ok([0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x8c, 0x8d, 0x8e].every(kind => seen.has(kind)))

  const below = (limit: number) => randomBelow(random, limit)
  /** Where packets of that kind hold a public key, which most mutations leave alone. */
  const keyAt = (kind: number) =>
    kind === 0x85
      ? [1, 33]
      : kind <= 0x82 || kind === 0x83 || kind === 0x86 || kind === 0x87
        ? [25, 57]
        : [0, 0]

  const mutate = (source: Uint8Array): Uint8Array => {
    const [keyStart, keyEnd] = keyAt(source[0]!) as [number, number]
    const newKey = below(1 / NEW_KEYS) === 0
    switch (below(6)) {
      case 0:
        return source.slice(0, below(source.length + 1))
      case 1: {
        const out = new Uint8Array(source.length + below(200))
        random.fill(out)
        out.set(source)
        return out
      }
      case 2: {
        const out = source.slice()
        out[0] = KINDS[below(KINDS.length)]!
        // The key is read elsewhere then, and would be new: only sometimes.
        return newKey || keyAt(out[0])[0] === keyStart ? out : source.slice()
      }
      case 3: {
        const out = new Uint8Array(below(newKey ? 1500 : 57))
        random.fill(out)
        out[0] = KINDS[below(KINDS.length)]!
        return out
      }
      default: {
        const out = source.slice()
        for (let flips = 1 + below(4); flips > 0; flips--) {
          const at = below(out.length)
          if (newKey || at < keyStart || at >= keyEnd) out[at]! ^= 1 << below(8)
        }
        return out
      }
    }
  }

  const hosts = [...network.nodes, alice, bob]
  const drain = (host: (typeof hosts)[number], cause: Uint8Array) => {
    let total = 0
    for (const engine of host.engines) {
      for (let output = engine.poll(); output; output = engine.poll()) total += sizeOf(output)
    }
    const isAnnounce = cause[0] === 0x83 || cause[0] === 0x87
    // A valid answer or data packet may set the client going; that is its own traffic, not an answer.
    if (host === alice || host === bob) return
    assert.ok(
      total <= cause.length + (isAnnounce ? ANNOUNCE_GROWTH : 0),
      `kind ${cause[0]}: ${cause.length} → ${total}`,
    )
  }
  for (let i = 0; i < INPUTS; i++) {
    network.now += 0.1
    if (i % 20 === 0) {
      const { data, kind, publicKey } = requests[below(requests.length)]!
      alice.client.handleDhtRequest(network.now, publicKey, i % 40 === 0 ? kind : DHTPK, mutate(data))
      drain(alice, data)
      continue
    }
    const original = corpus[below(corpus.length)]!
    const data = mutate(original.data)
    // Mostly to whom it was addressed, sometimes to somebody else.
    const host =
      (below(10) > 0 && hosts.find(({ endpoint }) => endpoint.equals(original.to))) ||
      hosts[below(hosts.length)]!
    const copy = data.slice()
    for (const engine of host.engines)
      if (engine.handleDatagram(network.now, endpoint(1 + below(20)), data)) break
    assert.equal(data, copy, 'the input was written to')
    drain(host, data)
    if (i % 1000 === 0) for (const engine of host.engines) engine.tick(network.now)
    drain(host, new Uint8Array(1e6))
  }

  for (const { store } of network.nodes) {
    assert.ok(store.size <= ONION_ANNOUNCE_MAX_ENTRIES)
    assert.ok(store.groups <= MAX_ANNOUNCED_GROUPS)
  }
  for (const { client } of [alice, bob]) {
    assert.ok(client.pendingRequests <= MAX_PENDING_REQUESTS)
    assert.ok(client.pathNodes(1000).length <= 64)
  }
  const drops = network.nodes.map(node => node.relay.drops.snapshot())
  assert.ok(drops.every(count => count.malformed! > 100 && count.not_authentic! > 100))

  // And all of them still work.
  network.pump()
  const carol = network.addClient()
  network.befriend(carol, alice)
  network.online(carol)
  network.run(5000)
  assert.ok(carol.client.connected)
  assert.ok(network.nodes.some(node => node.store.has(network.now, carol.longTerm.publicKey)))
})

test('authentic nonsense of strangers and friends: every box opens, what is in it is garbage', () => {
  console.log(`SEED ${SEED}`)
  const random = seededRandom(SEED + 1)
  const network = new Network(SEED, 2)
  const [node] = network.nodes as [Node]
  const { crypto } = network
  const mallory = identity(crypto, random)
  const alice = network.addClient()
  alice.client.addFriend(network.now, mallory.publicKey)
  const sealer = new DataSealer(crypto, random, mallory)
  const seal = (plain: Uint8Array, head: Uint8Array, tail: Uint8Array) => {
    const nonce = randomBytes(random, NONCE_SIZE)
    const box = new Uint8Array(plain.length + MAC_SIZE)
    crypto.sealBox(mallory.secret, node.dht.publicKey, nonce, plain, box)
    return concatBytes(head, nonce, mallory.publicKey, box, tail)
  }
  let answers = 0
  const feed = (packet: Uint8Array, growth: number) => {
    network.now++
    for (const engine of node.engines) engine.handleDatagram(network.now, endpoint(9), packet)
    for (const engine of node.engines) {
      for (let output = engine.poll(); output; output = engine.poll()) {
        answers++
        assert.ok(
          sizeOf(output) <= packet.length + growth,
          `${packet[0]}: ${packet.length} → ${sizeOf(output)}`,
        )
      }
    }
  }
  const address = encode(paddedAddress, { protocol: 'udp', endpoint: endpoint(3) })
  for (let i = 0; i < SEALED_INPUTS; i++) {
    // Layers: an address of any family, and what follows it.
    const hop = randomBelow(random, 3)
    const layer = concatBytes(
      i % 2 === 0 ? address : randomBytes(random, 19),
      Uint8Array.of(KINDS[randomBelow(random, KINDS.length)]!),
      randomBytes(random, randomBelow(random, 1200)),
    )
    feed(seal(layer, Uint8Array.of(0x80 + hop), randomBytes(random, hop * 59)), 0)
    // Announce requests: with and without group announces.
    const extra = randomBytes(random, i % 3 === 0 ? 0 : randomBelow(random, 137))
    if (extra.length > 66) extra.set([randomBelow(random, 3), randomBelow(random, 3), 2], 64)
    const plain = concatBytes(randomBytes(random, 32 * 3 + 8), extra)
    feed(seal(plain, Uint8Array.of(i % 5 === 0 ? 0x83 : 0x87), randomBytes(random, 177)), MEMBERS_GROWTH)
    // A friend's DHT key packet.
    const garbage = randomBytes(random, 41 + randomBelow(random, 300))
    garbage[0] = DHTPK
    const data = sealer.sealDhtRequest(alice.longTerm.publicKey, garbage)
    if (data) assert.ok(alice.client.handleDhtRequest(network.now, garbage.slice(9, 41), DHTPK, data))
    for (let output = alice.client.poll(); output; output = alice.client.poll())
      assert.is.not(output.type, 'data')
  }
  assert.ok(answers > SEALED_INPUTS / 10, `${answers} were not garbage enough`)
  assert.ok(node.store.groups <= MAX_ANNOUNCED_GROUPS && node.store.groups > 0)
  assert.is(node.store.size, 0, 'nobody had a ping id')
})

test('authentic nonsense of a lying node: no throw, no growth, no flood', () => {
  console.log(`SEED ${SEED}`)
  const random = seededRandom(SEED)
  const network = new Network(SEED, 1)
  const [liar] = network.nodes as [Node]
  let answered = 0
  const lie = (request: Uint8Array): Uint8Array | undefined => {
    const asked = request[0] === 0x83 && decode(announceRequest, request.subarray(0, -ONION_RETURN_3))
    if (!asked) return undefined
    const plain = new Uint8Array(asked.box.length - MAC_SIZE)
    assert.ok(network.crypto.openBox(liar.dht.secret, asked.publicKey, asked.nonce, asked.box, plain))
    const { sendback, target } = decode(announceRequestContents, plain)!
    const contents = nonsense(random, target)
    const box = new Uint8Array(contents.length + MAC_SIZE)
    network.crypto.sealBox(liar.dht.secret, asked.publicKey, asked.nonce, contents, box)
    answered++
    const kind = answered % 2 === 0 ? 0x84 : 0x88
    const response = encode(announceResponse, { kind, sendback, nonce: asked.nonce, box })
    return concatBytes(Uint8Array.of(0x8c), request.subarray(-ONION_RETURN_3), response)
  }
  const alice = network.addClient()
  for (let i = 0; i < 5; i++)
    alice.client.addFriend(network.now, identity(network.crypto, network.random).publicKey)
  let sent = 0
  network.filter = (from, { to, data }) => {
    if (from === alice.endpoint) sent++
    const answer = to.equals(liar.endpoint) ? lie(data) : undefined
    if (answer) network.deliver(to, { type: 'datagram', to: from, data: answer })
    return answer === undefined
  }
  network.online(alice)
  const minutes = 10
  network.run(minutes * 60_000)
  assert.ok(answered > 300, `${answered} answers`)
  assert.ok(sent < minutes * 60 * 8, `${sent} packets in ${minutes} minutes`)
  assert.ok(alice.client.pendingRequests <= MAX_PENDING_REQUESTS)
  assert.ok(alice.client.pathNodes(1000).length <= 64)
  assert.ok(
    alice.events.filter(event => event.type === 'friend_found').length <= 5 * 4 * 4,
    'four news in five minutes',
  )
})

/** The contents of an announce response that nobody should send, some of them well-formed. */
function nonsense(random: Random, target: Uint8Array): Uint8Array {
  const style = randomBelow(random, 4)
  if (style === 0) return randomBytes(random, 33 + randomBelow(random, 500))
  const nodes: NodeInfo[] = Array.from({ length: 4 }, (_, i) => {
    // Close to the target, so that they are wanted.
    const publicKey = target.slice()
    publicKey.set(randomBytes(random, 8), 20)
    return { protocol: 'udp', endpoint: endpoint(20 + randomBelow(random, 200) + i), publicKey }
  })
  const packed = packNodes(nodes)
  const contents = concatBytes(
    Uint8Array.of(randomBelow(random, style === 1 ? 256 : 3)),
    randomBytes(random, 32),
    style === 2 ? packed : Uint8Array.of(randomBelow(random, 6)),
    packed.subarray(0, style === 3 ? randomBelow(random, packed.length) : packed.length),
  )
  return contents
}

function sizeOf(output: OnionClientOutput): number {
  return output.type === 'datagram' ? output.data.length : 0
}

test.run()
