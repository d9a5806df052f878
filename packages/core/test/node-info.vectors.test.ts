import {
  addressScope,
  decode,
  Endpoint,
  encode,
  fromHex,
  type NodeInfo,
  PADDED_ADDRESS_SIZE,
  packedNode,
  paddedAddress,
  repeated,
  toHex,
} from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import vectors from '../../../test-vectors/core/packed-nodes.json'

const hex = (text: string) => fromHex(text)!
const endpoint = (host: string, port: number) => Endpoint.parse(host, port)!

/** An IPv4-mapped IPv6 address is the IPv4 address to us, as it is to c-toxcore when it receives a packet. */
const MAPPED = '::ffff:192.0.2.1'

test('packed nodes: as c-toxcore packs them', () => {
  for (const { protocol, host, port, publicKey, packed } of vectors.nodes) {
    const node = { protocol, endpoint: endpoint(host, port), publicKey: hex(publicKey) } as NodeInfo
    const decoded = decode(packedNode, hex(packed))!
    assert.is(decoded.protocol, protocol)
    assert.ok(decoded.endpoint.equals(node.endpoint), packed)
    assert.equal(decoded.publicKey, node.publicKey)
    if (host !== MAPPED) assert.is(toHex(encode(packedNode, node)).toLowerCase(), packed)
  }
})

test('packed nodes: an IPv4-mapped address decodes to IPv4 and encodes as such', () => {
  const { packed, port } = vectors.nodes.find(node => node.host === MAPPED)!
  const node = decode(packedNode, hex(packed))!
  assert.is(node.endpoint.text, `192.0.2.1:${port}`)
  assert.is(node.endpoint.family, 4)
  assert.is(encode(packedNode, node).length, 39)
})

test('packed nodes: accepted and refused as by c-toxcore; what follows is malformed', () => {
  let [accepted, refused] = [0, 0]
  for (const { bytes, size } of vectors.unpacked) {
    const input = hex(bytes)
    assert.is(decode(packedNode, input.subarray(0, size || input.length)) !== undefined, size > 0, bytes)
    if (size > 0 && size < input.length) assert.is(decode(packedNode, input), undefined, bytes)
    if (size > 0) accepted++
    else refused++
  }
  assert.ok(accepted > 3 && refused > 10)
})

test('packed nodes: several one after another', () => {
  const list = repeated(packedNode, 4)
  const four = vectors.nodes.slice(0, 4)
  const all = hex(four.map(node => node.packed).join(''))
  const nodes = decode(list, all)!
  assert.equal(
    nodes.map(node => node.endpoint.port),
    four.map(node => node.port),
  )
  assert.equal(encode(list, nodes), all)
  assert.is(decode(list, all.subarray(1)), undefined)
  assert.is(
    decode(
      list,
      hex(
        vectors.nodes
          .slice(0, 5)
          .map(node => node.packed)
          .join(''),
      ),
    ),
    undefined,
  )
})

test('packed nodes: a decoded node outlives the packet', () => {
  const input = hex(vectors.nodes[0]!.packed)
  const node = decode(packedNode, input)!
  input.fill(0)
  assert.is(node.endpoint.text, '192.0.2.1:33445')
  assert.is(toHex(node.publicKey).toLowerCase(), vectors.nodes[0]!.publicKey)
})

test('padded addresses take 19 bytes in either family', () => {
  const four = { protocol: 'udp', endpoint: endpoint('192.0.2.1', 0x1234) } as const
  const six = { protocol: 'tcp', endpoint: endpoint('2001:db8::1', 0xffff) } as const
  assert.is(toHex(encode(paddedAddress, four)), '02C0000201000000000000000000000000' + '1234')
  assert.is(toHex(encode(paddedAddress, six)), '8A20010DB8000000000000000000000001FFFF')
  for (const address of [four, six]) {
    const encoding = encode(paddedAddress, address)
    assert.is(encoding.length, PADDED_ADDRESS_SIZE)
    const decoded = decode(paddedAddress, encoding)!
    assert.is(decoded.protocol, address.protocol)
    assert.ok(decoded.endpoint.equals(address.endpoint))
    for (let size = 0; size < encoding.length; size++) {
      assert.is(decode(paddedAddress, encoding.subarray(0, size)), undefined)
    }
  }
  const unknown = encode(paddedAddress, four)
  unknown[0] = 3
  assert.is(decode(paddedAddress, unknown), undefined)
})

