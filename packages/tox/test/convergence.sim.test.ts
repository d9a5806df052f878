// 100 nodes organise themselves within a simulated hour. 1,000 nodes: `npm run bench -- convergence`.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { converge } from './convergence.ts'

test('100 nodes know the nodes closest to them within an hour', () => {
  const seed = Number(process.env.SIM_SEED ?? 1)
  const { share, shareWithRoom, packetsPerNodeMinute } = converge({ nodes: 100, seed, duration: 60 * 60_000 })
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`
  console.log(`SEED ${seed}`)
  console.log(
    `NOTE ${percent(share)} of the 8 closest nodes are known, ${percent(shareWithRoom)} of those whose bucket has room, ` +
      `${packetsPerNodeMinute.toFixed(0)} packets a node and minute`,
  )
  assert.ok(shareWithRoom >= 0.99, `${shareWithRoom}`)
  assert.ok(share >= 0.95, `${share}`)
})

test.run()
