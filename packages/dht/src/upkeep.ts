/**
 * Keeps the nodes of a list known and the list filled (spec, "Periodic sending of Nodes Requests"):
 * every node is asked each minute, and one random good node every 20 s, for nodes close to the list's key.
 */
import { type Instant, NEVER, type NodeInfo, type Random, randomBelow } from '@ts-toxcore/core'
import type { Alarm, Alarms } from './alarms.ts'
import { addresses, isAlive, isGood, nodeAt } from './client.ts'
import type { ClientList } from './client-list.ts'
import {
  BAD_NODE_TIMEOUT,
  HASTE,
  KILL_NODE_TIMEOUT,
  NODES_REQUEST_INTERVAL,
  PING_INTERVAL,
} from './constants.ts'

export interface UpkeepOptions {
  readonly alarms: Alarms
  readonly random: Random
  /** The key close to which nodes are wanted. */
  readonly target: Uint8Array
  /** Farthest first. */
  lists(): readonly ClientList[]
  ask(now: Instant, node: NodeInfo, target: Uint8Array): void
  /**
   * Called when all nodes are dead, before we go on asking all of them: we may have been without network ourselves.
   * A list without it lets them go.
   */
  readonly onAllDead?: (now: Instant) => void
}

export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #checks = new Map<ClientList, Alarm>()
  readonly #randomRequest: Alarm
  #lastRandomRequest: Instant = Number.NEGATIVE_INFINITY
  #randomRequests = 0

  constructor(options: UpkeepOptions) {
    this.#options = options
    this.#randomRequest = options.alarms.create(now => this.#askRandom(now))
  }

  /** A node of `list` answered, or a new one got onto it. */
  heard(now: Instant, list: ClientList): void {
    this.#checkAll(now, list)
    // It sleeps while there is no good node.
    if (this.#randomRequest.at === NEVER) {
      const earliest = this.#lastRandomRequest + this.#pause()
      this.#randomRequest.set(Math.max(now + HASTE[0]!, earliest))
    }
  }

  stop(): void {
    for (const alarm of this.#checks.values()) alarm.clear()
    this.#checks.clear()
    this.#randomRequest.clear()
  }

  /** Asks the nodes of `list` that are due, and waits for the next one. */
  #checkAll(now: Instant, list: ClientList): void {
    let next: Instant = NEVER
    for (const client of list.clients) {
      for (const address of addresses(client)) {
        if (!isAlive(address, now)) continue
        if (address.askedAt + PING_INTERVAL <= now) {
          address.askedAt = now
          this.#options.ask(now, nodeAt(client.publicKey, address.endpoint), this.#options.target)
        }
        next = Math.min(next, address.askedAt + PING_INTERVAL, address.heardAt + KILL_NODE_TIMEOUT)
      }
    }
    this.#check(list).set(next)
    if (next === NEVER && this.#options.onAllDead) this.#reviveIfAllDead(now, this.#options.onAllDead)
  }

  #check(list: ClientList): Alarm {
    let alarm = this.#checks.get(list)
    if (alarm === undefined) {
      alarm = this.#options.alarms.create(now => this.#checkAll(now, list))
      this.#checks.set(list, alarm)
    }
    return alarm
  }

  #reviveIfAllDead(now: Instant, onAllDead: (now: Instant) => void): void {
    const all = this.#options
      .lists()
      .flatMap(list => list.clients.flatMap(client => addresses(client).map(address => ({ list, address }))))
    if (all.some(({ address }) => isAlive(address, now))) return
    onAllDead(now)
    for (const { list, address } of all) {
      address.heardAt = now - BAD_NODE_TIMEOUT
      this.#check(list).setEarlier(Math.max(now + HASTE[0]!, address.askedAt + PING_INTERVAL))
    }
  }

  #askRandom(now: Instant): void {
    const good = this.#options
      .lists()
      .flatMap(list =>
        list.clients.flatMap(client => addresses(client).map(address => ({ client, address }))),
      )
      .filter(({ address }) => isGood(address, now))
    if (good.length === 0) return
    // c-toxcore's choice: any node, then any of those after it, so that closer ones are asked more often.
    let chosen = randomBelow(this.#options.random, good.length)
    if (chosen !== good.length - 1) chosen += randomBelow(this.#options.random, good.length - chosen - 1)
    const { client, address } = good[chosen]!
    this.#options.ask(now, nodeAt(client.publicKey, address.endpoint), this.#options.target)
    this.#lastRandomRequest = now
    this.#randomRequests++
    this.#randomRequest.set(now + this.#pause())
  }

  #pause(): number {
    return this.#randomRequests < HASTE.length ? HASTE[this.#randomRequests]! : NODES_REQUEST_INTERVAL
  }
}
