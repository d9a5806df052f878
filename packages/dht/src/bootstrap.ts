/**
 * The first contact, and the next one after a time without network: nodes that we were told of by the user or by an
 * earlier run, or that answered before, are asked for nodes near us until they answer, in haste at first, then after
 * pauses that double. While we know nobody we never give up, and never wait for longer than we have tried for.
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

  /** All nodes that we knew are silent: begins with these again, unless others are being asked already. */
  restart(now: Instant, nodes: readonly NodeInfo[]): void {
    if (this.#attempts.size === 0) for (const node of nodes) this.start(now, node)
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
    attempt.alarm.set(now + pauseAfter(++attempt.retries))
  }

  #stop(name: string): void {
    this.#attempts.get(name)?.alarm.clear()
    this.#attempts.delete(name)
  }
}

function pauseAfter(retries: number): number {
  const extra = retries - HASTE.length + 1
  return HASTE[retries] ?? Math.min(HASTE.at(-1)! * 2 ** extra, NODES_REQUEST_INTERVAL)
}

function name(node: NodeInfo): string {
  return keyText(node.publicKey) + node.endpoint.text
}
