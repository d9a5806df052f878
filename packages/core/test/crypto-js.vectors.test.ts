import { createJsCrypto } from '@ts-toxcore/core'
import { cryptoCompliance } from './crypto-compliance.ts'

cryptoCompliance('crypto-js', createJsCrypto)
