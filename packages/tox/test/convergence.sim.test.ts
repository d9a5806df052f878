// 100 nodes organise themselves within a simulated hour. 1,000 nodes: `npm run bench -- convergence`.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { converge } from './convergence.ts'

test('100 nodes know the nodes closest to them within an hour', () => {
  const seed = Number(process.env.SIM_SEED ?? 1)
  const { share, packetsPerNodeMinute } = converge({ nodes: 100, seed, duration: 60 * 60_000 })
  console.log(`SEED ${seed}`)
  console.log(
    `NOTE ${(share * 100).toFixed(1)} % of closest nodes correct, ${packetsPerNodeMinute.toFixed(0)} packets a node and minute`,
  )
  assert.ok(share >= 0.99, `${share}`)
})

test.run()
