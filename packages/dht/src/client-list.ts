/**
 * A bounded list of the nodes closest to a key (spec, "Client Lists"). Only nodes that have answered from the
 * address get here, so nobody can be put on a list by somebody else.
 */
import { compareDistance, type Endpoint, equalBytes, type Instant } from '@ts-toxcore/core'
import { type Address, type Client, isGood, isGoodClient, isLan } from './client.ts'

export class ClientList {
  readonly baseKey: Uint8Array
  readonly #capacity: number
  readonly #evictsGood: boolean
  /** Farthest first. */
  readonly #clients: Client[] = []

  /**
   * A full list gives up bad nodes for good ones. If it `evictsGood` ones as well, its farthest node gives way to
   * a closer one: so do searches; the buckets of the close list keep their old and tried nodes.
   */
  constructor(baseKey: Uint8Array, capacity: number, evictsGood: boolean) {
    this.baseKey = baseKey
    this.#capacity = capacity
    this.#evictsGood = evictsGood
  }

  /** Farthest first; bad and dead nodes included. */
  get clients(): readonly Client[] {
    return this.#clients
  }

  find(publicKey: Uint8Array): Client | undefined {
    return this.#clients.find(client => equalBytes(client.publicKey, publicKey))
  }

  /** Is the node good at an address of this family? */
  holds(now: Instant, publicKey: Uint8Array, family: 4 | 6): boolean {
    const client = this.find(publicKey)
    return client !== undefined && isGood(family === 4 ? client.v4 : client.v6, now)
  }

  /** Would a node with this key be let in? */
  canStore(now: Instant, publicKey: Uint8Array): boolean {
    return (
      this.#clients.length < this.#capacity ||
      this.#clients.some(client => !isGoodClient(client, now)) ||
      (this.#evictsGood && compareDistance(this.baseKey, publicKey, this.#clients[0]!.publicKey) < 0)
    )
  }

  /**
   * A node answered from `endpoint`. `asked`: it has just been sent a nodes request for this list's key, or
   * answered one, so it need not be asked again soon. Undefined if there is no room for it; else the node as it is now on the list.
   */
  heard(now: Instant, publicKey: Uint8Array, endpoint: Endpoint, asked: boolean): Client | undefined {
    let client = this.find(publicKey)
    if (client === undefined) {
      if (!this.canStore(now, publicKey)) return undefined
      client = { publicKey, v4: undefined, v6: undefined, named4: undefined, named6: undefined }
      this.#insert(now, client)
    }
    updateAddress(now, client, endpoint, asked)
    return client
  }

  /**
   * Another node than these answers at `endpoint` now: whoever is listed there has moved or restarted with a new
   * key. A node without any address left is removed.
   */
  vacate(endpoint: Endpoint, except: Uint8Array): void {
    for (let i = this.#clients.length - 1; i >= 0; i--) {
      const client = this.#clients[i]!
      const address = endpoint.family === 4 ? client.v4 : client.v6
      if (!address?.endpoint.equals(endpoint) || equalBytes(client.publicKey, except)) continue
      if (endpoint.family === 4) client.v4 = undefined
      else client.v6 = undefined
      if (!client.v4 && !client.v6) this.#clients.splice(i, 1)
    }
  }

  #insert(now: Instant, client: Client): void {
    if (this.#clients.length >= this.#capacity) {
      const bad = this.#clients.findIndex(other => !isGoodClient(other, now))
      this.#clients.splice(Math.max(0, bad), 1)
    }
    const at = this.#clients.findIndex(
      other => compareDistance(this.baseKey, other.publicKey, client.publicKey) < 0,
    )
    this.#clients.splice(at === -1 ? this.#clients.length : at, 0, client)
  }
}

function updateAddress(now: Instant, client: Client, endpoint: Endpoint, asked: boolean): void {
  // An address that only works here is no replacement for one that works everywhere.
  const works = (address: Address | undefined) => isGood(address, now) && !isLan(address.endpoint)
  if (isLan(endpoint) && (works(client.v4) || works(client.v6))) return

  const known = endpoint.family === 4 ? client.v4 : client.v6
  if (known) {
    known.endpoint = endpoint
    known.heardAt = now
    if (asked) known.askedAt = now
    return
  }
  const address: Address = { endpoint, heardAt: now, askedAt: asked ? now : Number.NEGATIVE_INFINITY }
  if (endpoint.family === 4) client.v4 = address
  else client.v6 = address
}
