/**
 * Requests that wait for their response. The random id in a response proves that its sender received the request,
 * and so that the address it was sent to is no spoofed one (spec, "Replies to RPC requests").
 */
import { type Endpoint, type Instant, keyText, type NodeInfo, type Random, randomU64 } from '@ts-toxcore/core'
import { DHT_PING_ARRAY_SIZE, PING_TIMEOUT } from './constants.ts'

interface Pending<T> {
  readonly asked: string
  readonly sentAt: Instant
  readonly request: T
}

export class RequestIds<T> {
  readonly #random: Random
  /** In order of age: ids are added with the time that never goes back. */
  readonly #pending = new Map<bigint, Pending<T>>()
  /** Key and address of a node → requests to it that wait, expired ones perhaps included. */
  readonly #asked = new Map<string, number>()

  constructor(random: Random) {
    this.#random = random
  }

  get size(): number {
    return this.#pending.size
  }

  /** A fresh id for a `request` to `node`. When the table is full the oldest request is given up. */
  add(now: Instant, node: NodeInfo, request: T): bigint {
    for (const [id, pending] of this.#pending) {
      if (pending.sentAt + PING_TIMEOUT > now && this.#pending.size < DHT_PING_ARRAY_SIZE) break
      this.#remove(id, pending)
    }
    let id = randomU64(this.#random)
    // c-toxcore takes 0 for "no request".
    while (id === 0n || this.#pending.has(id)) id = randomU64(this.#random)
    const asked = name(node.publicKey, node.endpoint)
    this.#pending.set(id, { asked, sentAt: now, request })
    this.#asked.set(asked, (this.#asked.get(asked) ?? 0) + 1)
    return id
  }

  /**
   * May a response from there be one? Says so before the response is opened, which for a key that we have not met
   * costs more than all the rest: a flood of responses that nobody asked for costs next to nothing.
   */
  awaits(publicKey: Uint8Array, from: Endpoint): boolean {
    return this.#asked.has(name(publicKey, from))
  }

  /** The request that `id` answers, if it was sent to this key at this address: each request is answered once. */
  take(now: Instant, id: bigint, publicKey: Uint8Array, from: Endpoint): T | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined || pending.sentAt + PING_TIMEOUT <= now) return undefined
    if (pending.asked !== name(publicKey, from)) return undefined
    this.#remove(id, pending)
    return pending.request
  }

  #remove(id: bigint, { asked }: Pending<T>): void {
    this.#pending.delete(id)
    const others = this.#asked.get(asked)! - 1
    if (others > 0) this.#asked.set(asked, others)
    else this.#asked.delete(asked)
  }
}

function name(publicKey: Uint8Array, endpoint: Endpoint): string {
  return keyText(publicKey) + endpoint.text
}
