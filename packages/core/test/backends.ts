import { BACKENDS, type Backend, type Crypto, createCrypto } from '@ts-toxcore/core'

/** The implementations that run here; a line on standard output says which do not. */
export function createBackends(): Crypto[] {
  return BACKENDS.map(createBackend).filter(crypto => crypto !== undefined)
}

export function createBackend(backend: Backend): Crypto | undefined {
  try {
    return createCrypto({ backend })
  } catch (error) {
    console.log(`SKIP crypto-${backend}: ${(error as Error).message}`)
    return undefined
  }
}