const PARSED: [host: string, canonical: string][] = [
  ['192.0.2.1', '192.0.2.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['::', '0:0:0:0:0:0:0:0'],
  ['::1', '0:0:0:0:0:0:0:1'],
  ['1::', '1:0:0:0:0:0:0:0'],
  ['2001:db8::1', '2001:db8:0:0:0:0:0:1'],
  ['2001:DB8:0:0:8:800:200C:417A', '2001:db8:0:0:8:800:200c:417a'],
  ['0001:0002:0003:0004:0005:0006:0007:0008', '1:2:3:4:5:6:7:8'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
  ['64:ff9b::192.0.2.33', '64:ff9b:0:0:0:0:c000:221'],
  ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
  ['::192.0.2.1', '0:0:0:0:0:0:c000:201'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['::fffe:c000:201', '0:0:0:0:0:fffe:c000:201'],
]

test('addresses: what is one', () => {
  for (const [host, canonical] of PARSED) assert.is(Endpoint.parse(host, 1)?.host, canonical, host)
})

test('addresses: what is none', () => {
  const none = [
    '',
    'localhost',
    'tox.example.org',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.04',
    '1.2.3.-1',
    '1.2.3.4 ',
    '0x7f.0.0.1',
    '1.2.3.',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '1:2:3:4::5:6:7:8',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::1.2.3',
    '::ffff:1.2.3.256',
    '[::1]',
    '%eth0',
    '١.٢.٣.٤',
  ]
  for (const host of none) assert.is(Endpoint.parse(host, 1), undefined, host)
})

test('ports: 0 to 65535, whole', () => {
  for (const port of [0, 1, 65535]) assert.is(Endpoint.parse('::1', port)?.port, port)
  for (const port of [-1, 65536, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.is(Endpoint.parse('::1', port), undefined)
  }
})

test('endpoints: text is unique and reads back', () => {
  const random = new SeededRandom(1)
  const texts = new Map<string, Endpoint>()
  for (let i = 0; i < 5000; i++) {
    // Few different bytes, so that equal ones occur.
    const ip = Uint8Array.from({ length: random.chance(0.5) ? 4 : 16 }, () => random.below(2))
    const made = new Endpoint(ip, random.below(3))
    const before = texts.get(made.text)
    if (before) assert.ok(before.equals(made))
    for (const other of texts.size < 50 ? texts.values() : []) {
      assert.is(other.equals(made), other.text === made.text)
    }
    texts.set(made.text, made)
    assert.ok(Endpoint.parse(made.host, made.port)!.equals(made))
  }
  assert.ok(texts.size < 5000)
  assert.is(endpoint('::1', 33445).text, '[0:0:0:0:0:0:0:1]:33445')
})

test('endpoints: do not change with the bytes that they were made of', () => {
  for (const host of ['192.0.2.1', '2001:db8::1', MAPPED]) {
    const ip = host === MAPPED ? hex('00000000000000000000FFFFC0000201') : endpoint(host, 0).ip.slice()
    const made = new Endpoint(ip, 1)
    ip.fill(0)
    assert.is(made.host, endpoint(host, 1).host)
  }
})

const SCOPES: Record<ReturnType<typeof addressScope>, string[]> = {
  loopback: ['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1'],
  lan: [
    '10.0.0.0',
    '10.255.255.255',
    '172.16.0.0',
    '172.31.255.255',
    '192.168.0.0',
    '192.168.255.255',
    '169.254.1.1',
    '100.64.0.0',
    '100.127.255.255',
    'fe80::1',
    'febf::1',
    'fc00::1',
    'fdff::1',
    '::ffff:192.168.1.1',
  ],
  global: [
    '9.255.255.255',
    '11.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '169.253.0.1',
    '169.255.0.1',
    '126.0.0.1',
    '128.0.0.1',
    '223.255.255.255',
    '2001:db8::1',
    'fec0::1',
    'fbff::1',
    '::2',
    '::ffff:8.8.8.8',
  ],
  invalid: ['0.0.0.0', '0.1.2.3', '224.0.0.1', '255.255.255.255', '::', 'ff02::1', '::ffff:0.0.0.0'],
}

test('scopes, and their borders', () => {
  for (const [scope, hosts] of Object.entries(SCOPES)) {
    for (const host of hosts) assert.is(addressScope(endpoint(host, 1).ip), scope, host)
  }
})

test.run()
