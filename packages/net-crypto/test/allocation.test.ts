// From a datagram to its payload nothing is allocated: the garbage of half a million packets a second would be felt.
import { getHeapStatistics } from 'node:v8'
import { createJsCrypto, loadCrypto } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Receiving } from './receiving.ts'

const WARM_UP = 200
const BATCHES = 64
/** The compiler works beside us: some round comes after it is done. */
const ROUNDS = 20

async function webAssembly() {
  try {
    return [await loadCrypto({ backend: 'wasm' }), await loadCrypto({ backend: 'wasm' })] as const
  } catch {
    return undefined
  }
}

for (const size of [100, 1373]) {
  test(`packets of ${size} bytes: less than a byte a packet`, async () => {
    const cryptos = await webAssembly()
    if (cryptos === undefined) {
      console.log('SKIP no WebAssembly with SIMD here')
      return
    }
    const receiving = new Receiving(...cryptos, size)
    for (let i = 0; i < WARM_UP; i++) {
      receiving.prepare()
      receiving.handle()
    }
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < ROUNDS && least >= 1; round++) {
      const before = getHeapStatistics().used_heap_size
      let packets = 0
      for (let i = 0; i < BATCHES; i++) {
        receiving.prepare()
        packets += receiving.handle()
      }
      const grown = getHeapStatistics().used_heap_size - before
      // Negative after a collection: then the round says nothing.
      if (grown >= 0) least = Math.min(least, grown / packets)
    }
    console.log(`NOTE ${least.toFixed(3)} bytes a packet, sealing included`)
    assert.ok(least < 1, `${least} bytes a packet`)
    assert.equal(receiving.engine.drops.snapshot(), {})
    assert.is(receiving.deliveredBytes, receiving.delivered * size)
    // Every packet was checked: had one been lost, no later one would have been delivered.
    assert.is(receiving.delivered, receiving.prepared)
  })
}

test('datagrams that come in a row before the outputs are taken keep their payloads apart', () => {
  const receiving = new Receiving(createJsCrypto(), createJsCrypto(), 50)
  const { engine } = receiving
  const datagrams = Array.from({ length: 200 }, (_, i) =>
    receiving.seal(i, new Uint8Array(6 + i).fill(100 + (i % 90))),
  )
  // One that was overtaken is delivered behind those that waited for it.
  const order = datagrams.map((_, i) => (i === 10 ? 12 : i > 10 && i <= 12 ? i - 1 : i))
  for (const i of order) receiving.give(datagrams[i]!)
  receiving.give(receiving.seal(200, Uint8Array.of(200, 1, 2)))
  engine.tick(receiving.now)
  const sizes: number[] = []
  for (let output = engine.poll(); output !== undefined; output = engine.poll()) {
    if (output.type !== 'data' && output.type !== 'lossy') continue
    const { data } = output
    sizes.push(data.length)
    if (output.type === 'lossy') assert.equal([...data], [200, 1, 2])
    else assert.ok(data.every(byte => byte === 100 + ((data.length - 6) % 90)))
  }
  assert.equal(sizes, [...datagrams.map((_, i) => 6 + i), 3])
})

test.run()
