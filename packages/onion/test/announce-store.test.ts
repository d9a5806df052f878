import {
  compareDistance,
  concatBytes,
  decode,
  Endpoint,
  encode,
  equalBytes,
  type Instant,
  MAC_SIZE,
  NONCE_SIZE,
  randomBytes,
  SECOND,
} from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ONION_ANNOUNCE_MAX_ENTRIES, ONION_ANNOUNCE_TIMEOUT, ONION_RETURN_3 } from '../src/constants.ts'
import { AnnounceStore, type Identity, type NodeSource } from '../src/index.ts'
import {
  announceRequest,
  announceRequestContents,
  announceResponse,
  announceResponseContents,
  dataRequest,
  ONION_RECV_3,
  unpackNodes,
} from '../src/packets.ts'
import { endpoint, identity, Network, type Node, START } from './harness.ts'

const VIA = endpoint(99)
const ZEROS = new Uint8Array(32)
const NOTHING = new Uint8Array()

/** A node's announce store, asked by hand. */
class Desk {
  readonly network: Network
  readonly node: Node
  now: Instant = START

  constructor(seed = 1, nodes = 5) {
    this.network = new Network(seed, nodes)
    this.node = this.network.nodes[0]!
  }

  person(): Identity & { readonly data: Uint8Array } {
    const who = identity(this.network.crypto, this.network.random)
    return { ...who, data: randomBytes(this.network.random, 32) }
  }

  request(
    who: Identity,
    options: {
      kind?: 0x83 | 0x87
      target?: Uint8Array
      pingId?: Uint8Array
      data?: Uint8Array
      extra?: Uint8Array
    },
  ): Uint8Array {
    const { crypto, random } = this.network
    const { kind = 0x83, target = who.publicKey, pingId = ZEROS, data = ZEROS, extra = NOTHING } = options
    const plain = encode(announceRequestContents, {
      pingId,
      target,
      dataPublicKey: data,
      sendback: 0x1122n,
      extra,
    })
    const box = new Uint8Array(plain.length + MAC_SIZE)
    const nonce = randomBytes(random, NONCE_SIZE)
    crypto.sealBox(who.secret, this.node.dht.publicKey, nonce, plain, box)
    const returnAddresses = new Uint8Array(ONION_RETURN_3).fill(who.publicKey[0]!)
    return concatBytes(
      encode(announceRequest, { kind, nonce, publicKey: who.publicKey, box }),
      returnAddresses,
    )
  }

  /** What the store answers. */
  ask(who: Identity, options: Parameters<Desk['request']>[1], via: Endpoint = VIA) {
    assert.ok(this.node.store.handleDatagram(this.now, via, this.request(who, options)))
    const output = this.node.store.poll()
    if (output === undefined) return undefined
    assert.is(this.node.store.poll(), undefined, 'one answer')
    assert.ok(output.to.equals(via))
    assert.is(output.data[0], ONION_RECV_3)
    assert.equal(
      output.data.subarray(1, 1 + ONION_RETURN_3),
      new Uint8Array(ONION_RETURN_3).fill(who.publicKey[0]!),
    )
    const response = decode(announceResponse, output.data.subarray(1 + ONION_RETURN_3))!
    assert.is(response.sendback, 0x1122n)
    assert.is(response.kind, (options.kind ?? 0x83) + 1)
    const plain = new Uint8Array(response.box.length - MAC_SIZE)
    assert.ok(
      this.network.crypto.openBox(who.secret, this.node.dht.publicKey, response.nonce, response.box, plain),
    )
    return decode(announceResponseContents, plain)!
  }

  /** Fetches a ping id and uses it. */
  announce(who: Identity & { data: Uint8Array }, via = VIA): number {
    const first = this.ask(who, { data: who.data }, via)!
    return this.ask(who, { data: who.data, pingId: first.pingIdOrKey.slice() }, via)!.stored
  }
}

