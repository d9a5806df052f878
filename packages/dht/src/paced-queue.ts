/**
 * Nodes that somebody told us of, or that contacted us, are asked at once, but never more than `limit` within
 * `window`: otherwise strangers could use us to flood somebody. Beyond that the closest ones wait.
 */
import { compareDistance, type Instant, keyText, type NodeInfo } from '@ts-toxcore/core'
import type { Alarm, Alarms } from './alarms.ts'
import { PING_TIMEOUT } from './constants.ts'

export interface PacedQueueOptions {
  readonly alarms: Alarms
  /** How many may be asked within a window, and how many wait. */
  readonly limit: number
  /** May change: a search in haste has a shorter one. */
  window(): number
  /** Those closest to this key are kept and asked first. */
  readonly baseKey: Uint8Array
  /** Sends the request; false if it is not worth sending any more. */
  ask(now: Instant, node: NodeInfo): boolean
}

export class PacedQueue {
  readonly #options: PacedQueueOptions
  readonly #alarm: Alarm
  /** When the last requests went out, at most `limit` of them, oldest first. */
  readonly #times: Instant[] = []
  /** Node → when it was asked. In order of time, and bounded by the pace. */
  readonly #asked = new Map<string, Instant>()
  /** Closest first. */
  readonly #waiting: NodeInfo[] = []

  constructor(options: PacedQueueOptions) {
    this.#options = options
    this.#alarm = options.alarms.create(now => this.#flush(now))
  }

  get size(): number {
    return this.#waiting.length
  }

  /** Asks `node` as soon as the pace allows, unless it was asked just now. */
  offer(now: Instant, node: NodeInfo): void {
    if (this.asksAtOnce(now, node)) {
      this.#ask(now, node)
      return
    }
    if (this.wasAsked(now, node)) return
    const { baseKey, limit } = this.#options
    let at = 0
    for (; at < this.#waiting.length; at++) {
      const order = compareDistance(baseKey, node.publicKey, this.#waiting[at]!.publicKey)
      // One address a key: else a single key could fill the queue.
      if (order === 0) return
      if (order < 0) break
    }
    this.#waiting.splice(at, 0, node)
    if (this.#waiting.length > limit) this.#waiting.pop()
    this.#wait()
  }

  /** Whether `offer` would. */
  asksAtOnce(now: Instant, node: NodeInfo): boolean {
    return this.#waiting.length === 0 && this.#hasRoom(now) && !this.wasAsked(now, node)
  }

  /** Asks `node` whatever the pace, unless it was asked just now. Only for what the caller bounds itself. */
  urgent(now: Instant, node: NodeInfo): void {
    if (!this.wasAsked(now, node)) this.#ask(now, node)
  }

  /** Within `PING_TIMEOUT`: its answer may be under way. */
  wasAsked(now: Instant, node: NodeInfo): boolean {
    for (const [other, at] of this.#asked) {
      if (at + PING_TIMEOUT > now) break
      this.#asked.delete(other)
    }
    return this.#asked.has(name(node))
  }

  stop(): void {
    this.#waiting.length = 0
    this.#alarm.clear()
  }

  #flush(now: Instant): void {
    while (this.#waiting.length > 0 && this.#hasRoom(now)) {
      const node = this.#waiting.shift()!
      if (!this.wasAsked(now, node)) this.#ask(now, node)
    }
    this.#wait()
  }

  #wait(): void {
    if (this.#waiting.length > 0) this.#alarm.set(this.#times[0]! + this.#options.window())
    else this.#alarm.clear()
  }

  #hasRoom(now: Instant): boolean {
    return this.#times.length < this.#options.limit || this.#times[0]! + this.#options.window() <= now
  }

  #ask(now: Instant, node: NodeInfo): void {
    if (!this.#options.ask(now, node)) return
    if (this.#times.length === this.#options.limit) this.#times.shift()
    this.#times.push(now)
    this.#asked.set(name(node), now)
  }
}

function name(node: NodeInfo): string {
  return keyText(node.publicKey) + node.endpoint.text
}
