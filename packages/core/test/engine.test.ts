import { Queue, unixSeconds } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

test('a queue agrees with an array, through growth and shrinkage', () => {
  const random = new SeededRandom(1)
  const [queue, model] = [new Queue<number>(), [] as number[]]
  let most = 0
  for (let i = 0; i < 100_000; i++) {
    // Three tides: longer than its internal limit of 1,024, and empty again.
    const filling = Math.floor(i / 16_000) % 2 === 0
    if (random.chance(filling ? 0.6 : 0.4)) {
      queue.push(i)
      model.push(i)
    } else assert.is(queue.shift(), model.shift())
    assert.is(queue.size, model.length)
    most = Math.max(most, model.length)
  }
  assert.ok(most > 2500, `${most}`)
  while (model.length > 0) assert.is(queue.shift(), model.shift())
  assert.is(queue.shift(), undefined)
})

test('a queue may hold undefined: it counts as an item', () => {
  const queue = new Queue<undefined | number>()
  queue.push(undefined)
  queue.push(1)
  assert.is(queue.size, 2)
  assert.is(queue.shift(), undefined)
  assert.is(queue.size, 1)
  assert.is(queue.shift(), 1)
})

test('a queue that is never empty does not keep what went through it', () => {
  const queue = new Queue<number>()
  for (let i = 0; i < 100; i++) queue.push(i)
  for (let i = 100; i < 2_000_000; i++) {
    queue.push(i)
    assert.is(queue.shift(), i - 100)
  }
  assert.is(queue.size, 100)
})

test('seconds on the wire are whole, and rounded down', () => {
  assert.is(unixSeconds(0), 0)
  assert.is(unixSeconds(1_700_000_000_999.9), 1_700_000_000)
})

test.run()