test('announcing takes a ping id; searchers then learn the data key', () => {
  const desk = new Desk()
  const alice = desk.person()
  const bob = desk.person()
  assert.is(desk.ask(bob, { target: alice.publicKey })!.stored, 0)
  assert.is(desk.ask(alice, { data: alice.data })!.stored, 0, 'no ping id, no announcement')
  assert.not(desk.node.store.has(desk.now, alice.publicKey))
  assert.is(desk.announce(alice), 2)
  assert.is(desk.ask(alice, { data: alice.data })!.stored, 2, 'asked without a ping id')
  const found = desk.ask(bob, { target: alice.publicKey })!
  assert.is(found.stored, 1)
  assert.equal(found.pingIdOrKey, alice.data)
})

test('an own announcement with another data key is not the current one', () => {
  const desk = new Desk()
  const alice = desk.person()
  desk.announce(alice)
  assert.is(desk.ask(alice, { data: desk.person().data })!.stored, 0)
})

test('old and new kind: the new one counts the nodes', () => {
  const desk = new Desk(1, 5)
  const alice = desk.person()
  const old = desk.ask(alice, { kind: 0x83 })!
  assert.is(unpackNodes(old.tail).length, 4)
  const current = desk.ask(alice, { kind: 0x87 })!
  assert.is(current.tail[0], 4)
  assert.equal(unpackNodes(current.tail.subarray(1)), unpackNodes(old.tail))
})

test('ping ids expire, and are bound to key and last hop', () => {
  const desk = new Desk()
  const alice = desk.person()
  // The beginning of a window, so that one and two of them can be told apart.
  desk.now = START - (START % ONION_ANNOUNCE_TIMEOUT)
  const pingId = desk.ask(alice, { data: alice.data })!.pingIdOrKey.slice()
  const altered = pingId.slice()
  altered[31]! ^= 1
  assert.is(desk.ask(alice, { data: alice.data, pingId: altered })!.stored, 0)
  assert.is(desk.ask(alice, { data: alice.data, pingId }, endpoint(98))!.stored, 0, 'another hop')
  const bob = desk.person()
  assert.is(desk.ask(bob, { data: bob.data, pingId })!.stored, 0, 'another key')
  desk.now += 2 * ONION_ANNOUNCE_TIMEOUT
  assert.is(desk.ask(alice, { data: alice.data, pingId })!.stored, 0, 'expired')
  desk.now -= SECOND
  assert.is(desk.ask(alice, { data: alice.data, pingId })!.stored, 2, 'the window after its own')
})

test('announcements expire', () => {
  const desk = new Desk()
  const alice = desk.person()
  const bob = desk.person()
  desk.announce(alice)
  desk.now += ONION_ANNOUNCE_TIMEOUT - 1
  assert.is(desk.ask(bob, { target: alice.publicKey })!.stored, 1)
  desk.now += 1
  assert.is(desk.ask(bob, { target: alice.publicKey })!.stored, 0)
})

test('the 161st announcement takes the place of the farthest, or is refused if it is that itself', () => {
  const desk = new Desk()
  const own = desk.node.dht.publicKey
  const people = Array.from({ length: ONION_ANNOUNCE_MAX_ENTRIES + 20 }, () => desk.person())
  const kept: typeof people = []
  for (const person of people) {
    const farthest = kept.reduce(
      (a, b) => (compareDistance(own, a.publicKey, b.publicKey) < 0 ? b : a),
      kept[0] ?? person,
    )
    const full = kept.length === ONION_ANNOUNCE_MAX_ENTRIES
    const fits = !full || compareDistance(own, person.publicKey, farthest.publicKey) < 0
    assert.is(desk.announce(person), fits ? 2 : 0)
    if (full && fits) kept.splice(kept.indexOf(farthest), 1)
    if (fits) kept.push(person)
    assert.ok(desk.node.store.size <= ONION_ANNOUNCE_MAX_ENTRIES)
  }
  for (const person of people) {
    assert.is(desk.node.store.has(desk.now, person.publicKey), kept.includes(person))
  }
  desk.now += ONION_ANNOUNCE_TIMEOUT
  const late = people.find(person => !kept.includes(person))!
  assert.is(desk.announce(late), 2, 'expired ones make room for anybody')
})

