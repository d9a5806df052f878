import {
  type Datagram,
  Endpoint,
  encode,
  equalBytes,
  MAC_SIZE,
  NONCE_SIZE,
  paddedAddress,
  randomBytes,
  SECOND,
} from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  KEY_REFRESH_INTERVAL,
  ONION_MAX_DATA_SIZE,
  ONION_RETURN_1,
  ONION_RETURN_3,
} from '../src/constants.ts'
import { ONION_RECV_1, ONION_RECV_3, ONION_SEND_INITIAL } from '../src/packets.ts'
import { OnionPath } from '../src/path.ts'
import { endpoint, identity, Network, type Node, START } from './harness.ts'

const CLIENT = endpoint(200)
const DESTINATION = endpoint(201)

/** A path through three nodes, and what it takes to follow a packet along it by hand. */
function setup() {
  const network = new Network(1, 3)
  const dht = identity(network.crypto, network.random)
  const path = OnionPath.create(START, 0, {
    crypto: network.crypto,
    random: network.random,
    dht,
    nodes: network.nodes.map(({ info }) => info),
  }) as OnionPath
  return { network, dht, path }
}

/** What `node` sends when `data` comes. */
function through(node: Node, from: Endpoint, data: Uint8Array, now = START): Datagram | undefined {
  assert.ok(node.relay.handleDatagram(now, from, data))
  const output = node.relay.poll()
  assert.is(node.relay.poll(), undefined)
  return output && { ...output, data: output.data.slice() }
}

/** The packet as it reaches the destination. */
function outwards(nodes: readonly Node[], packet: Uint8Array, now = START): Datagram | undefined {
  let from = CLIENT
  let data = packet
  let out: Datagram | undefined
  for (const node of nodes) {
    out = through(node, from, data, now)
    if (out === undefined) return undefined
    assert.ok(out.data.length < data.length, 'shorter at each hop')
    from = node.endpoint
    data = out.data
  }
  return out
}

const request = (kind: number, size: number) =>
  Uint8Array.from({ length: size }, (_, i) => (i === 0 ? kind : i & 0xff))

test('three hops out and three back', () => {
  const { network, path } = setup()
  const [first, second, third] = network.nodes as [Node, Node, Node]
  for (const [kind, response] of [
    [0x83, 0x84],
    [0x85, 0x86],
    [0x87, 0x88],
  ] as const) {
    for (const size of [1, 200, ONION_MAX_DATA_SIZE]) {
      const inner = request(kind, size)
      assert.ok(path.entry.equals(first.endpoint))
      const arrived = outwards(network.nodes, path.wrap(DESTINATION, inner))!
      assert.ok(arrived.to.equals(DESTINATION))
      assert.is(arrived.data.length, size + ONION_RETURN_3)
      assert.equal(arrived.data.subarray(0, size), inner)

      const payload = request(response, 300)
      const back3 = new Uint8Array([ONION_RECV_3, ...arrived.data.subarray(size), ...payload])
      const back2 = through(third, DESTINATION, back3)!
      assert.ok(back2.to.equals(second.endpoint))
      const back1 = through(second, third.endpoint, back2.data)!
      assert.ok(back1.to.equals(first.endpoint))
      const answer = through(first, second.endpoint, back1.data)!
      assert.ok(answer.to.equals(CLIENT))
      assert.equal(answer.data, payload)
    }
  }
})

test('no hop sees what the others see', () => {
  const { network, path, dht } = setup()
  const packet = path.wrap(DESTINATION, request(0x83, 100))
  assert.ok(includes(packet, dht.publicKey))
  const second = through(network.nodes[0]!, CLIENT, packet)!
  assert.not(includes(second.data, dht.publicKey))
  assert.not(includes(second.data, CLIENT.ip))
})

test('only announce and data requests leave the onion, only responses come back', () => {
  const { network, path } = setup()
  for (let kind = 0; kind < 256; kind++) {
    const arrived = outwards(network.nodes, path.wrap(DESTINATION, request(kind, 50)))
    assert.is(arrived !== undefined, [0x83, 0x85, 0x87].includes(kind), `kind ${kind}`)
  }
  assert.is(network.nodes[2]!.relay.drops.snapshot().forbidden_kind, 253)

  const arrived = outwards(network.nodes, path.wrap(DESTINATION, request(0x83, 50)))!
  for (let kind = 0; kind < 256; kind++) {
    const back = new Uint8Array([ONION_RECV_3, ...arrived.data.subarray(50), ...request(kind, 50)])
    const sent = through(network.nodes[2]!, DESTINATION, back)
    assert.is(sent !== undefined, [0x84, 0x86, 0x88].includes(kind), `kind ${kind}`)
  }
})

