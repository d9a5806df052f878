import { type NodeInfo, SECOND } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Alarms } from '../src/alarms.ts'
import { PING_TIMEOUT } from '../src/constants.ts'
import { PacedQueue } from '../src/paced-queue.ts'
import { endpoint, key, node } from './peers.ts'

const NOW = 1_700_000_000_000

function setUp(limit = 3, window = SECOND) {
  const alarms = new Alarms()
  const asked: { at: number; first: number }[] = []
  const ask = (now: number, { publicKey }: NodeInfo) => {
    asked.push({ at: now - NOW, first: publicKey[0]! })
    return true
  }
  const queue = new PacedQueue({ alarms, limit, window: () => window, baseKey: key(), ask })
  return { alarms, asked, queue }
}

const numbered = (i: number) => node(key(i), endpoint(`192.0.2.${i}`))

test('asks at once while there is room, then the closest ones as room comes', () => {
  const { alarms, asked, queue } = setUp()
  for (const i of [90, 80, 70, 60, 50, 40, 30]) queue.offer(NOW, numbered(i))
  assert.equal(
    asked.map(entry => entry.first),
    [90, 80, 70],
  )
  assert.is(queue.size, 3, 'the farthest one is forgotten')
  assert.is(alarms.deadline(), NOW + SECOND)
  alarms.tick(NOW + SECOND - 1)
  assert.is(asked.length, 3)
  alarms.tick(NOW + SECOND)
  assert.equal(
    asked.slice(3).map(entry => entry.first),
    [30, 40, 50],
  )
  assert.is(alarms.deadline(), Number.POSITIVE_INFINITY)
})

test('never more than the limit in any window', () => {
  const { alarms, asked, queue } = setUp(4, SECOND)
  for (let i = 0; i < 200; i++) {
    const now = NOW + 37 * i
    alarms.tick(now)
    queue.offer(now, node(key(i + 1), endpoint('192.0.2.1', i + 1)))
  }
  assert.ok(asked.length > 20)
  for (let i = 4; i < asked.length; i++) assert.ok(asked[i]!.at - asked[i - 4]!.at >= SECOND)
})

test('a node is not asked again while its answer may be under way, but at another address it is', () => {
  const { asked, queue } = setUp()
  queue.offer(NOW, numbered(1))
  queue.offer(NOW + SECOND, numbered(1))
  queue.urgent(NOW + SECOND, numbered(1))
  assert.is(asked.length, 1)
  queue.offer(NOW + SECOND, node(key(1), endpoint('198.51.100.1')))
  assert.is(asked.length, 2)
  queue.offer(NOW + PING_TIMEOUT, numbered(1))
  assert.is(asked.length, 3)
})

test('one key cannot fill the queue', () => {
  const { queue } = setUp()
  for (let i = 1; i < 10; i++) queue.offer(NOW, node(key(1), endpoint('192.0.2.1', i)))
  assert.is(queue.size, 1)
})

test.run()
