import type { KeyCacheCrypto, SecretHandle } from './crypto/crypto.ts'
import { type Instant, MINUTE, NEVER } from './engine.ts'

/** Derived keys that were not used for so long are wiped, as c-toxcore's shared key caches do (its KEYS_TIMEOUT). */
export const KEYS_TIMEOUT = 10 * MINUTE

/** Lets the keys cached for some secrets go when they are idle; and wants to be woken only while there may be some. */
export class IdleKeys {
  readonly #crypto: KeyCacheCrypto
  readonly #secrets: readonly SecretHandle[]
  #used = false
  #dueAt: Instant = NEVER

  constructor(crypto: KeyCacheCrypto, secrets: readonly SecretHandle[]) {
    this.#crypto = crypto
    this.#secrets = secrets
  }

  /** Keys may be derived now. */
  used(now: Instant): void {
    this.#used = true
    if (this.#dueAt === NEVER) this.#dueAt = now + KEYS_TIMEOUT
  }

  deadline(): Instant {
    return this.#dueAt
  }

  tick(now: Instant): void {
    if (now < this.#dueAt) return
    for (const secret of this.#secrets) this.#crypto.forgetIdleKeys(secret)
    // Without use in between all are gone.
    this.#dueAt = this.#used ? now + KEYS_TIMEOUT : NEVER
    this.#used = false
  }
}
