/**
 * The first contact: nodes that we were told of by the user or by an earlier run are asked for nodes near us until
 * they answer, in haste at first. While we know nobody we never give up.
 */
import { type Instant, keyText, type NodeInfo } from '@ts-toxcore/core'
import type { Alarm, Alarms } from './alarms.ts'
import { HASTE, MAX_BOOTSTRAP_NODES, NODES_REQUEST_INTERVAL } from './constants.ts'

export interface BootstrapOptions {
  readonly alarms: Alarms
  /** Asks for nodes near us; false if the node cannot be asked. */
  ask(now: Instant, node: NodeInfo): boolean
  isConnected(): boolean
}

interface Attempt {
  readonly alarm: Alarm
  retries: number
}

export class Bootstrap {
  readonly #options: BootstrapOptions
  readonly #attempts = new Map<string, Attempt>()

  constructor(options: BootstrapOptions) {
    this.#options = options
  }

  start(now: Instant, node: NodeInfo): void {
    this.answered(node)
    if (!this.#options.ask(now, node)) return
    if (this.#attempts.size >= MAX_BOOTSTRAP_NODES) this.#stop(this.#attempts.keys().next().value!)
    const attempt: Attempt = { retries: 0, alarm: this.#options.alarms.create(at => this.#retry(at, node)) }
    this.#attempts.set(name(node), attempt)
    attempt.alarm.set(now + HASTE[0]!)
  }

  answered(node: NodeInfo): void {
    this.#stop(name(node))
  }

  #retry(now: Instant, node: NodeInfo): void {
    const attempt = this.#attempts.get(name(node))!
    if (attempt.retries >= HASTE.length && this.#options.isConnected()) {
      this.#stop(name(node))
      return
    }
    this.#options.ask(now, node)
    attempt.retries++
    attempt.alarm.set(now + (HASTE[attempt.retries] ?? NODES_REQUEST_INTERVAL))
  }

  #stop(name: string): void {
    this.#attempts.get(name)?.alarm.clear()
    this.#attempts.delete(name)
  }
}

function name(node: NodeInfo): string {
  return keyText(node.publicKey) + node.endpoint.text
}
