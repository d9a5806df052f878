import type { Endpoint, Instant } from '@ts-toxcore/core'
import type { Host } from './host.ts'
import type { Nat } from './nat.ts'

/** A network in which everyone reaches everyone: the Internet, or what is inside of one NAT. */
export class Segment {
  /** The way out; undefined for the Internet. */
  readonly gateway: Nat | undefined
  /** By endpoint text. */
  readonly hosts = new Map<string, Host>()
  /** All that are in use here, hosts' and NATs'. */
  readonly addresses = new Set<string>()
  /** NATs whose outside is here, by address. */
  readonly nats = new Map<string, Nat>()

  constructor(gateway?: Nat) {
    this.gateway = gateway
  }
}

export type RouteProblem = 'no_route' | 'nat_exhausted' | 'no_hairpin'

/**
 * From a host out to the segment in which the destination's address lies: through one NAT after another, each of
 * which puts its own address in place of the sender's.
 */
export function routeOut(
  now: Instant,
  segment: Segment,
  from: Endpoint,
  to: Endpoint,
): { segment: Segment; from: Endpoint } | RouteProblem {
  for (;;) {
    if (segment.addresses.has(to.host)) return { segment, from }
    const nat = segment.gateway
    if (nat === undefined || nat.ip.length !== to.ip.length) return 'no_route'
    if (!nat.hairpinning && nat.outside.nats.get(to.host) === nat) return 'no_hairpin'
    const outside = nat.outbound(now, from, to)
    if (outside === undefined) return 'nat_exhausted'
    segment = nat.outside
    from = outside
  }
}

/** The host that a packet reaches in the end: NATs on its way decide when it arrives there. */
export function routeIn(
  now: Instant,
  segment: Segment,
  from: Endpoint,
  to: Endpoint,
): Host | 'no_route' | 'nat_filtered' {
  for (;;) {
    const host = segment.hosts.get(to.text)
    if (host !== undefined) return host
    const nat = segment.nats.get(to.host)
    if (nat === undefined) return 'no_route'
    const inside = nat.inbound(now, from, to.port)
    if (inside === undefined) return 'nat_filtered'
    segment = nat.inside
    to = inside
  }
}
