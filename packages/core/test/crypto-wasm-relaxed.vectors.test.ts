import { createCrypto } from '@ts-toxcore/core'
import { test } from 'uvu'
import { createBackend } from './backends.ts'
import { cryptoCompliance } from './crypto-compliance.ts'

// Old engines know no relaxed SIMD; which they are shows in the SKIP line.
if (createBackend('wasm-relaxed')) {
  cryptoCompliance('crypto-wasm-relaxed', () => createCrypto({ backend: 'wasm-relaxed' }))
} else {
  test.skip('crypto-wasm-relaxed', () => {})
  test.run()
}
