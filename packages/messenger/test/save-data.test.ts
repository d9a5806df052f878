import { concatBytes, Endpoint, fromHex, type NodeInfo, utf8 } from '@ts-toxcore/core'
import { decodeSave, encodeSave, type SaveData } from '@ts-toxcore/messenger'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { key } from './rig.ts'

const node = (n: number, protocol: 'udp' | 'tcp' = 'udp', family: 4 | 6 = 4): NodeInfo => ({
  protocol,
  endpoint: new Endpoint(new Uint8Array(family === 4 ? 4 : 16).fill(n), 1000 + n),
  publicKey: key(n),
})

const FULL: SaveData = {
  identity: { nospam: Uint8Array.of(1, 2, 3, 4), publicKey: key(1), secretKey: key(2) },
  dhtNodes: [node(1), node(2, 'udp', 6)],
  friends: [
    {
      publicKey: key(3),
      name: new Uint8Array(128).fill(1),
      statusMessage: new Uint8Array(1007).fill(2),
      status: 'busy',
      lastOnline: 1_700_000_000,
    },
    {
      publicKey: key(4),
      request: { nospam: Uint8Array.of(9, 8, 7, 6), message: new Uint8Array(921).fill(3), sent: true },
      name: new Uint8Array(0),
      statusMessage: new Uint8Array(0),
      status: 'none',
      lastOnline: 0,
    },
  ],
  name: utf8('me'),
  statusMessage: utf8('here'),
  status: 'away',
  tcpRelays: [node(5, 'tcp')],
  pathNodes: [node(6), node(7, 'udp', 6)],
  others: [
    { type: 7, data: Uint8Array.of(0x90) },
    { type: 20, data: Uint8Array.of(1, 2, 3) },
    { type: 300, data: new Uint8Array(0) },
  ],
}

const EMPTY: SaveData = {
  dhtNodes: [],
  friends: [],
  name: new Uint8Array(0),
  statusMessage: new Uint8Array(0),
  status: 'none',
  tcpRelays: [],
  pathNodes: [],
  others: [],
}

function loaded(bytes: Uint8Array): SaveData {
  const save = decodeSave(bytes)
  if ('error' in save) throw new Error(save.error)
  return save
}

/** What identifies a node, without what an Endpoint has computed of itself. */
const plain = (save: SaveData) => ({
  ...save,
  dhtNodes: save.dhtNodes.map(nodeText),
  tcpRelays: save.tcpRelays.map(nodeText),
  pathNodes: save.pathNodes.map(nodeText),
})
const nodeText = ({ protocol, endpoint, publicKey }: NodeInfo) => `${protocol} ${endpoint.text} ${publicKey}`

/** A save of one section. */
function saveOf(type: number, data: Uint8Array, cookie = 0x01ce): Uint8Array {
  const head = new Uint8Array(16)
  const view = new DataView(head.buffer)
  view.setUint32(4, 0x15ed1b1f, true)
  view.setUint32(8, data.length, true)
  view.setUint16(12, type, true)
  view.setUint16(14, cookie, true)
  return concatBytes(head, data)
}

test('everything comes back', () => {
  assert.equal(plain(loaded(encodeSave(FULL))), plain(FULL))
  assert.equal(loaded(encodeSave(EMPTY)), EMPTY)
})

