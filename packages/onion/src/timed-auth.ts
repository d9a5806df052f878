import {
  type Crypto,
  concatBytes,
  encode,
  equalConstantTime,
  type Instant,
  KEY_SIZE,
  type Random,
  randomBytes,
  u64,
} from '@ts-toxcore/core'

/**
 * Tokens that prove that somebody got our answer a short while ago, without our remembering them (c-toxcore,
 * `timed_auth`): an HMAC over the time window and what the token is bound to. Valid in its own window and the next.
 */
export class TimedAuth {
  readonly #crypto: Crypto
  readonly #key: Uint8Array
  readonly #window: number

  constructor(crypto: Crypto, random: Random, window: number) {
    this.#crypto = crypto
    this.#key = randomBytes(random, KEY_SIZE)
    this.#window = window
  }

  /** 32 bytes. */
  create(now: Instant, bound: Uint8Array): Uint8Array {
    return this.#token(Math.floor(now / this.#window), bound)
  }

  verify(now: Instant, bound: Uint8Array, token: Uint8Array): boolean {
    const window = Math.floor(now / this.#window)
    return (
      equalConstantTime(token, this.#token(window, bound)) ||
      equalConstantTime(token, this.#token(window - 1, bound))
    )
  }

  #token(window: number, bound: Uint8Array): Uint8Array {
    return this.#crypto.hmacSha256(this.#key, concatBytes(encode(u64, BigInt(window)), bound))
  }
}
