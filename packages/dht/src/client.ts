/** A node as a list knows it: one key, at most one IPv4 and one IPv6 address. */
import { addressScope, type Endpoint, type Instant, type NodeInfo } from '@ts-toxcore/core'
import { BAD_NODE_TIMEOUT, KILL_NODE_TIMEOUT } from './constants.ts'

/** An address from which a node has answered us. */
export interface Address {
  endpoint: Endpoint
  /** When the node last answered from here (c-toxcore's `timestamp`). */
  heardAt: Instant
  /** When it was last asked on behalf of this list (c-toxcore's `last_pinged`); −∞ if never. */
  askedAt: Instant
}

/** Where a node says that the owner of the list's key is (c-toxcore's `ret_ip_port`). */
export interface Naming {
  readonly endpoint: Endpoint
  readonly at: Instant
}

export interface Client {
  readonly publicKey: Uint8Array
  v4: Address | undefined
  v6: Address | undefined
  named4: Naming | undefined
  named6: Naming | undefined
}

export function isGood(address: Address | undefined, now: Instant): address is Address {
  return address !== undefined && now < address.heardAt + BAD_NODE_TIMEOUT
}

/** Not dead: worth asking. */
export function isAlive(address: Address | undefined, now: Instant): address is Address {
  return address !== undefined && now < address.heardAt + KILL_NODE_TIMEOUT
}

export function isFresh(naming: Naming | undefined, now: Instant): naming is Naming {
  return naming !== undefined && now < naming.at + BAD_NODE_TIMEOUT
}

export function isGoodClient(client: Client, now: Instant): boolean {
  return isGood(client.v4, now) || isGood(client.v6, now)
}

/** IPv6 first: it is more likely to get through without a NAT. */
export function addresses(client: Client): Address[] {
  const all: Address[] = []
  if (client.v6) all.push(client.v6)
  if (client.v4) all.push(client.v4)
  return all
}

/** The first good one of `addresses`. */
export function goodEndpoint(client: Client, now: Instant): Endpoint | undefined {
  return addresses(client).find(address => isGood(address, now))?.endpoint
}

/** On a local network or on this machine: told to nobody outside. */
export function isLan(endpoint: Endpoint): boolean {
  const scope = addressScope(endpoint.ip)
  return scope === 'lan' || scope === 'loopback'
}

export function nodeAt(publicKey: Uint8Array, endpoint: Endpoint): NodeInfo {
  return { protocol: 'udp', publicKey, endpoint }
}
