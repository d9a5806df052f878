import { type Datagram, type Endpoint, type Instant, NEVER } from '@ts-toxcore/core'
import type { Link } from './link.ts'
import type { SeededRandom } from './random.ts'
import type { Segment } from './segment.ts'

/** What a host runs: one engine, or several wired into one. */
export interface SimEngine {
  handleDatagram(now: Instant, from: Endpoint, data: Uint8Array): unknown
  tick(now: Instant): void
  deadline(): Instant
  /** Outputs of type 'datagram' (core's `Datagram`) are sent, all others become events of the host. */
  poll(): { readonly type: string } | undefined
}

/** The outputs of an engine that are not datagrams. */
export type EventOf<E extends SimEngine> = Exclude<NonNullable<ReturnType<E['poll']>>, { type: 'datagram' }>

/** An output of an engine and when it came. Its byte fields are copies. */
export interface SimEvent {
  readonly at: Instant
  readonly output: { readonly type: string }
}

type EventHandler = (output: { readonly type: string }, now: Instant) => void

/** What a host needs of the simulation. */
export interface Wire {
  now(): Instant
  send(from: Host, datagram: Datagram): void
  wakeAt(host: Host, at: Instant): void
  recordEvent(host: Host, type: string): void
}

export interface HostStats {
  packetsSent: number
  bytesSent: number
  packetsReceived: number
  bytesReceived: number
  /** Packets sent, by their first byte. */
  readonly sentByKind: Uint32Array
}

/** More ticks than any engine needs at one instant: its deadline does not move, and time would stand still. */
const TICKS_AT_ONE_INSTANT = 10_000

/** A computer: addresses, a cable, and the engine that it runs. */
export class Host {
  readonly index: number
  readonly name: string
  /** Its own addresses: for a host behind a NAT the ones inside. */
  readonly endpoints: readonly Endpoint[]
  readonly segment: Segment
  /** For the engine: a stream that depends on the seed and the host's name alone, and goes on over restarts. */
  readonly random: SeededRandom
  /** The last outputs that were not datagrams, at most `eventLimit`, oldest first. */
  readonly events: SimEvent[] = []
  readonly stats: HostStats = {
    packetsSent: 0,
    bytesSent: 0,
    packetsReceived: 0,
    bytesReceived: 0,
    sentByKind: new Uint32Array(256),
  }
  link: Link
  /** Without its cable a host runs on, but what it sends, and what arrives for it, is lost. */
  plugged = true

  readonly #wire: Wire
  readonly #eventLimit: number
  #engine: SimEngine | undefined
  #onEvent: EventHandler | undefined
  #armed: Instant = NEVER
  #settling = false
  #lastTick: Instant = NEVER
  #ticks = 0

  constructor(options: {
    wire: Wire
    index: number
    name: string
    endpoints: readonly Endpoint[]
    segment: Segment
    link: Link
    random: SeededRandom
    eventLimit: number
  }) {
    this.#wire = options.wire
    this.#eventLimit = options.eventLimit
    this.index = options.index
    this.name = options.name
    this.endpoints = options.endpoints
    this.segment = options.segment
    this.link = options.link
    this.random = options.random
  }

  /** The first of its endpoints. */
  get endpoint(): Endpoint {
    return this.endpoints[0]!
  }

  get running(): boolean {
    return this.#engine !== undefined
  }

  /** Runs `engine`, in place of the one that it ran before, and hands it back. */
  start<E extends SimEngine>(engine: E, onEvent?: (output: EventOf<E>, now: Instant) => void): E {
    this.#engine = engine
    this.#onEvent = onEvent as EventHandler | undefined
    this.#settle()
    return engine
  }

  /** The process dies: no farewell. Packets that arrive from now on are lost. */
  stop(): void {
    this.#engine = undefined
    this.#onEvent = undefined
    this.#arm(NEVER)
  }

  /** An input to the engine, followed by what the engine law demands. */
  do<T>(input: (now: Instant) => T): T {
    const result = input(this.#wire.now())
    this.#settle()
    return result
  }

  /** The outputs of one type so far, oldest first. */
  eventsOf<const Type extends string>(type: Type): (SimEvent & { output: { type: Type } })[] {
    return this.events.filter(event => event.output.type === type) as never
  }

  /** For the simulation: a packet arrives. */
  receive(from: Endpoint, data: Uint8Array): void {
    this.stats.packetsReceived++
    this.stats.bytesReceived += data.length
    this.#engine?.handleDatagram(this.#wire.now(), from, data)
    this.#settle()
  }

  /** For the simulation: the deadline has come. */
  wake(): void {
    const now = this.#wire.now()
    this.#armed = NEVER
    this.#ticks = this.#lastTick === now ? this.#ticks + 1 : 1
    this.#lastTick = now
    if (this.#ticks > TICKS_AT_ONE_INSTANT) {
      throw new Error(`${this.name}: deadline() stays at ${this.#engine?.deadline()} after tick(${now})`)
    }
    this.#engine?.tick(now)
    this.#settle()
  }

  /** The engine law: drain `poll()` until it is empty, then arm one timer for `deadline()`. */
  #settle(): void {
    // An input made from within onEvent: the drain under way takes its outputs, too.
    if (this.#settling) return
    this.#settling = true
    try {
      // Asked anew each time: onEvent may stop the engine, or start another.
      for (let output = this.#engine?.poll(); output !== undefined; output = this.#engine?.poll()) {
        if (output.type === 'datagram') this.#wire.send(this, output as Datagram)
        else this.#emit(output)
      }
    } finally {
      this.#settling = false
    }
    this.#arm(this.#engine?.deadline() ?? NEVER)
  }

  #emit(borrowed: { readonly type: string }): void {
    const output = withOwnBytes(borrowed)
    this.#wire.recordEvent(this, output.type)
    this.events.push({ at: this.#wire.now(), output })
    // Seldom, so that the cost of moving the rest is spread over many events.
    if (this.events.length >= 2 * this.#eventLimit)
      this.events.splice(0, this.events.length - this.#eventLimit)
    this.#onEvent?.(output, this.#wire.now())
  }

  #arm(deadline: Instant): void {
    if (deadline === this.#armed) return
    if (Number.isNaN(deadline)) throw new Error(`${this.name}: deadline() is NaN`)
    this.#armed = deadline
    this.#wire.wakeAt(this, deadline)
  }
}

/** Views in an output are valid until the next poll(), and tests look at events later. */
function withOwnBytes(output: { readonly type: string }): { readonly type: string } {
  const own: Record<string, unknown> = {}
  for (const [name, value] of Object.entries<unknown>(output)) {
    own[name] = value instanceof Uint8Array ? value.slice() : value
  }
  return own as unknown as { readonly type: string }
}
