import { type Crypto, concatBytes, equalBytes, MAC_SIZE, NONCE_SIZE } from '@ts-toxcore/core'
import nacl from 'tweetnacl'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import smallOrder from '../../../../test-vectors/core/small-order-keys.json'
import { flipped, hex, type Kit } from './kit.ts'

const MAX_PACKET_SIZE = 1400
const ADDRESS_SIZE = 19
const HEADER_SIZE = 1 + NONCE_SIZE
const LAYER_SIZE = 32 + MAC_SIZE + ADDRESS_SIZE
const RETURN_SIZE = NONCE_SIZE + MAC_SIZE + ADDRESS_SIZE
/** The ways back grow while a packet travels: so much room the data leaves them. */
const MAX_DATA_SIZE = MAX_PACKET_SIZE - HEADER_SIZE - 3 * LAYER_SIZE

export function onionCompliance({ name, crypto, oracle, random, bytes }: Kit): void {
  const test = suite(`${name}: onion`)

  interface Hop {
    readonly secretKey: Uint8Array
    readonly publicKey: Uint8Array
    readonly returnKey: Uint8Array
    readonly address: Uint8Array
    /** Nonce and padded address: what `peelOnion` is told of the sender. */
    readonly from: Uint8Array
  }
  const newHop = (): Hop => {
    const secretKey = bytes(32)
    return {
      secretKey,
      publicKey: nacl.scalarMult.base(secretKey),
      returnKey: bytes(32),
      address: bytes(ADDRESS_SIZE),
      from: bytes(NONCE_SIZE + ADDRESS_SIZE),
    }
  }

  /** A packet in the clear and its three nodes; `addresses` are those that each node sends to. */
  function layOut(data: Uint8Array, kind = 0x80) {
    const hops = [newHop(), newHop(), newHop()]
    const senders = hops.map(() => bytes(32))
    const nonce = bytes(NONCE_SIZE)
    const layers = hops.map(({ address }, i) =>
      concatBytes(nacl.scalarMult.base(senders[i]!), new Uint8Array(MAC_SIZE), address),
    )
    const packet = concatBytes(Uint8Array.of(kind), nonce, ...layers, data)
    const keys = hops.map(({ publicKey }, i) => nacl.box.before(publicKey, senders[i]!))
    return { hops, senders, nonce, packet, keys, data }
  }
  type Layout = ReturnType<typeof layOut>

  function wrap(by: Crypto, { packet, keys }: Layout): Uint8Array {
    const handles = keys.map(key => by.addKey(key))
    const wrapped = packet.slice()
    by.wrapOnion(handles as [(typeof handles)[0], (typeof handles)[0], (typeof handles)[0]], wrapped)
    for (const handle of handles) by.dropKey(handle)
    return wrapped
  }
  /** As the specification has it, by tweetnacl alone. */
  function wrapByHand({ hops, senders, nonce, packet, keys, data }: Layout): Uint8Array {
    let inner = data
    for (let i = 2; i >= 0; i--) {
      const box = nacl.secretbox(concatBytes(hops[i]!.address, inner), nonce, keys[i]!)
      inner = concatBytes(nacl.scalarMult.base(senders[i]!), box)
    }
    return concatBytes(packet.subarray(0, HEADER_SIZE), inner)
  }
  function peel(by: Crypto, hop: Hop, packet: Uint8Array) {
    const secret = by.addSecret(hop.secretKey, 4)
    const returnKey = by.addKey(hop.returnKey)
    const peeled = by.peelOnion(secret, returnKey, packet, hop.from)
    by.dropSecret(secret)
    by.dropKey(returnKey)
    return peeled
  }
  const wayBack = (hop: Hop, inner: Uint8Array) => {
    const nonce = hop.from.subarray(0, NONCE_SIZE)
    const sealed = nacl.secretbox(concatBytes(hop.from.subarray(NONCE_SIZE), inner), nonce, hop.returnKey)
    return concatBytes(nonce, sealed)
  }

  const sizes = [1, 2, 15, 16, 17, 63, 64, 100, 500, MAX_DATA_SIZE - 2 * 27, MAX_DATA_SIZE]

  test('wrapped as in the specification', () => {
    for (const size of sizes) {
      const layout = layOut(bytes(size))
      assert.ok(equalBytes(wrap(crypto, layout), wrapByHand(layout)), `${size}`)
    }
    const tooShort = layOut(new Uint8Array(0)).packet
    const keys = [1, 2, 3].map(() => crypto.addKey(bytes(32)))
    const three = keys as [(typeof keys)[0], (typeof keys)[0], (typeof keys)[0]]
    assert.throws(() => crypto.wrapOnion(three, tooShort.subarray(1)), RangeError)
    assert.throws(() => crypto.wrapOnion(three, bytes(MAX_PACKET_SIZE + 1)), RangeError)
    for (const key of keys) crypto.dropKey(key)
  })

  for (const [title, by] of [
    ['itself', crypto],
    ['crypto-js and it in turn', undefined],
  ] as const) {
    test(`through three nodes, by ${title}, with ways back that can be opened`, () => {
      for (const size of [...sizes, ...Array.from({ length: 30 }, () => 1 + random.below(900))]) {
        const layout = layOut(bytes(size))
        let packet = wrap(by ?? oracle, layout)
        let returns: Uint8Array = new Uint8Array(0)
        for (let i = 0; i < 3; i++) {
          const node = by ?? (i % 2 === 0 ? crypto : oracle)
          const hop = layout.hops[i]!
          const fits = packet.length <= MAX_PACKET_SIZE
          const before = packet.slice()
          assert.is(peel(node, hop, packet), fits, `${size}: node ${i}`)
          if (!fits) break
          assert.ok(equalBytes(packet, before), 'the packet is left as it is')
          returns = wayBack(hop, returns)
          const { peeled } = node
          assert.ok(equalBytes(peeled.address, hop.address), `${size}: node ${i}`)
          assert.ok(equalBytes(peeled.packet.subarray(-returns.length), returns), `${size}: node ${i}`)
          assert.is(returns.length, (i + 1) * RETURN_SIZE)
          const rest = peeled.packet.subarray(0, -returns.length)
          if (i < 2) {
            assert.is(rest[0], 0x81 + i)
            assert.ok(equalBytes(rest.subarray(1, HEADER_SIZE), layout.nonce))
            assert.is(peeled.kind, rest[HEADER_SIZE])
          } else {
            assert.ok(equalBytes(rest, layout.data))
            assert.is(peeled.kind, layout.data[0])
          }
          packet = peeled.packet.slice()
        }
      }
    })
  }

  test('every truncation, every changed bit, other kinds: refused, and what was peeled last stays', () => {
    const layout = layOut(bytes(30))
    const packets = [wrap(crypto, layout)]
    for (const hop of layout.hops.slice(0, 2)) {
      assert.is(peel(oracle, hop, packets[packets.length - 1]!), true)
      packets.push(oracle.peeled.packet.slice())
    }
    for (const [i, packet] of packets.entries()) {
      const hop = layout.hops[i]!
      const secret = crypto.addSecret(hop.secretKey, 16)
      const returnKey = crypto.addKey(hop.returnKey)
      const peels = (input: Uint8Array) => crypto.peelOnion(secret, returnKey, input, hop.from)
      assert.is(peels(packet), true)
      const before = seen()
      const refuses = (input: Uint8Array, title: string) => {
        const copy = input.slice()
        assert.is(peels(input), false, `layer ${i}: ${title}`)
        assert.equal(seen(), before, title)
        assert.ok(equalBytes(input, copy), title)
      }
      for (let length = 0; length < packet.length; length++) {
        refuses(packet.subarray(0, length), `cut to ${length}`)
      }
      refuses(concatBytes(packet, Uint8Array.of(0)), 'a byte more')
      for (let kind = 0; kind < 256; kind++) {
        if (kind !== packet[0]) refuses(concatBytes(Uint8Array.of(kind), packet.subarray(1)), `kind ${kind}`)
      }
      // What is sealed, and its nonce; the ways back are sealed for others.
      const sealedEnd = packet.length - i * RETURN_SIZE
      for (let bit = 8; bit < 8 * sealedEnd; bit++) {
        // X25519 ignores the top bit of a point.
        if (bit !== 8 * HEADER_SIZE + 255) refuses(flipped(packet, bit), `bit ${bit}`)
      }
      for (let bit = 8 * sealedEnd; bit < 8 * packet.length; bit += 7) {
        assert.is(peels(flipped(packet, bit)), true, 'ways back are not looked at')
      }
      for (const { publicKey } of smallOrder.cases) {
        const degenerate = packet.slice()
        degenerate.set(hex(publicKey), HEADER_SIZE)
        assert.is(peels(degenerate), false)
      }
      crypto.dropSecret(secret)
      crypto.dropKey(returnKey)
    }
  })

  test('noise of any size', () => {
    const hop = newHop()
    for (const size of [0, 1, 24, 25, 26, 92, 93, 100, 1399, 1400, 1401, 1500, 65_535]) {
      for (const kind of [0x80, 0x81, 0x82, 0x83]) {
        const packet = bytes(size)
        packet[0] = kind
        assert.is(peel(crypto, hop, packet), false, `${size}`)
      }
    }
  })

  test('the sender’s key is cached as that of any box; sizes and handles are checked', () => {
    const layout = layOut(bytes(10))
    const packet = wrap(oracle, layout)
    const [hop] = layout.hops as [Hop]
    const secret = crypto.addSecret(hop.secretKey, 4)
    const returnKey = crypto.addKey(hop.returnKey)
    assert.throws(() => crypto.peelOnion(secret, returnKey, packet, bytes(42)), RangeError)
    assert.throws(() => crypto.peelOnion(secret, returnKey, packet, bytes(44)), RangeError)
    assert.is(crypto.peelOnion(secret, returnKey, packet, hop.from), true)
    assert.is(crypto.isCached(secret, packet.subarray(HEADER_SIZE, HEADER_SIZE + 32)), true)
    crypto.dropKey(returnKey)
    assert.throws(() => crypto.peelOnion(secret, returnKey, packet, hop.from))
    crypto.dropSecret(secret)
    const other = crypto.addKey(bytes(32))
    assert.throws(() => crypto.peelOnion(secret, other, packet, hop.from))
    crypto.dropKey(other)
  })

  /** What `peeled` says, apart from the bytes of its views, which only live until the next call. */
  function seen() {
    const { address, kind, packet } = crypto.peeled
    return { address: address.length, kind, packet: packet.length }
  }

  test.run()
}
