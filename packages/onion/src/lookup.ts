import type { Instant, NodeInfo } from '@ts-toxcore/core'
import type { Identity } from './path.ts'
import type { PathPool } from './path-pool.ts'

/** On whose behalf announce requests are sent: ourselves to be found, or the search for one friend. */
export interface Lookup {
  /** Its timer. */
  readonly name: LookupName
  /** The long-term public key that is announced or searched. */
  readonly target: Uint8Array
  /** The key pair the requests are made with: long-term to announce, temporary to search. */
  readonly identity: Identity
  /** What others shall seal data for us with; zeros when searching. */
  readonly dataPublicKey: Uint8Array
  readonly paths: PathPool
  /** `lan`: the answer came from our own network, so it may name nodes of it. */
  handleAnswer(now: Instant, answer: AnnounceAnswer, lan: boolean): void
}

/** 'self', or the number of a friend. */
export type LookupName = 'self' | number

/** A request whose answer is awaited. */
export interface PendingRequest {
  readonly lookup: Lookup
  readonly node: NodeInfo
  readonly path: number
  /** Whether it carried a ping id, that is, asked the node to store our announcement. */
  readonly storing: boolean
}

/** An authentic answer. */
export interface AnnounceAnswer {
  readonly request: PendingRequest
  /** 0: the key is not known there; 1: it is; 2: we are announced there. */
  readonly stored: 0 | 1 | 2
  /** With `stored` 1 the data public key of `target`, else the ping id to announce ourselves with. */
  readonly pingIdOrKey: Uint8Array
  /** Nodes closer to the key, as the node says. */
  readonly nodes: readonly NodeInfo[]
}
