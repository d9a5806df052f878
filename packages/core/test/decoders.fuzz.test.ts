import {
  bytes,
  type Codec,
  counted,
  createJsCrypto,
  decode,
  decodeToxId,
  Endpoint,
  encode,
  encodeToxId,
  equalBytes,
  fromHex,
  fromUtf8,
  MAC_SIZE,
  oneOf,
  packedNode,
  paddedAddress,
  repeated,
  rest,
  struct,
  toHex,
  u8,
  u16,
  u32,
  u64,
  utf8,
} from '@ts-toxcore/core'
import { fuzz, SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const settings = { env: process.env, print: console.log }
const COUNT = 200_000

const publicKey = new Uint8Array(32).fill(7)
const hosts = ['192.0.2.1', '2001:db8::1', '::ffff:10.0.0.1', 'fe80::1']
const nodes = hosts.map((host, i) => ({
  protocol: i % 2 === 0 ? ('udp' as const) : ('tcp' as const),
  endpoint: Endpoint.parse(host, 33445)!,
  publicKey,
}))

const everything = struct({
  kind: oneOf(1, 2, 3),
  small: u8,
  medium: u16,
  large: u32,
  id: u64,
  nodes: counted(packedNode, 4),
  from: paddedAddress,
  key: bytes(32),
  data: rest(0, 100),
})

test('whatever decodes is encoded to bytes that decode to the same', () => {
  const sample = encode(everything, {
    kind: 2,
    small: 1,
    medium: 2,
    large: 3,
    id: 4n,
    nodes: nodes.slice(0, 3),
    from: nodes[1]!,
    key: publicKey,
    data: publicKey,
  })
  const short = encode(everything, {
    kind: 1,
    small: 255,
    medium: 0,
    large: 0xffff_ffff,
    id: 0n,
    nodes: [],
    from: nodes[0]!,
    key: publicKey,
    data: new Uint8Array(0),
  })
  let decoded = 0
  const { count } = fuzz({
    ...settings,
    title: 'core codecs',
    count: COUNT,
    corpus: [sample, short],
    handle(input) {
      if (survives(everything, input)) decoded++
      return 0
    },
  })
  assert.ok(decoded > count / 20, `only ${decoded} decoded`)
})

test('lists of nodes', () => {
  const list = repeated(packedNode, 4)
  let decoded = 0
  const { count } = fuzz({
    ...settings,
    title: 'packed nodes',
    count: COUNT,
    corpus: [encode(list, nodes), encode(list, nodes.slice(1, 2)), encode(paddedAddress, nodes[1]!)],
    handle(input) {
      survives(paddedAddress, input)
      if (survives(list, input)) decoded++
      return 0
    },
  })
  assert.ok(decoded > count / 20, `only ${decoded} decoded`)
})

/** Decodes; if that works, encodes and decodes again. False if `input` is malformed. */
function survives<T>(codec: Codec<T>, input: Uint8Array): boolean {
  const value = decode(codec, input)
  if (value === undefined) return false
  if (input.length < codec.min || input.length > codec.max) throw new Error(`decoded ${input.length} bytes`)
  const encoding = encode(codec, value)
  // Not always `input`: padding and IPv4-mapped addresses have other encodings. But then it is settled.
  const again = decode(codec, encoding)
  if (again === undefined || !equalBytes(encode(codec, again), encoding)) throw new Error('not stable')
  return true
}

test('Tox IDs, hex and text', () => {
  fuzz({
    ...settings,
    title: 'Tox IDs',
    count: COUNT,
    corpus: [encodeToxId({ publicKey, nospam: Uint8Array.of(1, 2, 3, 4) })],
    handle(input) {
      const id = decodeToxId(input)
      if (id && !equalBytes(encodeToxId(id), input)) throw new Error('encoded differently')
      if (!equalBytes(fromHex(toHex(input))!, input)) throw new Error('hex')
      const text = fromUtf8(input)
      if (fromUtf8(utf8(text)) !== text) throw new Error('text')
      fromHex(text)
      return 0
    },
  })
})

test('addresses out of any text', () => {
  fuzz({
    ...settings,
    title: 'addresses',
    count: COUNT,
    corpus: [...hosts, '::', '::1.2.3.4', '1:2:3:4:5:6:7:8', 'fe80::1%eth0'].map(utf8),
    handle(input) {
      const endpoint = Endpoint.parse(fromUtf8(input), 33445)
      if (endpoint && !Endpoint.parse(endpoint.host, 33445)!.equals(endpoint)) throw new Error('reads back')
      return 0
    },
  })
})

test('no forged box opens', () => {
  const crypto = createJsCrypto()
  const random = new SeededRandom(1)
  const mine = crypto.keyPair(random)
  const secret = crypto.addSecret(mine.secretKey, 16)
  const peer = crypto.keyPair(random)
  const nonce = new Uint8Array(24)
  const seal = (size: number) => {
    const box = new Uint8Array(size + MAC_SIZE)
    crypto.sealBox(secret, peer.publicKey, nonce, new Uint8Array(size), box)
    return box
  }
  const corpus = [0, 1, 40, 200].map(seal)
  const valid = new Set(corpus.map(toHex))
  let [opened, refused] = [0, 0]
  fuzz({
    ...settings,
    title: 'boxes',
    count: COUNT / 4,
    corpus,
    handle(input) {
      const out = new Uint8Array(Math.max(0, input.length - MAC_SIZE))
      const authentic = crypto.openBox(secret, peer.publicKey, nonce, input, out)
      if (authentic !== valid.has(toHex(input))) throw new Error(authentic ? 'forged' : 'refused')
      authentic ? opened++ : refused++
      return 0
    },
  })
  assert.ok(opened > 0 && refused > 0)
})

test.run()
