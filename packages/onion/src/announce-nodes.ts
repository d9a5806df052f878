import { compareDistance, equalBytes, type Instant, type NodeInfo } from '@ts-toxcore/core'
import { ONION_NODE_MAX_PINGS, ONION_NODE_TIMEOUT } from './constants.ts'
import { Retry } from './retry.ts'

/** A node that answered a lookup. */
export interface AnnounceNode {
  info: NodeInfo
  /** From its last answer: see `AnnounceAnswer`. */
  stored: 0 | 1 | 2
  pingId: Uint8Array | undefined
  dataPublicKey: Uint8Array | undefined
  readonly addedAt: Instant
  answeredAt: Instant
  /** When it was last asked, other than in haste. */
  pingedAt: Instant
  /** Those requests since its last answer. */
  unanswered: number
  /** The number of the path of its last answer. */
  path: number
  /** When it is asked in haste. */
  readonly haste: Retry
}

/**
 * The nodes that a lookup has found: those closest to its target that answer. Nodes that stopped answering keep
 * their place until another takes it.
 */
export class AnnounceNodes {
  readonly #target: Uint8Array
  readonly #capacity: number
  #nodes: AnnounceNode[] = []

  constructor(target: Uint8Array, capacity: number) {
    this.#target = target
    this.#capacity = capacity
  }

  live(now: Instant): AnnounceNode[] {
    return this.#nodes.filter(node => !isTimedOut(node, now))
  }

  /** Whether `publicKey` has a place. */
  find(publicKey: Uint8Array): AnnounceNode | undefined {
    return this.#nodes.find(node => equalBytes(node.info.publicKey, publicKey))
  }

  /** Whether a node of that key would get a place. */
  wants(now: Instant, publicKey: Uint8Array): boolean {
    const live = this.live(now)
    return (
      live.length < this.#capacity ||
      compareDistance(this.#target, publicKey, this.#farthest(live).info.publicKey) < 0
    )
  }

  /** The place of a node that answered, old or new; undefined if all are taken by closer ones. */
  place(now: Instant, info: NodeInfo, path: number): AnnounceNode | undefined {
    const known = this.find(info.publicKey)
    if (known) return known
    if (!this.wants(now, info.publicKey)) return undefined
    if (this.#nodes.length >= this.#capacity) {
      const victim = this.#nodes.find(node => isTimedOut(node, now)) ?? this.#farthest(this.#nodes)
      this.#nodes = this.#nodes.filter(node => node !== victim)
    }
    const node: AnnounceNode = {
      info,
      stored: 0,
      pingId: undefined,
      dataPublicKey: undefined,
      addedAt: now,
      answeredAt: now,
      pingedAt: now,
      unanswered: 0,
      path,
      haste: new Retry(),
    }
    this.#nodes.push(node)
    return node
  }

  clear(): void {
    this.#nodes = []
  }

  #farthest(nodes: readonly AnnounceNode[]): AnnounceNode {
    return nodes.reduce((worst, node) =>
      compareDistance(this.#target, worst.info.publicKey, node.info.publicKey) < 0 ? node : worst,
    )
  }
}

/** As `onion_node_timed_out`. */
export function isTimedOut(node: AnnounceNode, now: Instant): boolean {
  return now >= timesOutAt(node)
}

/** When it counts as gone unless it answers; Infinity while it may still be asked. */
export function timesOutAt(node: AnnounceNode): Instant {
  return node.unanswered >= ONION_NODE_MAX_PINGS
    ? node.pingedAt + ONION_NODE_TIMEOUT
    : Number.POSITIVE_INFINITY
}
