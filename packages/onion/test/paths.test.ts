import { Endpoint, equalBytes, type NodeInfo, randomBytes, SECOND } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_PATH_NODES, NUMBER_ONION_PATHS } from '../src/constants.ts'
import type { NodeSource } from '../src/index.ts'
import { PathNodes } from '../src/path-nodes.ts'
import { PathPool } from '../src/path-pool.ts'
import { endpoint, identity, Network, START } from './harness.ts'

const EMPTY: NodeSource = {
  connected: true,
  reaches: () => true,
  closest: () => [],
  randomNodes: () => [],
  closeNodes: () => [],
}

function setup(count: number, seed = 1) {
  const network = new Network(seed, count)
  const { crypto, random } = network
  const dht = identity(crypto, random)
  const nodes = new PathNodes(random, EMPTY, dht.publicKey)
  for (const { info } of network.nodes) nodes.add(info)
  return { network, dht, nodes, pool: new PathPool({ crypto, random, dht, nodes }) }
}

const differentKeys = (nodes: readonly NodeInfo[]) => new Set(nodes.map(node => node.endpoint.text)).size

test('hops differ where there are enough nodes', () => {
  for (const [count, expected] of [
    [1, 1],
    [2, 2],
    [3, 3],
    [10, 3],
  ] as const) {
    const { pool } = setup(count)
    for (let i = 0; i < 20; i++) assert.is(differentKeys(pool.takeAny(START)!.nodes), expected)
  }
})

test('a path is kept, and found by its number', () => {
  const { pool } = setup(5)
  const path = pool.takeAny(START)!
  pool.answered(START, path.number)
  assert.is(pool.take(START + SECOND, path.number), path)
  assert.is(pool.find(path.number), path)
  assert.is(pool.find(path.number + NUMBER_ONION_PATHS), undefined)
})

test('the other path is another', () => {
  const { pool } = setup(10)
  for (let i = 0; i < 50; i++) {
    const path = pool.takeAny(START)!
    assert.is.not(pool.takeAny(START, path.number), path)
  }
})

test('a new path is given up after 4 s, a proven one after 10 s, any after 1200 s', () => {
  const { pool } = setup(10)
  const fresh = pool.takeAny(START)!
  pool.take(START, fresh.number)
  assert.ok(fresh.doubtful, 'two uses without an answer')
  assert.is(pool.take(START + 4 * SECOND - 1, fresh.number), fresh)
  const second = pool.take(START + 4 * SECOND, fresh.number)!
  assert.is.not(second, fresh)
  assert.is(pool.find(fresh.number), undefined, 'the number of a path that is gone')

  let now = START + 5 * SECOND
  pool.answered(now, second.number)
  assert.not(second.doubtful)
  for (let i = 0; i < 4; i++) assert.is(pool.take(now, second.number), second)
  assert.is(pool.take(now + 10 * SECOND - 1, second.number), second)
  const third = pool.take(now + 10 * SECOND, second.number)!
  assert.is.not(third, second)

  now = third.createdAt
  for (; now < third.createdAt + 1200 * SECOND; now += SECOND) {
    assert.is(pool.take(now, third.number), third)
    pool.answered(now, third.number)
  }
  assert.is.not(pool.take(now, third.number), third)
})

test('paths in vain are avoided', () => {
  const { pool } = setup(10)
  const bad = pool.takeAny(START)!
  pool.take(START, bad.number)
  for (let i = 0; i < 50; i++) {
    const path = pool.takeAny(START)!
    assert.is.not(path, bad)
    pool.answered(START, path.number)
  }
})

test('a node whose key is degenerate is dropped', () => {
  const { pool, nodes, network } = setup(0)
  nodes.add({ protocol: 'udp', endpoint: endpoint(1), publicKey: new Uint8Array(32) })
  assert.is(nodes.size, 1)
  assert.is(pool.takeAny(START), undefined)
  assert.is(nodes.size, 0)
  nodes.add(network.addNode().info)
  assert.ok(pool.takeAny(START))
})

test('nodes of paths that never work are dropped until they are heard of again', () => {
  const { pool, nodes, network } = setup(1)
  const { info } = network.nodes[0]!
  let now = START
  const first = pool.takeAny(now)!
  for (let i = 0; i < 2; i++) {
    pool.take(now, first.number)
    pool.take(now, first.number)
    now += 4 * SECOND
    pool.take(now, first.number)
  }
  assert.is(nodes.size, 0)
  assert.not(nodes.ready)
  assert.ok(nodes.add(info))
  assert.ok(nodes.ready)
})

test('nodes out of reach make no paths: IPv6 where only IPv4 is spoken', () => {
  const network = new Network(2, 1)
  const source: NodeSource = { ...EMPTY, reaches: ({ family }) => family === 4 }
  const nodes = new PathNodes(network.random, source, identity(network.crypto, network.random).publicKey)
  const { info } = network.nodes[0]!
  const far: NodeInfo = { ...info, endpoint: Endpoint.parse('2001:db8::1', 33445)! }
  assert.not(nodes.add(far))
  nodes.addBootstrap(far)
  assert.not(nodes.ready)
  assert.ok(nodes.add(info))
})

test('32 nodes, the latest; bootstrap nodes serve where there are none', () => {
  const network = new Network(2)
  const dht = identity(network.crypto, network.random)
  const nodes = new PathNodes(network.random, EMPTY, dht.publicKey)
  const node = (i: number): NodeInfo => {
    const publicKey = randomBytes(network.random, 32)
    publicKey[31]! &= 127
    return { protocol: 'udp', endpoint: endpoint(i), publicKey }
  }
  assert.not(nodes.ready)
  const bootstrap = node(200)
  nodes.addBootstrap(bootstrap)
  assert.equal(nodes.candidates(), [bootstrap])
  const many = Array.from({ length: MAX_PATH_NODES + 8 }, (_, i) => node(i + 1))
  for (const info of many) assert.ok(nodes.add(info))
  assert.is(nodes.size, MAX_PATH_NODES)
  assert.equal(nodes.list(100), [...many.slice(8).reverse(), bootstrap])
  assert.not(nodes.add(many.at(-1)!), 'known')
  assert.not(nodes.add({ ...node(1), publicKey: dht.publicKey }), 'ourselves')
  assert.not(nodes.add({ ...node(1), protocol: 'tcp' }))
  assert.not(nodes.add({ ...node(1), publicKey: new Uint8Array(32).fill(255) }))
  assert.ok(nodes.candidates().every(({ publicKey }) => !equalBytes(publicKey, bootstrap.publicKey)))
})

test('no paths while the DHT is not connected', () => {
  const network = new Network(3, 2)
  const { crypto, random } = network
  const dht = identity(crypto, random)
  const source = { ...EMPTY, connected: false, randomNodes: () => network.nodes.map(({ info }) => info) }
  const pool = new PathPool({ crypto, random, dht, nodes: new PathNodes(random, source, dht.publicKey) })
  assert.is(pool.takeAny(START), undefined)
  source.connected = true
  assert.ok(pool.takeAny(START))
})

test.run()
