import type { Backend, Crypto, SecretHandle } from './crypto/crypto.ts'
import { type Instant, SECOND } from './engine.ts'

/**
 * Keys a second that strangers may make us derive. A packet from a public key that we have not met costs an X25519 before
 * it can be told from noise. `npm run bench -- crypto` measured about 1,300 to 1,900 a second in JavaScript, 15,000 to 17,000 in
 * WebAssembly and 30,000 with relaxed SIMD: a flood takes about half a core, in JavaScript up to three quarters of one.
 */
export const KEYS_PER_SECOND: Readonly<Record<Backend, number>> = {
  js: 1000,
  wasm: 8000,
  'wasm-relaxed': 12_000,
}

/** A token bucket that holds what is earned in a second. One serves all engines that share a thread. */
export class KeyBudget {
  readonly #crypto: Crypto
  readonly #rate: number
  #tokens: number
  #filledAt: Instant = Number.NEGATIVE_INFINITY

  constructor(crypto: Crypto) {
    this.#crypto = crypto
    this.#rate = KEYS_PER_SECOND[crypto.backend]
    this.#tokens = this.#rate
  }

  /** Whether a box between `secret` and `publicKey` may be opened now: its key is known, or there is a token left for it. */
  admits(now: Instant, secret: SecretHandle, publicKey: Uint8Array): boolean {
    if (this.#crypto.isCached(secret, publicKey)) return true
    this.#tokens = Math.min(this.#rate, this.#tokens + ((now - this.#filledAt) * this.#rate) / SECOND)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
