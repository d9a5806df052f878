import type { Datagram, Endpoint, Engine, Instant } from '@ts-toxcore/core'

/** How datagrams leave and arrive: the platform's socket. */
export interface Transport {
  /** The UDP port we are bound to. */
  readonly port: number
  /** Sends a copy of `data`; loss is silent, as it is on the network. */
  send(to: Endpoint, data: Uint8Array): void
  close(): Promise<void>
}

/** The platform's clock and timer. */
export interface Clock {
  now(): Instant
  /** Calls `action` once, `delay` milliseconds (≥ 0) from now; returns a function that cancels it. */
  after(delay: number, action: () => void): () => void
}

interface RunnableEngine<Output> extends Engine<Output> {
  handleDatagram(now: Instant, from: Endpoint, data: Uint8Array): unknown
}

/**
 * Obeys the engine law: after any input it drains the outputs and arms one timer for the deadline. Datagrams go to
 * the transport at once; other outputs are reported when the drain is over, so whoever hears of them may call in again.
 */
export class Runner<Output extends { readonly type: string }> {
  readonly #engine: RunnableEngine<Output | Datagram>
  readonly #clock: Clock
  readonly #send: (to: Endpoint, data: Uint8Array) => void
  readonly #report: (event: Output) => void
  readonly #events: Output[] = []
  #reporting = false
  #armedFor: Instant = Number.POSITIVE_INFINITY
  #disarm: (() => void) | undefined
  #stopped = false

  constructor(
    engine: RunnableEngine<Output | Datagram>,
    clock: Clock,
    send: (to: Endpoint, data: Uint8Array) => void,
    report: (event: Output) => void,
  ) {
    this.#engine = engine
    this.#clock = clock
    this.#send = send
    this.#report = report
  }

  handleDatagram(from: Endpoint, data: Uint8Array): void {
    if (!this.#stopped) this.run(now => this.#engine.handleDatagram(now, from, data))
  }

  /** Gives the engine an input and lets everything happen that follows from it. */
  run<T>(input: (now: Instant) => T): T {
    const now = this.#clock.now()
    try {
      return input(now)
    } finally {
      this.#drain()
      this.#arm(now)
      this.#reportEvents()
    }
  }

  /** No timer fires, no datagram is handled and no event is reported after this. */
  stop(): void {
    this.#stopped = true
    this.#disarm?.()
    this.#disarm = undefined
  }

  #drain(): void {
    for (let output = this.#engine.poll(); output !== undefined; output = this.#engine.poll()) {
      if (isDatagram(output)) this.#send(output.to, output.data)
      else this.#events.push(output)
    }
  }

  /** A timer that fires too early is harmless and cheaper than one that is replaced with every packet. */
  #arm(now: Instant): void {
    const deadline = this.#engine.deadline()
    if (this.#stopped || deadline >= this.#armedFor || deadline === Number.POSITIVE_INFINITY) return
    this.#disarm?.()
    this.#armedFor = deadline
    this.#disarm = this.#clock.after(Math.max(0, deadline - now), () => {
      this.#armedFor = Number.POSITIVE_INFINITY
      this.#disarm = undefined
      this.run(now => this.#engine.tick(now))
    })
  }

  #reportEvents(): void {
    if (this.#reporting) return
    this.#reporting = true
    try {
      // A listener may call in and so add events behind, or stop us: then the rest is nobody's business any more.
      for (let i = 0; i < this.#events.length && !this.#stopped; i++) this.#report(this.#events[i]!)
    } finally {
      this.#events.length = 0
      this.#reporting = false
    }
  }
}

function isDatagram(output: { readonly type: string }): output is Datagram {
  return output.type === 'datagram'
}
