import { equalBytes, isValidPublicKey, KeyMap, type NodeInfo, type Random, shuffle } from '@ts-toxcore/core'
import { isUsableNode } from './addresses.ts'
import { MAX_PATH_NODE_FAILURES, MAX_PATH_NODES, ONION_PATH_LENGTH } from './constants.ts'
import type { NodeSource } from './node-source.ts'

/**
 * The nodes that paths are made of and that lookups begin at: those that answered lately, and apart from them
 * the bootstrap nodes, which serve as long as nothing better is known. 32 of each; the oldest makes room.
 */
export class PathNodes {
  readonly #random: Random
  readonly #source: NodeSource
  readonly #ownKey: Uint8Array
  readonly #nodes = new KeyMap<{ node: NodeInfo; failures: number }>()
  readonly #bootstrap = new KeyMap<NodeInfo>()

  /** `ownKey`: our DHT public key; a path through ourselves would hide nothing. */
  constructor(random: Random, source: NodeSource, ownKey: Uint8Array) {
    this.#random = random
    this.#source = source
    this.#ownKey = ownKey
  }

  get size(): number {
    return this.#nodes.size
  }

  /** Whether paths can be made. */
  get ready(): boolean {
    if (!this.#source.connected) return false
    if (this.#nodes.size === 0) this.#refill()
    return this.#nodes.size > 0 || this.#bootstrap.size > 0
  }

  /** A node that answers. True if it is new. */
  add(node: NodeInfo): boolean {
    if (!this.accepts(node)) return false
    const known = this.#nodes.get(node.publicKey)
    if (known) {
      known.node = node
      known.failures = 0
      return false
    }
    makeRoom(this.#nodes)
    this.#nodes.set(node.publicKey, { node, failures: 0 })
    return true
  }

  /** A node of which somebody says that it answers. */
  addBootstrap(node: NodeInfo): void {
    if (!this.accepts(node)) return
    if (!this.#bootstrap.has(node.publicKey)) makeRoom(this.#bootstrap)
    this.#bootstrap.set(node.publicKey, node)
  }

  /** A path through this node never worked: twice, and the node is dropped until it is heard of again. */
  failed(publicKey: Uint8Array): void {
    const known = this.#nodes.get(publicKey)
    if (known && ++known.failures >= MAX_PATH_NODE_FAILURES) this.#nodes.delete(publicKey)
  }

  remove(publicKey: Uint8Array): void {
    this.#nodes.delete(publicKey)
    this.#bootstrap.delete(publicKey)
  }

  /** All of them in random order: path nodes, or bootstrap nodes where there are none. */
  candidates(): NodeInfo[] {
    if (this.#nodes.size === 0) this.#refill()
    if (this.#nodes.size === 0) return shuffle(this.#random, [...this.#bootstrap.values()])
    return shuffle(
      this.#random,
      [...this.#nodes.values()].map(({ node }) => node),
    )
  }

  /** Three hops: different ones if there are as many, else some serve twice or thrice. */
  hops(): NodeInfo[] | undefined {
    if (!this.ready) return undefined
    const candidates = this.candidates()
    return Array.from({ length: ONION_PATH_LENGTH }, (_, i) => candidates[i % candidates.length]!)
  }

  /** Up to `limit` nodes worth saving: the latest first, then bootstrap nodes. */
  list(limit: number): NodeInfo[] {
    const nodes = [...this.#nodes.values()].map(({ node }) => node).reverse()
    for (const node of this.#bootstrap.values()) if (!this.#nodes.has(node.publicKey)) nodes.push(node)
    return nodes.slice(0, limit)
  }

  /**
   * Whether it is of any use: over UDP, not ourselves, and where we can send to. Only a path's first node must be so,
   * but each may become that.
   */
  accepts(node: NodeInfo): boolean {
    return (
      isUsableNode(node) &&
      this.#source.reaches(node.endpoint) &&
      isValidPublicKey(node.publicKey) &&
      !equalBytes(node.publicKey, this.#ownKey)
    )
  }

  #refill(): void {
    for (const node of this.#source.randomNodes(MAX_PATH_NODES)) this.add(node)
    if (this.#nodes.size === 0) for (const node of this.#source.closeNodes(MAX_PATH_NODES)) this.add(node)
  }
}

function makeRoom(nodes: KeyMap<unknown>): void {
  if (nodes.size < MAX_PATH_NODES) return
  const [oldest] = nodes.entries().next().value!
  nodes.delete(oldest)
}
