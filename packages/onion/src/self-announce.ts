/**
 * Being found (spec, "Onion"; c-toxcore, `do_announce`): we announce our long-term key at the twelve nodes
 * closest to it, so that friends who know it find there the key to seal data for us, and the nodes the path to us.
 *
 *   asked ──answer with ping id──▶ storing ──"announced"──▶ announced ──every 15 s, later 120 s──▶ announced
 *     │ no answer: 0.1 … 2 s          │ no answer: 0.1 … 2 s     │ 3 × no answer
 *     ▼                               ▼ refused: every 3 s       ▼
 *   forgotten                       again                      gone
 */
import { type Instant, NEVER, type NodeInfo } from '@ts-toxcore/core'
import { type AnnounceNode, timesOutAt } from './announce-nodes.ts'
import type { AnnounceRequests } from './announce-requests.ts'
import {
  ANNOUNCE_INTERVAL_ANNOUNCED,
  ANNOUNCE_INTERVAL_NOT_ANNOUNCED,
  ANNOUNCE_INTERVAL_STABLE,
  MAX_ONION_CLIENTS_ANNOUNCE,
  ONION_NODE_MAX_PINGS,
  ONION_NODE_PING_INTERVAL,
  ONION_NODE_TIMEOUT,
  TIME_TO_STABLE,
} from './constants.ts'
import type { AnnounceAnswer, Lookup } from './lookup.ts'
import { NodeFinder } from './node-finder.ts'
import type { Identity } from './path.ts'
import type { PathNodes } from './path-nodes.ts'
import type { PathPool } from './path-pool.ts'

export interface SelfAnnounceOptions {
  readonly longTerm: Identity
  readonly dataPublicKey: Uint8Array
  readonly paths: PathPool
  readonly pathNodes: PathNodes
  readonly requests: AnnounceRequests
}

export class SelfAnnounce implements Lookup {
  readonly name = 'self'
  readonly target: Uint8Array
  readonly identity: Identity
  readonly dataPublicKey: Uint8Array
  readonly paths: PathPool
  readonly #pathNodes: PathNodes
  readonly #requests: AnnounceRequests
  readonly #finder: NodeFinder
  #announcedAt: Instant = Number.NEGATIVE_INFINITY

  constructor(options: SelfAnnounceOptions) {
    this.target = options.longTerm.publicKey
    this.identity = options.longTerm
    this.dataPublicKey = options.dataPublicKey
    this.paths = options.paths
    this.#pathNodes = options.pathNodes
    this.#requests = options.requests
    this.#finder = new NodeFinder({
      lookup: this,
      requests: options.requests,
      pathNodes: options.pathNodes,
      capacity: MAX_ONION_CLIENTS_ANNOUNCE,
      breadth: MAX_ONION_CLIENTS_ANNOUNCE / 2,
    })
  }

  /**
   * Whether at least half of the nodes that answer have announced us. Nodes that were asked a moment ago and have
   * not answered yet count as well, unless `lenient`: the first answer of many is not yet half.
   */
  isConfirmed(now: Instant, lenient: boolean): boolean {
    const live = this.#finder.nodes.live(now)
    const announced = live.filter(node => node.stored === 2).length
    const expected = live.length + (lenient ? 0 : this.#finder.first.waiting(1))
    return announced > 0 && 2 * announced >= expected
  }

  /** Does what is due and says when to be called again. */
  advance(now: Instant): Instant {
    let next = this.#finder.advance(now)
    const live = this.#finder.nodes.live(now)
    for (const node of live) if (this.#dueAt(now, node) <= now) this.#announce(now, node)
    // With few nodes, all of them stable, their intervals would leave us deaf for too long.
    const silentUntil = this.#announcedAt + ONION_NODE_PING_INTERVAL
    const askable = live.filter(node => node.unanswered < ONION_NODE_MAX_PINGS)
    if (now >= silentUntil && askable.length > 0) {
      this.#announce(
        now,
        askable.reduce((oldest, node) => (node.pingedAt < oldest.pingedAt ? node : oldest)),
      )
    }
    if (askable.length > 0) next = Math.min(next, this.#announcedAt + ONION_NODE_PING_INTERVAL)
    for (const node of live) next = Math.min(next, this.#dueAt(now, node), this.#changesAt(now, node))
    return next
  }

  handleAnswer(now: Instant, answer: AnnounceAnswer, lan: boolean): void {
    const { request } = answer
    this.#finder.first.answered(request.node.publicKey)
    const node = this.#finder.nodes.place(now, request.node, request.path)
    if (node) {
      // A ping id is bound to the last hop it came through: refused though it had that one, we wait.
      const refused = request.storing && request.path === node.path && node.stored !== 2
      node.info = request.node
      node.path = request.path
      node.answeredAt = now
      node.unanswered = 0
      // 1 would mean that somebody else's data key is stored under our key: worth nothing, nor is it a ping id.
      node.stored = answer.stored === 2 ? 2 : 0
      node.pingId = answer.stored === 1 ? undefined : answer.pingIdOrKey.slice()
      this.#pathNodes.add(request.node)
      if (node.stored === 0 && !refused) this.#announce(now, node)
    }
    this.#finder.follow(now, answer.nodes, lan)
  }

  /** A node that is there. */
  offer(now: Instant, node: NodeInfo): void {
    this.#finder.offer(now, node)
  }

  /** Begins again, after the network was away. */
  restart(): void {
    this.#finder.restart()
  }

  #announce(now: Instant, node: AnnounceNode): void {
    const again = node.stored === 0 && node.unanswered > 0
    // A hasty repetition tries another path, and so does the last chance of an old node.
    const lastChance = node.unanswered === ONION_NODE_MAX_PINGS - 1 && now >= node.addedAt + TIME_TO_STABLE
    const choice = again || lastChance ? { other: node.path } : { same: node.path }
    if (this.#requests.send(now, this, node.info, choice, node.pingId) === undefined) return
    const hasty = again && node.haste.hasty
    node.haste.done(now)
    this.#announcedAt = now
    node.pingedAt = now
    if (!hasty) node.unanswered++
  }

  #dueAt(now: Instant, node: AnnounceNode): Instant {
    if (node.unanswered >= ONION_NODE_MAX_PINGS) return NEVER
    if (node.stored === 0 && node.unanswered > 0) return node.haste.due(ANNOUNCE_INTERVAL_NOT_ANNOUNCED)
    return node.pingedAt + this.#interval(now, node)
  }

  #interval(now: Instant, node: AnnounceNode): number {
    const path = this.paths.find(node.path)
    if (node.stored === 0 || path === undefined || now >= path.end) return ANNOUNCE_INTERVAL_NOT_ANNOUNCED
    const silent = node.unanswered > 0 && now >= node.pingedAt + ONION_NODE_TIMEOUT
    const stable = now >= node.addedAt + TIME_TO_STABLE && !silent && path.isStable(now, TIME_TO_STABLE)
    return stable ? ANNOUNCE_INTERVAL_STABLE : ANNOUNCE_INTERVAL_ANNOUNCED
  }

  /** When `#dueAt` or the number of live nodes may change by itself. */
  #changesAt(now: Instant, node: AnnounceNode): Instant {
    if (node.unanswered >= ONION_NODE_MAX_PINGS) return timesOutAt(node)
    const pathEnd = this.paths.find(node.path)?.end ?? NEVER
    const silentAt = node.unanswered > 0 ? node.pingedAt + ONION_NODE_TIMEOUT : NEVER
    return Math.min(pathEnd > now ? pathEnd : NEVER, silentAt > now ? silentAt : NEVER)
  }
}
