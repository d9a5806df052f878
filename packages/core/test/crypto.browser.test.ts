// In Chromium, in a page and in a worker: WebAssembly where the page's policy allows it, JavaScript where it does not.
import type { Backend } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bundled, chromiumIsMissing, visit } from './browser/chromium.ts'
import type { Outcome } from './browser/known-answers.ts'

const PLACES = ['page', 'worker'] as const
const STRICT = "default-src 'none'; connect-src 'self'; worker-src 'self'; script-src 'self'"

async function outcomes(policy: string, backend: Backend | 'auto'): Promise<[place: string, Outcome][]> {
  const script = await bundled('packages/core/test/browser/page.ts')
  const reports = await visit({ script, policy, query: `?backend=${backend}`, reports: PLACES })
  return PLACES.map(place => [place, reports[place] as Outcome])
}

function expectRight(place: string, { backend, right, wrong }: Outcome): void {
  assert.equal(wrong, [], `${place}, ${backend}`)
  assert.ok(right > 100, `${place}, ${backend}: ${right} answers`)
}

if (chromiumIsMissing()) {
  console.log('SKIP Chromium is not there: apt-get install chromium')
  test.skip('known answers in Chromium')
} else {
  test("with 'wasm-unsafe-eval' the kernels answer, in a page and in a worker", async () => {
    for (const [place, outcome] of await outcomes(`${STRICT} 'wasm-unsafe-eval'`, 'auto')) {
      assert.ok(['wasm', 'wasm-relaxed'].includes(outcome.backend), `${place}: ${outcome.backend ?? outcome}`)
      console.log(`NOTE Chromium, ${place}: ${outcome.backend} ready in ${outcome.ready.toFixed(1)} ms`)
      expectRight(place, outcome)
    }
  })

  test('so do those without relaxed SIMD', async () => {
    for (const [place, outcome] of await outcomes(`${STRICT} 'wasm-unsafe-eval'`, 'wasm')) {
      assert.is(outcome.backend, 'wasm', `${place}: ${outcome.backend ?? outcome}`)
      expectRight(place, outcome)
    }
  })

  test('without it JavaScript does', async () => {
    for (const [place, outcome] of await outcomes(STRICT, 'auto')) {
      assert.is(outcome.backend, 'js', `${place}: ${outcome.backend ?? outcome}`)
      expectRight(place, outcome)
    }
  })
}

test.run()