test('packets are not sent to addresses that are none', () => {
  const { network, path } = setup()
  const bad = ['0.0.0.0', '224.0.0.1', '255.255.255.255'].map(ip => Endpoint.parse(ip, 33445)!)
  for (const to of [...bad, Endpoint.parse('203.0.113.9', 0)!]) {
    assert.is(outwards(network.nodes, path.wrap(to, request(0x83, 50))), undefined, to.text)
  }
  assert.is(network.nodes[2]!.relay.drops.snapshot().bad_address, 4)
})

test('packets from outside are not sent into our own network, those from within go everywhere', () => {
  const { network, path } = setup()
  const [first] = network.nodes as [Node]
  const inside = ['127.0.0.1', '192.168.1.1', '10.0.0.1', '169.254.1.1', '::1', 'fe80::1', 'fd00::1'].map(
    ip => Endpoint.parse(ip, 33445)!,
  )
  const wrap = (second: Endpoint) => {
    const [a, b, c] = network.nodes.map(({ info }) => info)
    const nodes = [a!, { ...b!, endpoint: second }, c!]
    const { crypto, random } = network
    const path = OnionPath.create(START, 0, { crypto, random, dht: identity(crypto, random), nodes })
    return (path as OnionPath).wrap(DESTINATION, request(0x83, 50))
  }
  for (const to of inside) {
    assert.is(through(first, CLIENT, wrap(to)), undefined, to.text)
    for (const from of inside) {
      const sent = through(first, from, wrap(to))!
      assert.ok(sent.to.equals(to), `${from.text} → ${to.text}`)
    }
  }
  assert.is(first.relay.drops.snapshot().bad_address, inside.length)

  // The way back is our own word: who sent from within gets the answer, though it comes from outside.
  let from = inside[1]!
  let data = path.wrap(DESTINATION, request(0x83, 50))
  for (const node of network.nodes) {
    data = through(node, from, data)!.data
    from = node.endpoint
  }
  data = new Uint8Array([ONION_RECV_3, ...data.subarray(50), ...request(0x84, 50)])
  for (const node of [...network.nodes].reverse()) {
    const out = through(node, DESTINATION, data)!
    data = out.data
    from = out.to
  }
  assert.ok(from.equals(inside[1]!))
})

test('the way back is closed when the key is replaced', () => {
  const { network, path } = setup()
  const arrived = outwards(network.nodes, path.wrap(DESTINATION, request(0x83, 50)))!
  const back = new Uint8Array([ONION_RECV_3, ...arrived.data.subarray(50), ...request(0x84, 50)])
  assert.ok(through(network.nodes[2]!, DESTINATION, back, START + KEY_REFRESH_INTERVAL - SECOND))
  assert.is(through(network.nodes[2]!, DESTINATION, back, START + KEY_REFRESH_INTERVAL), undefined)
  assert.is(network.nodes[2]!.relay.drops.snapshot().not_authentic, 1)
})

test('too short, too long, altered', () => {
  const { network, path } = setup()
  const [node] = network.nodes as [Node]
  const packet = path.wrap(DESTINATION, request(0x83, 1))
  assert.is(through(node, CLIENT, packet.subarray(0, packet.length - 1)), undefined)
  assert.is(through(node, CLIENT, new Uint8Array(1401).fill(ONION_SEND_INITIAL)), undefined)
  assert.is(node.relay.drops.snapshot().malformed, 2)
  packet[packet.length - 1]! ^= 1
  assert.is(through(node, CLIENT, packet), undefined)
  assert.is(node.relay.drops.snapshot().not_authentic, 1)
  assert.not(node.relay.handleDatagram(START, CLIENT, new Uint8Array([0x18, 1, 2])), 'not ours')
  assert.not(node.relay.handleDatagram(START, CLIENT, new Uint8Array(0)))
})

test('a return address that another node sealed is worth nothing', () => {
  const { network } = setup()
  const { crypto, random } = network
  const key = crypto.addKey(randomBytes(random, 32))
  const block = new Uint8Array(ONION_RETURN_1)
  random.fill(block.subarray(0, NONCE_SIZE))
  const plain = encode(paddedAddress, { protocol: 'udp', endpoint: DESTINATION })
  crypto.seal(key, block.subarray(0, NONCE_SIZE), plain, block.subarray(NONCE_SIZE))
  assert.is(plain.length + MAC_SIZE + NONCE_SIZE, block.length)
  const back = new Uint8Array([ONION_RECV_1, ...block, ...request(0x84, 90)])
  assert.is(through(network.nodes[0]!, DESTINATION, back), undefined)
})

function includes(haystack: Uint8Array, needle: Uint8Array): boolean {
  for (let i = 0; i + needle.length <= haystack.length; i++) {
    if (equalBytes(haystack.subarray(i, i + needle.length), needle)) return true
  }
  return false
}

test.run()
