import {
  type Crypto,
  equalBytes,
  type Instant,
  type NodeInfo,
  type Random,
  randomPick,
} from '@ts-toxcore/core'
import { NUMBER_ONION_PATHS } from './constants.ts'
import { type Identity, OnionPath } from './path.ts'
import type { PathNodes } from './path-nodes.ts'

/**
 * Six paths, made when they are wanted and replaced when they fail or grow old. Announcing ourselves and
 * searching friends use pools of their own, so that no node sees both on one path.
 */
export class PathPool {
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #dht: Identity
  readonly #nodes: PathNodes
  readonly #slots: (OnionPath | undefined)[] = new Array(NUMBER_ONION_PATHS).fill(undefined)
  #made = 0

  constructor(options: { crypto: Crypto; random: Random; dht: Identity; nodes: PathNodes }) {
    this.#crypto = options.crypto
    this.#random = options.random
    this.#dht = options.dht
    this.#nodes = options.nodes
  }

  /** The path of that number or, if it is no more, the one in its place. Undefined if there are no nodes. */
  take(now: Instant, number: number): OnionPath | undefined {
    return this.#use(now, number % NUMBER_ONION_PATHS)
  }

  /** Any path, but not in the place of number `not`, and rather none that was used in vain. */
  takeAny(now: Instant, not?: number): OnionPath | undefined {
    const others = [...this.#slots.keys()].filter(
      slot => not === undefined || slot !== not % NUMBER_ONION_PATHS,
    )
    const hopeful = others.filter(slot => {
      const path = this.#slots[slot]
      return !path?.doubtful || now >= path.end
    })
    return this.#use(now, randomPick(this.#random, hopeful.length > 0 ? hopeful : others)!)
  }

  /** An answer came through this path: it and its nodes are good. */
  answered(now: Instant, number: number): void {
    const path = this.find(number)
    if (path === undefined) return
    path.answered(now)
    for (const node of path.nodes) this.#nodes.add(node)
  }

  /** The path of that number unless it was replaced. */
  find(number: number): OnionPath | undefined {
    const path = this.#slots[number % NUMBER_ONION_PATHS]
    return path?.number === number ? path : undefined
  }

  /** Wipes the keys of all paths. */
  dispose(): void {
    for (const path of this.#slots) path?.drop()
    this.#slots.fill(undefined)
  }

  #use(now: Instant, slot: number): OnionPath | undefined {
    const current = this.#slots[slot]
    const path = current && now < current.end ? current : this.#make(now, slot)
    path?.used(now)
    return path
  }

  /** A new path in `slot`, or another that leads through the same nodes and works. */
  #make(now: Instant, slot: number): OnionPath | undefined {
    const previous = this.#slots[slot]
    if (previous?.doubtful) for (const node of previous.nodes) this.#nodes.failed(node.publicKey)
    const nodes = this.#nodes.hops()
    if (nodes === undefined) return undefined
    const same = this.#slots.find(path => path?.isFresh(now) && now < path.end && leadsThrough(path, nodes))
    if (same) return same
    const path = OnionPath.create(now, this.#made++ * NUMBER_ONION_PATHS + slot, {
      crypto: this.#crypto,
      random: this.#random,
      dht: this.#dht,
      nodes,
    })
    if (!(path instanceof OnionPath)) {
      this.#nodes.remove(path.badNode.publicKey)
      return undefined
    }
    previous?.drop()
    this.#slots[slot] = path
    return path
  }
}

function leadsThrough(path: OnionPath, nodes: readonly NodeInfo[]): boolean {
  return path.nodes.every((node, i) => equalBytes(node.publicKey, nodes[i]!.publicKey))
}
