import { type Instant, KeyMap, NEVER, type NodeInfo } from '@ts-toxcore/core'
import { MAX_FIRST_REQUESTS, MAX_HASTY_REQUESTS, MIN_NODE_PING_TIME } from './constants.ts'
import { HASTE } from './retry.ts'

/** A node that was asked, but has no place among a lookup's nodes yet. */
export interface FirstRequest {
  node: NodeInfo
  askedAt: Instant
  /** The path it was last asked by. */
  path: number | undefined
  /** Hasty repetitions so far, and when the next one is due. */
  repeated: number
  dueAt: Instant
}

/**
 * Nodes that a lookup heard of and asked for the first time: repeated in haste while they do not answer, and
 * remembered, so that a node that others keep telling us of is asked seldom, and hastily once. At most
 * MAX_FIRST_REQUESTS are asked within MIN_NODE_PING_TIME: liars who name ever closer nodes would else have us send
 * several packets, wherever they like, for each of theirs.
 */
export class FirstRequests {
  readonly #requests = new KeyMap<FirstRequest>()

  /** Nodes that are remembered. */
  get size(): number {
    return this.#requests.size
  }

  /** The request to send to `node` now; undefined if it, or too many others, were asked lately. */
  begin(now: Instant, node: NodeInfo): FirstRequest | undefined {
    const known = this.#requests.get(node.publicKey)
    if (known) {
      if (now < known.askedAt + MIN_NODE_PING_TIME) return undefined
      known.node = node
      known.askedAt = now
      return known
    }
    if (this.#requests.size >= MAX_FIRST_REQUESTS && !this.#makeRoom(now)) return undefined
    const dueAt = this.waiting() < MAX_HASTY_REQUESTS ? now + HASTE[0]! : NEVER
    const request = { node, askedAt: now, path: undefined, repeated: 0, dueAt }
    this.#requests.set(node.publicKey, request)
    return request
  }

  /** The requests that are to be repeated now. */
  due(now: Instant): FirstRequest[] {
    return [...this.#requests.values()].filter(request => request.dueAt <= now)
  }

  repeated(now: Instant, request: FirstRequest): void {
    request.repeated++
    const delay = HASTE[request.repeated]
    request.dueAt = delay === undefined ? NEVER : now + delay
  }

  /** When the next repetition is due. */
  deadline(): Instant {
    let deadline = NEVER
    for (const { dueAt } of this.#requests.values()) deadline = Math.min(deadline, dueAt)
    return deadline
  }

  answered(publicKey: Uint8Array): void {
    const request = this.#requests.get(publicKey)
    if (request) request.dueAt = NEVER
  }

  /** Requests that wait for an answer and were repeated at most `repetitions` times. */
  waiting(repetitions = HASTE.length): number {
    let count = 0
    for (const { dueAt, repeated } of this.#requests.values()) {
      if (dueAt !== NEVER && repeated <= repetitions) count++
    }
    return count
  }

  /** Forgets all, so that every node is asked hastily again. */
  clear(): void {
    this.#requests.clear()
  }

  /** Forgets the oldest that is not waited for and may be asked again; false if there is none. */
  #makeRoom(now: Instant): boolean {
    for (const [publicKey, { dueAt, askedAt }] of this.#requests.entries()) {
      if (dueAt !== NEVER || now < askedAt + MIN_NODE_PING_TIME) continue
      return this.#requests.delete(publicKey)
    }
    return false
  }
}
