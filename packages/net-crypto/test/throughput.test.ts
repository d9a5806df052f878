/** How fast two engines are without a network between them: figures for people, and nothing lost at full speed. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { connectedSides, transfer } from './two-sides.ts'

for (const [count, size] of [
  [50_000, 100],
  [20_000, 1373],
] as const) {
  test(`${count} packets of ${size} bytes`, () => {
    const sides = connectedSides(testCrypto())
    const [, b] = sides
    const acksBefore = b.sent
    const seconds = transfer(sides, count, size)
    assert.is(b.received, count)
    const rate = Math.round(count / seconds)
    const megabytes = ((rate * size) / 2 ** 20).toFixed(1)
    console.log(`NOTE ${size}-byte packets: ${rate}/s, ${megabytes} MiB/s, sealed and opened in one thread`)
    assert.ok(b.sent - acksBefore < count / 10, `${b.sent - acksBefore} acknowledgements`)
  })
}

test.run()
