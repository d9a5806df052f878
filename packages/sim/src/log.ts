import type { Endpoint, Instant } from '@ts-toxcore/core'

/** What can happen to a packet; or 'event': an engine's output other than a datagram. */
export type LogKind = 'sent' | 'delivered' | 'event' | DropReason

export const DROP_REASONS = [
  /** By the link. */
  'loss',
  /** By the link: more waits for its bandwidth than may. */
  'queue_full',
  /** Nobody has the destination's address, or the sender has none of its family. */
  'no_route',
  'nat_filtered',
  'nat_exhausted',
  'no_hairpin',
  'partitioned',
  /** The sender or the receiver has no cable. */
  'unplugged',
  /** The receiver runs no engine. */
  'stopped',
  /** By the test's own filter. */
  'intercepted',
] as const
export type DropReason = (typeof DROP_REASONS)[number]

export interface LogEntry {
  readonly at: Instant
  readonly kind: LogKind
  /** The host's name: the sender of what is sent, the receiver of what is delivered. */
  readonly host: string
  /** The other end, as the host sees it; or the type of the event. */
  readonly peer: string
  /** Bytes of UDP payload, and the first of them: the packet kind. */
  readonly size: number
  readonly packetKind: number | undefined
}

/**
 * The story of a run: the last entries for people, and a digest over all that ever happened, every byte of every
 * packet included, for the question whether two runs were the same.
 */
export class SimLog {
  readonly #limit: number
  readonly #entries: LogEntry[] = []
  #recorded = 0
  #h1 = 0x811c9dc5 | 0
  #h2 = 0x41c6ce57 | 0

  /** Keeps the last `limit` entries. */
  constructor(limit: number) {
    this.#limit = limit
  }

  record(at: Instant, kind: LogKind, host: string, peer: Endpoint | string, data?: Uint8Array): void {
    const peerText = typeof peer === 'string' ? peer : peer.text
    this.#mixTime(at)
    this.#mixText(kind)
    this.#mixText(host)
    this.#mixText(peerText)
    if (data !== undefined) this.#mixBytes(data)
    if (this.#limit > 0) {
      const entry = { at, kind, host, peer: peerText, size: data?.length ?? 0, packetKind: data?.[0] }
      this.#entries[this.#recorded % this.#limit] = entry
    }
    this.#recorded++
  }

  /** How many entries there were, kept or not. */
  get recorded(): number {
    return this.#recorded
  }

  /** 16 hex digits. */
  get digest(): string {
    return [this.#h1, this.#h2].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  /** The last entries, oldest first. */
  entries(): LogEntry[] {
    if (this.#recorded <= this.#limit) return this.#entries.slice()
    const oldest = this.#recorded % this.#limit
    return [...this.#entries.slice(oldest), ...this.#entries.slice(0, oldest)]
  }

  /** The last entries as lines, times in ms since `start`. */
  text(start: Instant = 0): string {
    return this.entries()
      .map(({ at, kind, host, peer, size, packetKind }) => {
        const packet =
          packetKind === undefined ? '' : ` 0x${packetKind.toString(16).padStart(2, '0')} ${size} B`
        return `${(at - start).toFixed(3)} ${host} ${kind} ${peer}${packet}`
      })
      .join('\n')
  }

  #mixTime(at: Instant): void {
    const low = at % 0x1_0000_0000
    this.#mix(Math.floor(low))
    this.#mix(Math.floor(at / 0x1_0000_0000))
    // The fraction of a millisecond: an Instant near today has 12 bits of it.
    this.#mix((low % 1) * 0x1000)
  }

  #mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i))
    this.#mix(text.length)
  }

  #mixBytes(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.#mix(bytes[i]!)
    this.#mix(bytes.length)
  }

  /** Two FNV-like lanes with different multipliers; the shift lets high bits reach low ones. */
  #mix(value: number): void {
    const h1 = Math.imul(this.#h1 ^ value, 0x01000193)
    const h2 = Math.imul(this.#h2 ^ value, 0x5bd1e995)
    this.#h1 = h1 ^ (h1 >>> 15)
    this.#h2 = h2 ^ (h2 >>> 13)
  }
}
