/**
 * The close list: many nodes near our own key, fewer and fewer far away (spec, "K-buckets"). Bucket n holds up to 8
 * nodes whose keys share exactly n leading bits with ours, the last one all that share more.
 */

import type { Endpoint, Instant } from '@ts-toxcore/core'
import { sharedBits } from '@ts-toxcore/core'
import type { Client } from './client.ts'
import { ClientList } from './client-list.ts'
import { LCLIENT_LENGTH, LCLIENT_NODES } from './constants.ts'

export class KBuckets {
  readonly #baseKey: Uint8Array
  readonly #buckets: (ClientList | undefined)[] = new Array(LCLIENT_LENGTH).fill(undefined)

  constructor(baseKey: Uint8Array) {
    this.#baseKey = baseKey
  }

  /** The buckets in use, farthest first. */
  get lists(): ClientList[] {
    return this.#buckets.filter(bucket => bucket !== undefined)
  }

  find(publicKey: Uint8Array): Client | undefined {
    return this.#buckets[this.#index(publicKey)]?.find(publicKey)
  }

  holds(now: Instant, publicKey: Uint8Array, family: 4 | 6): boolean {
    return this.#buckets[this.#index(publicKey)]?.holds(now, publicKey, family) ?? false
  }

  /** c-toxcore's `node_addable_to_close_list`. */
  canStore(now: Instant, publicKey: Uint8Array): boolean {
    return this.#buckets[this.#index(publicKey)]?.canStore(now, publicKey) ?? true
  }

  /** As `ClientList.heard`. Gives the bucket that holds the node. */
  heard(now: Instant, publicKey: Uint8Array, endpoint: Endpoint, asked: boolean): ClientList | undefined {
    for (const bucket of this.#buckets) bucket?.vacate(endpoint, publicKey)
    const index = this.#index(publicKey)
    this.#buckets[index] ??= new ClientList(this.#baseKey, LCLIENT_NODES, false)
    const bucket = this.#buckets[index]
    return bucket.heard(now, publicKey, endpoint, asked) && bucket
  }

  #index(publicKey: Uint8Array): number {
    return Math.min(sharedBits(this.#baseKey, publicKey), LCLIENT_LENGTH - 1)
  }
}
