import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const draw = (random: SeededRandom, size: number) => {
  const bytes = new Uint8Array(size)
  random.fill(bytes)
  return [...bytes]
}

test('a seed gives its sequence, today and tomorrow', () => {
  // Recorded: a change of the generator changes every recorded seed in the repository, and should be noticed.
  assert.equal(draw(new SeededRandom(1), 8), RECORDED)
  assert.equal(draw(new SeededRandom('1'), 8), RECORDED)
})
const RECORDED = [168, 204, 128, 204, 25, 18, 71, 115]

test('seeds and labels that differ little give streams that differ much', () => {
  const streams = ['1', '2', '11', '1/a', '1/b', '1/a/a', ''].map(seed =>
    draw(new SeededRandom(seed), 64).join(),
  )
  assert.is(new Set(streams).size, streams.length)
  for (const bits of [0, 1, 2]) {
    const [x, y] = [draw(new SeededRandom(8), 4096), draw(new SeededRandom(8 ^ (1 << bits)), 4096)]
    const differing = x.reduce((sum, byte, i) => sum + popcount(byte ^ y[i]!), 0)
    assert.ok(Math.abs(differing / (4096 * 8) - 0.5) < 0.02)
  }
})

test('a fork does not depend on what was drawn before', () => {
  const [fresh, used] = [new SeededRandom(5), new SeededRandom(5)]
  draw(used, 100)
  assert.equal(draw(used.fork('x'), 32), draw(fresh.fork('x'), 32))
  assert.not.equal(draw(fresh.fork('y'), 32), draw(fresh.fork('x'), 32))
})

test('fill fills every length, and nothing else', () => {
  for (let size = 0; size <= 40; size++) {
    const whole = new Uint8Array(size + 2)
    new SeededRandom(size).fill(whole.subarray(1, 1 + size))
    assert.equal([whole[0], whole[size + 1]], [0, 0])
    // Were a byte left out, it would be zero in every one of 20 streams.
    for (let i = 0; i < size; i++) {
      const values = Array.from(
        { length: 20 },
        (_, seed) => draw(new SeededRandom(`${size}.${seed}`), size)[i],
      )
      assert.ok(new Set(values).size > 10)
    }
  }
})

test('bytes are uniform (χ², 255 degrees of freedom)', () => {
  const counts = new Array<number>(256).fill(0)
  for (const byte of draw(new SeededRandom(9), 256_000)) counts[byte]!++
  const chi2 = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
  assert.ok(chi2 > 180 && chi2 < 340, `χ² = ${chi2}`)
})

test('floats, integers and chances keep to their ranges and means', () => {
  const random = new SeededRandom(10)
  let [sum, hits] = [0, 0]
  const seen = new Set<number>()
  for (let i = 0; i < 100_000; i++) {
    const x = random.float()
    assert.ok(x >= 0 && x < 1)
    sum += x
    if (random.chance(0.25)) hits++
    seen.add(random.below(7))
  }
  assert.ok(Math.abs(sum / 100_000 - 0.5) < 0.01)
  assert.ok(Math.abs(hits / 100_000 - 0.25) < 0.01)
  assert.equal([...seen].sort(), [0, 1, 2, 3, 4, 5, 6])
  assert.is(random.chance(0), false)
  assert.is(random.chance(1), true)
})

function popcount(byte: number): number {
  let count = 0
  for (let rest = byte; rest > 0; rest &= rest - 1) count++
  return count
}

test.run()
