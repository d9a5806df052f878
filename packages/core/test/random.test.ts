import {
  type Random,
  randomBelow,
  randomBytes,
  randomPick,
  randomU32,
  randomU64,
  shuffle,
} from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** Hands out these bytes, then the next ones. */
function script(...bytes: number[]): Random {
  return { fill: out => out.set(bytes.splice(0, out.length)) }
}

test('integers are big-endian', () => {
  assert.is(randomU32(script(0xff, 2, 3, 4)), 0xff020304)
  assert.is(randomU64(script(0xff, 2, 3, 4, 5, 6, 7, 8)), 0xff02030405060708n)
  assert.equal(randomBytes(script(1, 2, 3), 3), Uint8Array.of(1, 2, 3))
})

test('below: values that would favour small results are drawn again', () => {
  // 2³² = 3 · 1,431,655,765 + 1: of the 2³² values, the last one is one too many.
  assert.is(randomBelow(script(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 5), 3), 2)
  assert.is(randomBelow(script(0xff, 0xff, 0xff, 0xfe), 3), 2)
  assert.is(randomBelow(script(0xff, 0xff, 0xff, 0xff), 2 ** 32), 0xffff_ffff)
  assert.is(randomBelow(script(9, 9, 9, 9), 1), 0)
})

test('below: uniform', () => {
  const random = new SeededRandom(1)
  const counts = [0, 0, 0, 0, 0, 0, 0]
  for (let i = 0; i < 70_000; i++) counts[randomBelow(random, 7)]!++
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `${counts}`)
})

test('pick: each of them, and none of none', () => {
  const random = new SeededRandom(2)
  const seen = new Set(Array.from({ length: 200 }, () => randomPick(random, ['a', 'b', 'c'])))
  assert.is(seen.size, 3)
  assert.is(randomPick(random, []), undefined)
})

test('shuffle: the same elements in every order equally often', () => {
  const random = new SeededRandom(3)
  const counts = new Map<string, number>()
  for (let i = 0; i < 24_000; i++) {
    const items = [1, 2, 3, 4]
    assert.is(shuffle(random, items), items)
    counts.set(items.join(''), (counts.get(items.join('')) ?? 0) + 1)
  }
  assert.is(counts.size, 24)
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 150, `${count}`)
})

test.run()
