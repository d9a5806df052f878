import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DHT_PING_ARRAY_SIZE, PING_TIMEOUT } from '../src/constants.ts'
import { RequestIds } from '../src/request-ids.ts'

const NOW = 1_700_000_000_000
const any = () => true

test('a request is answered once, by the right one, in time', () => {
  const ids = new RequestIds<string>(new SeededRandom(1))
  const id = ids.add(NOW, 'a')
  assert.is(ids.take(NOW, id + 1n, any), undefined)
  assert.is(
    ids.take(NOW, id, request => request === 'b'),
    undefined,
  )
  assert.is(ids.take(NOW + PING_TIMEOUT - 1, id, any), 'a')
  assert.is(ids.take(NOW, id, any), undefined)
  assert.is(ids.take(NOW + PING_TIMEOUT, ids.add(NOW, 'c'), any), undefined)
})

test('the table is bounded: the oldest request is given up', () => {
  const ids = new RequestIds<number>(new SeededRandom(1))
  const all = Array.from({ length: DHT_PING_ARRAY_SIZE + 1 }, (_, i) => ids.add(NOW, i))
  assert.is(ids.size, DHT_PING_ARRAY_SIZE)
  assert.is(ids.take(NOW, all[0]!, any), undefined)
  assert.is(ids.take(NOW, all[1]!, any), 1)
  ids.add(NOW + PING_TIMEOUT, 0)
  assert.is(ids.size, 1, 'what has expired is forgotten')
})

test.run()
