import { NEVER } from '@ts-toxcore/core'
import { EventQueue, SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

test('an empty queue has nothing, never', () => {
  const queue = new EventQueue<string>()
  assert.is(queue.next, NEVER)
  assert.is(queue.shift(), undefined)
})

test('random pushes and shifts agree with a sorted list; ties keep their order', () => {
  const random = new SeededRandom(1)
  const queue = new EventQueue<number>()
  const model: { at: number; item: number }[] = []
  for (let i = 0; i < 50_000; i++) {
    // Rises to a few thousand, so that the arrays grow, then falls.
    if (random.chance(i < 25_000 ? 0.6 : 0.4)) {
      const at = random.below(50)
      queue.push(at, i)
      const after = model.findIndex(entry => entry.at > at)
      model.splice(after < 0 ? model.length : after, 0, { at, item: i })
    } else {
      assert.is(queue.next, model[0]?.at ?? NEVER)
      assert.is(queue.shift(), model.shift()?.item)
    }
    assert.is(queue.size, model.length)
  }
})

test.run()
