import { type Backend, type Crypto, type CryptoOptions, createCrypto } from '@ts-toxcore/core'

/** What all tests use: the backend that TS_TOXCORE_CRYPTO names, or else the best that runs here. */
export function testCrypto(options: CryptoOptions = {}): Crypto {
  return createCrypto({
    backend: (process.env.TS_TOXCORE_CRYPTO as Backend | undefined) ?? 'auto',
    ...options,
  })
}