test('a group announce is kept, and answered with those of other members', () => {
  const desk = new Desk(1, 5)
  const chat = randomBytes(desk.network.random, 32)
  const address = Uint8Array.of(1, 0, 2, 203, 0, 113, 5, 0x82, 0xa5)
  const announces: Uint8Array[] = []
  for (let i = 0; i < 3; i++) {
    const member = concatBytes(randomBytes(desk.network.random, 32), address)
    const answer = desk.ask(desk.person(), { kind: 0x87, target: chat, extra: concatBytes(chat, member) })!
    const nodes = unpackNodes(answer.tail.subarray(1), answer.tail[0]!)
    assert.is(nodes.length, 4)
    assert.equal(answer.tail.subarray(1 + 4 * 39), concatBytes(...announces))
    announces.push(member)
  }
})

test('data is passed on along the announced path, to the announced only', () => {
  const desk = new Desk()
  const alice = desk.person()
  desk.announce(alice)
  const body = randomBytes(desk.network.random, 200)
  const back = new Uint8Array(ONION_RETURN_3).fill(7)
  const packet = concatBytes(encode(dataRequest, { kind: 0x85, target: alice.publicKey, body }), back)
  assert.ok(desk.node.store.handleDatagram(desk.now, endpoint(77), packet))
  const output = desk.node.store.poll()!
  assert.ok(output.to.equals(VIA))
  assert.ok(output.data.length < packet.length)
  assert.equal(
    output.data,
    concatBytes(
      Uint8Array.of(ONION_RECV_3),
      new Uint8Array(ONION_RETURN_3).fill(alice.publicKey[0]!),
      Uint8Array.of(0x86),
      body,
    ),
  )
  packet[1]! ^= 1
  assert.ok(desk.node.store.handleDatagram(desk.now, endpoint(77), packet))
  assert.is(desk.node.store.poll(), undefined)
  assert.equal(desk.node.store.drops.snapshot(), { unknown_target: 1 })
})

test('LAN nodes are told to the LAN only', () => {
  const desk = new Desk(1, 1)
  const { crypto, random } = desk.network
  const { publicKey, secret } = desk.node.dht
  const asked: (boolean | undefined)[] = []
  const nodes: NodeSource = {
    connected: true,
    reaches: () => true,
    closest(_key, _count, opts) {
      asked.push(opts?.lan)
      return []
    },
    randomNodes: () => [],
    closeNodes: () => [],
  }
  const store = new AnnounceStore({ crypto, random, publicKey, secret, nodes })
  const request = desk.request(desk.person(), {})
  for (const host of ['203.0.113.3', '192.168.1.2', '127.0.0.1']) {
    store.handleDatagram(START, Endpoint.parse(host, 33445)!, request)
  }
  assert.equal(asked, [false, true, true])
})

test('what is malformed is dropped', () => {
  const desk = new Desk()
  const alice = desk.person()
  const { store } = desk.node
  const request = desk.request(alice, {})
  const drop = (packet: Uint8Array, reason: string) => {
    const before = store.drops.snapshot()[reason] ?? 0
    assert.ok(store.handleDatagram(START, VIA, packet))
    assert.is(store.poll(), undefined)
    assert.is(store.drops.snapshot()[reason], before + 1)
  }
  drop(request.subarray(0, request.length - 1), 'malformed')
  drop(concatBytes(request, Uint8Array.of(0)), 'malformed')
  drop(desk.request(alice, { kind: 0x83, extra: new Uint8Array(80) }), 'malformed')
  drop(desk.request(alice, { kind: 0x87, extra: new Uint8Array(80) }), 'malformed')
  drop(Uint8Array.of(0x85), 'malformed')
  const altered = request.slice()
  altered[100]! ^= 1
  drop(altered, 'not_authentic')
  assert.ok(!equalBytes(altered, request))
  assert.not(store.handleDatagram(START, VIA, Uint8Array.of(0x84)), 'not ours')
})

test('who sent from where no answer can be sent is not answered', () => {
  const desk = new Desk()
  const alice = desk.person()
  for (const [ip, port] of [
    ['203.0.113.9', 0],
    ['255.255.255.255', 1],
    ['224.0.0.1', 1],
  ] as const) {
    assert.is(desk.ask(alice, { data: alice.data }, Endpoint.parse(ip, port)!), undefined)
  }
  assert.is(desk.node.store.drops.snapshot().bad_address, 3)
})

test.run()
