import { createCrypto } from '@ts-toxcore/core'
import { cryptoCompliance } from './crypto-compliance.ts'

cryptoCompliance('crypto-wasm', () => createCrypto({ backend: 'wasm' }))