test('the bytes are c-toxcore’s: cookie, little-endian heads, sections by type', () => {
  const bytes = encodeSave(FULL)
  assert.equal(bytes.slice(0, 20), fromHex('000000001F1BED154400000001 00CE0101020304'.replace(' ', ''))!)
  const types: number[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  for (let at = 8; at < bytes.length; at += 8 + view.getUint32(at, true))
    types.push(view.getUint16(at + 4, true))
  assert.equal(types, [1, 2, 3, 4, 5, 6, 7, 10, 11, 20, 300, 255])
})

test('a friend takes 2216 bytes', () => {
  const size = (friends: SaveData['friends']) => encodeSave({ ...EMPTY, friends }).length
  assert.is(size(FULL.friends) - size([]), 2 * 2216)
})

test('what is not ours to understand is kept byte for byte', () => {
  const data = Uint8Array.from({ length: 500 }, (_, i) => i * 7)
  for (const type of [0, 7, 8, 20, 254, 256, 65535]) {
    const bytes = encodeSave({ ...EMPTY, others: [{ type, data }] })
    assert.equal(loaded(bytes).others, [{ type, data }])
    assert.equal(encodeSave(loaded(bytes)), bytes)
  }
})

test('bytes behind the end do not matter', () => {
  assert.equal(loaded(concatBytes(encodeSave(EMPTY), Uint8Array.of(1, 2, 3))), EMPTY)
})

test('a save without an end is read all the same', () => {
  assert.equal(loaded(saveOf(4, utf8('me'))).name, utf8('me'))
})

test('garbage is refused', () => {
  const bad: Record<string, Uint8Array> = {
    nothing: new Uint8Array(0),
    'half a head': encodeSave(EMPTY).slice(0, 7),
    'another cookie': encodeSave(EMPTY).fill(1, 4, 5),
    'not zero in front': encodeSave(EMPTY).fill(1, 0, 1),
    'another section cookie': saveOf(4, utf8('me'), 0x01cf),
    'a section cut off': saveOf(4, utf8('me')).slice(0, -1),
    'bytes left over': concatBytes(saveOf(4, utf8('me')), Uint8Array.of(1, 2, 3)),
    'an end with data': saveOf(255, Uint8Array.of(1)),
    'keys of another size': saveOf(1, new Uint8Array(67)),
    'friends of another size': saveOf(3, new Uint8Array(2215)),
  }
  for (const [what, bytes] of Object.entries(bad)) {
    assert.equal(decodeSave(bytes), { error: 'NEW_LOAD_BAD_FORMAT' }, what)
  }
  assert.equal(decodeSave(utf8('toxEsave and more')), { error: 'NEW_LOAD_ENCRYPTED' })
})

test('what is garbled inside a section is left out', () => {
  assert.equal(loaded(saveOf(4, new Uint8Array(129))).name, new Uint8Array(0))
  assert.equal(loaded(saveOf(5, new Uint8Array(1008))).statusMessage, new Uint8Array(0))
  assert.is(loaded(saveOf(6, Uint8Array.of(3))).status, 'none')
  assert.is(loaded(saveOf(6, Uint8Array.of(1, 1))).status, 'none')
  assert.equal(loaded(saveOf(2, Uint8Array.of(1, 2, 3, 4, 5))).dhtNodes, [])
  const one = encodeSave({ ...EMPTY, pathNodes: [node(1)] })
  const nodes = one.slice(-8 - 39, -8)
  assert.is(loaded(saveOf(11, concatBytes(nodes, Uint8Array.of(99)))).pathNodes.length, 1)
  assert.is(loaded(saveOf(11, concatBytes(...new Array(9).fill(nodes)))).pathNodes.length, 8)
})

test('friends that cannot be are left out, fields that cannot be stay empty', () => {
  const friends = encodeSave({ ...EMPTY, friends: FULL.friends }).slice(8 + 8 + 12 + 8)
  const record = (index: number, change: (bytes: Uint8Array) => void) => {
    const bytes = friends.slice(index * 2216, (index + 1) * 2216)
    change(bytes)
    return loaded(saveOf(3, bytes)).friends
  }
  assert.is(record(0, () => {}).length, 1)
  assert.is(record(1, () => {}).length, 1)
  assert.is(record(0, bytes => bytes.fill(0, 0, 1)).length, 0, 'no friend')
  assert.is(record(0, bytes => bytes.fill(4, 0, 1)).length, 1, 'online')
  assert.is(record(0, bytes => bytes.fill(0x80, 32, 33)).length, 0, 'no public key')
  assert.is(record(1, bytes => bytes.fill(0, 1058, 1060)).length, 0, 'no message')
  assert.is(record(1, bytes => bytes.fill(4, 1058, 1059)).length, 0, 'too long a message')
  assert.is(record(0, bytes => bytes.fill(1, 1188, 1189))[0]!.name.length, 0, 'too long a name')
  assert.is(record(0, bytes => bytes.fill(9, 2198, 2199))[0]!.statusMessage.length, 0)
  assert.is(record(0, bytes => bytes.fill(3, 2200, 2201))[0]!.status, 'none')
  const late = record(0, bytes => bytes.fill(0xff, 2208, 2216))
  assert.is(late[0]!.lastOnline, Number.MAX_SAFE_INTEGER)
  assert.not.throws(() => encodeSave({ ...EMPTY, friends: late }))
})

test('what was decoded does not share memory with the input', () => {
  const bytes = encodeSave(FULL)
  const save = loaded(bytes)
  bytes.fill(0xee)
  assert.equal(plain(save), plain(FULL))
})

test.run()
