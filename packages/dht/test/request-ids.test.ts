import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DHT_PING_ARRAY_SIZE, PING_TIMEOUT } from '../src/constants.ts'
import { RequestIds } from '../src/request-ids.ts'
import { endpoint, key, node } from './peers.ts'

const NOW = 1_700_000_000_000
const [KEY, AT] = [key(1), endpoint('192.0.2.1')]
const NODE = node(KEY, AT)

test('a request is answered once, by the right one, in time', () => {
  const ids = new RequestIds<string>(new SeededRandom(1))
  const id = ids.add(NOW, NODE, 'a')
  assert.is(ids.take(NOW, id + 1n, KEY, AT), undefined)
  assert.is(ids.take(NOW, id, key(2), AT), undefined)
  assert.is(ids.take(NOW, id, KEY, endpoint('192.0.2.1', 1)), undefined)
  assert.is(ids.take(NOW + PING_TIMEOUT - 1, id, KEY, AT), 'a')
  assert.is(ids.take(NOW, id, KEY, AT), undefined)
  assert.is(ids.take(NOW + PING_TIMEOUT, ids.add(NOW, NODE, 'c'), KEY, AT), undefined)
})

test('the table is bounded: the oldest request is given up', () => {
  const ids = new RequestIds<number>(new SeededRandom(1))
  const all = Array.from({ length: DHT_PING_ARRAY_SIZE + 1 }, (_, i) => ids.add(NOW, NODE, i))
  assert.is(ids.size, DHT_PING_ARRAY_SIZE)
  assert.is(ids.take(NOW, all[0]!, KEY, AT), undefined)
  assert.is(ids.take(NOW, all[1]!, KEY, AT), 1)
  ids.add(NOW + PING_TIMEOUT, NODE, 0)
  assert.is(ids.size, 1, 'what has expired is forgotten')
})

test('a response is awaited from where a request went, as long as one is open', () => {
  const ids = new RequestIds<number>(new SeededRandom(1))
  assert.not(ids.awaits(KEY, AT))
  const [first, second] = [ids.add(NOW, NODE, 1), ids.add(NOW, NODE, 2)]
  assert.ok(ids.awaits(KEY, AT))
  assert.not(ids.awaits(key(2), AT))
  assert.not(ids.awaits(KEY, endpoint('192.0.2.2')))
  ids.take(NOW, first, KEY, AT)
  assert.ok(ids.awaits(KEY, AT))
  ids.take(NOW, second, KEY, AT)
  assert.not(ids.awaits(KEY, AT))
  ids.add(NOW, NODE, 3)
  ids.add(NOW + PING_TIMEOUT, node(key(2), AT), 4)
  assert.not(ids.awaits(KEY, AT), 'what has expired is forgotten')
})

test.run()
