import { Endpoint, type Instant, SECOND } from '@ts-toxcore/core'
import { AgingMap } from './aging-map.ts'
import type { SeededRandom } from './random.ts'
import { Segment } from './segment.ts'

/** How far a decision depends on the address outside (RFC 4787, sections 4.1 and 5). */
export type NatDependence = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent'

export interface NatOptions {
  /** For which packets one outside port is reused. Default endpoint-independent. */
  readonly mapping?: NatDependence
  /** Who may answer through it. Default address-and-port-dependent: with the above, a "port-restricted cone". */
  readonly filtering?: NatDependence
  /** After how many ms without a packet from inside a binding is forgotten. Default 120 s, RFC 4787's least. */
  readonly lifetime?: number
  /** Whether packets from outside renew a binding, too. Default false. */
  readonly inboundRefresh?: boolean
  /** The outside port: the inside one (the next one if that is taken), the next one, or any. Default preserve. */
  readonly portAllocation?: 'preserve' | 'sequential' | 'random'
  /** Whether hosts inside reach each other by their outside addresses. Default false. */
  readonly hairpinning?: boolean
}

interface Binding {
  readonly key: string
  readonly inside: Endpoint
  readonly outside: Endpoint
  /** Whom the inside host wrote to lately: what `filtering` compares with. */
  readonly permitted: AgingMap<true>
}

const FIRST_PORT = 1024
const PORTS = 0x1_0000 - FIRST_PORT

/** A network address translator for UDP, its behaviours named after RFC 4787. */
export class Nat {
  readonly ip: Uint8Array
  readonly outside: Segment
  readonly inside: Segment
  readonly hairpinning: boolean
  readonly #random: SeededRandom
  readonly #options: Required<NatOptions>
  /** By mapping key. */
  readonly #bindings: AgingMap<Binding>
  readonly #byPort = new Map<number, Binding>()
  #nextPort = FIRST_PORT

  constructor(random: SeededRandom, ip: Uint8Array, outside: Segment, options: NatOptions) {
    this.#random = random
    this.ip = ip
    this.outside = outside
    this.inside = new Segment(this)
    this.#options = {
      mapping: 'endpoint-independent',
      filtering: 'address-and-port-dependent',
      lifetime: 120 * SECOND,
      inboundRefresh: false,
      portAllocation: 'preserve',
      hairpinning: false,
      ...options,
    }
    this.hairpinning = this.#options.hairpinning
    this.#bindings = new AgingMap(this.#options.lifetime, binding =>
      this.#byPort.delete(binding.outside.port),
    )
  }

  /** A packet from inside: the outside endpoint that it leaves from; undefined if no port is free. */
  outbound(now: Instant, from: Endpoint, to: Endpoint): Endpoint | undefined {
    const key = `${from.text} ${dependsOn(this.#options.mapping, to)}`
    const binding = this.#bindings.get(now, key) ?? this.#bind(key, from)
    if (binding === undefined) return undefined
    this.#bindings.touch(now, key, binding)
    binding.permitted.touch(now, dependsOn(this.#options.filtering, to), true)
    return binding.outside
  }

  /** A packet from outside: the host inside that it is for; undefined if there is no binding or it is filtered. */
  inbound(now: Instant, from: Endpoint, port: number): Endpoint | undefined {
    // Forgets the expired ones.
    this.#bindings.size(now)
    const binding = this.#byPort.get(port)
    const remote = dependsOn(this.#options.filtering, from)
    if (binding?.permitted.get(now, remote) === undefined) return undefined
    if (this.#options.inboundRefresh) {
      this.#bindings.touch(now, binding.key, binding)
      binding.permitted.touch(now, remote, true)
    }
    return binding.inside
  }

  /** How many bindings are alive. */
  bindings(now: Instant): number {
    return this.#bindings.size(now)
  }

  #bind(key: string, inside: Endpoint): Binding | undefined {
    const port = this.#allocatePort(inside.port)
    if (port === undefined) return undefined
    const outside = new Endpoint(this.ip, port)
    const binding = { key, inside, outside, permitted: new AgingMap<true>(this.#options.lifetime) }
    this.#byPort.set(port, binding)
    return binding
  }

  #allocatePort(inside: number): number | undefined {
    if (this.#byPort.size >= PORTS) return undefined
    const { portAllocation } = this.#options
    if (portAllocation === 'preserve' && inside >= FIRST_PORT && !this.#byPort.has(inside)) return inside
    let port = portAllocation === 'random' ? FIRST_PORT + this.#random.below(PORTS) : this.#nextPort
    while (this.#byPort.has(port)) port = following(port)
    if (portAllocation !== 'random') this.#nextPort = following(port)
    return port
  }
}

function dependsOn(dependence: NatDependence, remote: Endpoint): string {
  if (dependence === 'endpoint-independent') return ''
  return dependence === 'address-dependent' ? remote.host : remote.text
}

function following(port: number): number {
  return port === 0xffff ? FIRST_PORT : port + 1
}
