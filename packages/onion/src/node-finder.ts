import { type Instant, NEVER, type NodeInfo } from '@ts-toxcore/core'
import { isLan } from './addresses.ts'
import { AnnounceNodes, isTimedOut } from './announce-nodes.ts'
import type { AnnounceRequests } from './announce-requests.ts'
import { ANNOUNCE_POPULATE_TIMEOUT, POPULATE_INTERVAL } from './constants.ts'
import { FirstRequests } from './first-requests.ts'
import type { Lookup } from './lookup.ts'
import type { PathNodes } from './path-nodes.ts'

export interface NodeFinderOptions {
  readonly lookup: Lookup
  readonly requests: AnnounceRequests
  readonly pathNodes: PathNodes
  /** How many nodes are wanted. */
  readonly capacity: number
  /** How many are asked at once to begin with. */
  readonly breadth: number
}

/**
 * Finds the nodes closest to a lookup's target: begins at any nodes, asks those that they name, and fills up what
 * is lost. What announcing ourselves and searching a friend have in common.
 */
export class NodeFinder {
  readonly nodes: AnnounceNodes
  readonly first = new FirstRequests()
  readonly #lookup: Lookup
  readonly #requests: AnnounceRequests
  readonly #pathNodes: PathNodes
  readonly #capacity: number
  readonly #breadth: number
  #populatedAt: Instant = Number.NEGATIVE_INFINITY
  /** How long after that to wait before filling up a list that was not full yet, or is at most half full. */
  #populateWait = 0
  #filled = false
  #live = 0

  constructor(options: NodeFinderOptions) {
    this.nodes = new AnnounceNodes(options.lookup.target, options.capacity)
    this.#lookup = options.lookup
    this.#requests = options.requests
    this.#pathNodes = options.pathNodes
    this.#capacity = options.capacity
    this.#breadth = options.breadth
  }

  /** Repeats first requests, fills up, and says when to be called again. */
  advance(now: Instant): Instant {
    for (const request of this.first.due(now)) {
      request.path =
        this.#requests.send(now, this.#lookup, request.node, { other: request.path }) ?? request.path
      this.first.repeated(now, request)
    }
    return Math.min(this.#populate(now), this.first.deadline())
  }

  /** A node that is there: asked if more are wanted than are known. */
  offer(now: Instant, node: NodeInfo): void {
    if (this.#wanted(now) > 0) this.#ask(now, node)
  }

  /** Nodes that an answer names: asked if they would get a place. Nodes of our network are taken from it only. */
  follow(now: Instant, nodes: readonly NodeInfo[], lan: boolean): void {
    for (const node of nodes) {
      if (!lan && isLan(node.endpoint)) continue
      if (this.nodes.find(node.publicKey) || !this.nodes.wants(now, node.publicKey)) continue
      this.#ask(now, node)
    }
  }

  /** Begins again: known nodes stay, all others may be asked hastily once more. */
  restart(): void {
    this.first.clear()
    this.#populatedAt = Number.NEGATIVE_INFINITY
    this.#populateWait = 0
    this.#filled = false
  }

  /** As c-toxcore, but with growing pauses: a small network has no more nodes than it has. */
  #populate(now: Instant): Instant {
    const live = this.nodes.live(now).length
    if (live < this.#live) this.#populateWait = 0
    this.#live = live
    if (live >= this.#capacity) {
      this.#filled = true
      this.#populatedAt = now
      return NEVER
    }
    const soon = !this.#filled || live <= this.#capacity / 2
    const due = this.#populatedAt + (soon ? this.#populateWait : ANNOUNCE_POPULATE_TIMEOUT)
    if (now < due) return due
    for (const node of this.#pathNodes.candidates()) {
      if (this.#wanted(now) <= 0) break
      this.#ask(now, node)
    }
    this.#populatedAt = now
    this.#populateWait = Math.min(
      Math.max(POPULATE_INTERVAL, 2 * this.#populateWait),
      ANNOUNCE_POPULATE_TIMEOUT,
    )
    return now + (soon ? this.#populateWait : ANNOUNCE_POPULATE_TIMEOUT)
  }

  #wanted(now: Instant): number {
    const live = this.nodes.live(now).length
    return Math.min(this.#breadth, this.#capacity - live) - this.first.waiting()
  }

  #ask(now: Instant, node: NodeInfo): void {
    const known = this.nodes.find(node.publicKey)
    if (!this.#pathNodes.accepts(node) || (known && !isTimedOut(known, now))) return
    const request = this.first.begin(now, node)
    if (request) request.path = this.#requests.send(now, this.#lookup, node, { other: undefined })
  }
}
