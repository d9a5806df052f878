import { type Datagram, type Endpoint, type Instant, NEVER, Queue } from '@ts-toxcore/core'
import type { SimEngine } from '@ts-toxcore/sim'

export interface Heard {
  readonly type: 'heard'
  readonly from: Endpoint
  readonly data: Uint8Array
}

/** The simplest engine: reports what it hears, answers what begins with 1 by the same beginning with 2. */
export class Echo implements SimEngine {
  readonly #outputs = new Queue<Datagram | Heard>()

  handleDatagram(_now: Instant, from: Endpoint, data: Uint8Array): void {
    this.#outputs.push({ type: 'heard', from, data })
    if (data[0] === 1) this.send(from, Uint8Array.of(2, ...data.subarray(1)))
  }

  send(to: Endpoint, data: Uint8Array): void {
    this.#outputs.push({ type: 'datagram', to, data })
  }

  tick(_now: Instant): void {}

  deadline(): Instant {
    return NEVER
  }

  poll(): Datagram | Heard | undefined {
    return this.#outputs.shift()
  }
}
