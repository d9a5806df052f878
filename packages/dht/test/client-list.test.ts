import { SECOND } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { goodEndpoint } from '../src/client.ts'
import { ClientList } from '../src/client-list.ts'
import { closestNodes, goodNodes } from '../src/closest.ts'
import { BAD_NODE_TIMEOUT } from '../src/constants.ts'
import { KBuckets } from '../src/k-buckets.ts'
import { endpoint, key } from './peers.ts'

const NOW = 1_700_000_000_000
const BASE = key()

/** Nodes at distances 1 … count, each at an address of its own. */
function filled(count: number, evictsGood: boolean): ClientList {
  const list = new ClientList(BASE, 8, evictsGood)
  for (let i = 1; i <= count; i++) assert.ok(list.heard(NOW, key(i), endpoint(`192.0.2.${i}`), false))
  return list
}

const order = (list: ClientList) => list.clients.map(client => client.publicKey[0])

test('clients are kept in order, farthest first', () => {
  const list = new ClientList(BASE, 8, true)
  for (const i of [3, 1, 2]) list.heard(NOW, key(i), endpoint(`192.0.2.${i}`), false)
  assert.equal(order(list), [3, 2, 1])
})

test('a full search list gives up its farthest node for a closer one only', () => {
  const list = filled(8, true)
  assert.not(list.canStore(NOW, key(9)))
  assert.is(list.heard(NOW, key(9), endpoint('192.0.2.9'), false), undefined)
  assert.ok(list.canStore(NOW, key(0, 1)))
  assert.ok(list.heard(NOW, key(0, 1), endpoint('192.0.2.9'), false))
  assert.equal(order(list), [7, 6, 5, 4, 3, 2, 1, 0])
})

test('a full bucket keeps its good nodes, whoever comes', () => {
  const list = filled(8, false)
  assert.not(list.canStore(NOW, key(0, 1)))
})

test('bad nodes give way first, to anybody', () => {
  for (const evictsGood of [true, false]) {
    const list = filled(8, evictsGood)
    const later = NOW + 60 * SECOND
    for (const i of [1, 2, 3, 5, 6, 7, 8]) list.heard(later, key(i), endpoint(`192.0.2.${i}`), false)
    const bad = NOW + BAD_NODE_TIMEOUT
    assert.not(list.canStore(bad - 1, key(9)))
    assert.ok(list.canStore(bad, key(9)))
    list.heard(bad, key(9), endpoint('192.0.2.9'), false)
    assert.equal(order(list), [9, 8, 7, 6, 5, 3, 2, 1])
  }
})

test('a node has one address of each family, IPv6 first, and each goes bad on its own', () => {
  const list = new ClientList(BASE, 8, true)
  const v4 = endpoint('192.0.2.1')
  const v6 = endpoint('2001:db8::1')
  list.heard(NOW, key(1), v6, false)
  const client = list.heard(NOW + SECOND, key(1), v4, false)!
  assert.is(goodEndpoint(client, NOW + SECOND), v6)
  assert.is(goodEndpoint(client, NOW + BAD_NODE_TIMEOUT), v4)
  assert.is(goodEndpoint(client, NOW + SECOND + BAD_NODE_TIMEOUT), undefined)
  assert.ok(list.holds(NOW + BAD_NODE_TIMEOUT, key(1), 4))
  assert.not(list.holds(NOW + BAD_NODE_TIMEOUT, key(1), 6))
})

test('a good global address is not given up for one of a local network', () => {
  const list = new ClientList(BASE, 8, true)
  const global = endpoint('192.0.2.1')
  const local = endpoint('192.168.0.1')
  list.heard(NOW, key(1), global, false)
  list.heard(NOW + SECOND, key(1), local, false)
  list.heard(NOW + SECOND, key(1), endpoint('fe80::1'), false)
  assert.is(list.find(key(1))!.v4!.endpoint, global)
  assert.is(list.find(key(1))!.v6, undefined)
  list.heard(NOW + BAD_NODE_TIMEOUT, key(1), local, false)
  assert.is(list.find(key(1))!.v4!.endpoint, local)
})

test('a restarted node takes the place of its former key', () => {
  const buckets = new KBuckets(BASE)
  const at = endpoint('192.0.2.1')
  buckets.heard(NOW, key(0x80), at, false)
  buckets.heard(NOW, key(0x40), at, false)
  assert.is(buckets.find(key(0x80)), undefined)
  assert.ok(buckets.find(key(0x40)))
})

test('buckets are by shared bits, the last one takes all that share more', () => {
  const buckets = new KBuckets(BASE)
  for (let i = 1; i <= 9; i++) {
    const near = key()
    near[31] = i
    const bucket = buckets.heard(NOW, near, endpoint(`192.0.2.${i}`), false)
    assert.is(bucket === undefined, i === 9, 'eight fit in')
  }
  assert.ok(buckets.canStore(NOW, key(0x80)), 'other buckets are empty')
  assert.is(buckets.lists.length, 1)
})

test('closest nodes: sorted, each once, good, and local ones only for local peers', () => {
  const list = filled(8, true)
  const other = new ClientList(BASE, 8, true)
  other.heard(NOW, key(1), endpoint('192.0.2.1'), false)
  other.heard(NOW, key(0, 1), endpoint('10.0.0.1'), false)
  const first = (lan: boolean, now = NOW) =>
    closestNodes(now, [list, other], BASE, 4, lan).map(node => node.publicKey[0])
  assert.equal(first(false), [1, 2, 3, 4])
  assert.equal(first(true), [0, 1, 2, 3])
  assert.equal(first(true, NOW + BAD_NODE_TIMEOUT), [])
})

test('of two addresses the one heard last is told, and never a local one to strangers', () => {
  const list = new ClientList(BASE, 8, true)
  list.heard(NOW, key(1), endpoint('10.0.0.1'), false)
  list.heard(NOW + 1, key(1), endpoint('2001:db8::1'), false)
  list.heard(NOW + 2, key(2), endpoint('192.0.2.2'), false)
  list.heard(NOW + 3, key(2), endpoint('2001:db8::2'), false)
  const hosts = (lan: boolean) =>
    closestNodes(NOW + 3, [list], BASE, 4, lan).map(node => node.endpoint.family)
  assert.equal(hosts(false), [6, 6])
  assert.equal(hosts(true), [6, 6])
})

test('good nodes are listed closest first', () => {
  const random = { fill: (bytes: Uint8Array) => bytes.fill(0) }
  const nodes = goodNodes(NOW, [filled(8, true)], 3, random)
  assert.equal(
    nodes.map(node => node.publicKey[0]),
    [1, 2, 3],
  )
})

test.run()
