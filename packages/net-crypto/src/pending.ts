import { type Endpoint, equalBytes, type Instant, KeyMap, keyText, NEVER } from '@ts-toxcore/core'
import { COOKIE_TIMEOUT, PENDING_LIMIT, SPENT_LIMIT } from './constants.ts'
import type { Handshake } from './handshake.ts'

export interface PendingHandshake {
  readonly token: number
  readonly handshake: Handshake
  readonly endpoint: Endpoint
  readonly expiresAt: Instant
}

/** Handshakes of peers with whom we have no session, until they are accepted, rejected or too old. */
export class PendingHandshakes {
  readonly #byToken = new Map<number, PendingHandshake>()
  readonly #tokens = new KeyMap<number>()
  #nextToken = 1

  get size(): number {
    return this.#byToken.size
  }

  /** Whether this very handshake waits already: its sender repeats it until it is answered. */
  has(handshake: Handshake): boolean {
    const token = this.#tokens.get(handshake.publicKey)
    const waiting = token === undefined ? undefined : this.#byToken.get(token)
    return waiting !== undefined && equalBytes(waiting.handshake.sessionPublicKey, handshake.sessionPublicKey)
  }

  /** Undefined if too many wait. A peer's new handshake takes the place of its older one. */
  add(now: Instant, handshake: Handshake, endpoint: Endpoint): PendingHandshake | undefined {
    const older = this.#tokens.get(handshake.publicKey)
    if (older !== undefined) this.take(older)
    if (this.size >= PENDING_LIMIT) return undefined
    const token = this.#nextToken++
    // Beyond its cookie's life the peer has given up and does not take our answer any more.
    const pending = { token, handshake, endpoint, expiresAt: now + COOKIE_TIMEOUT }
    this.#byToken.set(token, pending)
    this.#tokens.set(handshake.publicKey, token)
    return pending
  }

  take(token: number): PendingHandshake | undefined {
    const pending = this.#byToken.get(token)
    if (pending === undefined) return undefined
    this.#byToken.delete(token)
    this.#tokens.delete(pending.handshake.publicKey)
    return pending
  }

  expire(now: Instant): void {
    for (const { token, expiresAt } of this.#byToken.values()) if (expiresAt <= now) this.take(token)
  }

  deadline(): Instant {
    // Map order is the order of insertion, and all live equally long.
    for (const { expiresAt } of this.#byToken.values()) return expiresAt
    return NEVER
  }
}

/**
 * Session public keys of peers whose sessions are over. A recorded handshake stays valid as long as its cookie: without
 * this memory a replay of it would open a session with a peer that has left.
 */
export class SpentHandshakes {
  readonly #expiry = new Map<string, Instant>()

  add(now: Instant, sessionPublicKey: Uint8Array): void {
    const key = keyText(sessionPublicKey)
    this.#expiry.delete(key)
    for (const [oldest, expiresAt] of this.#expiry) {
      if (expiresAt > now && this.#expiry.size < SPENT_LIMIT) break
      this.#expiry.delete(oldest)
    }
    // One millisecond more: a cookie opens up to its limit inclusive.
    this.#expiry.set(key, now + COOKIE_TIMEOUT + 1)
  }

  has(now: Instant, sessionPublicKey: Uint8Array): boolean {
    return (this.#expiry.get(keyText(sessionPublicKey)) ?? now) > now
  }
}
