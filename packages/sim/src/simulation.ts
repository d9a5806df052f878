import { type Datagram, Endpoint, type Instant, NEVER, Timers } from '@ts-toxcore/core'
import { EventQueue } from './event-queue.ts'
import { Host, type HostStats } from './host.ts'
import { Link, type LinkOptions } from './link.ts'
import { type DropReason, SimLog } from './log.ts'
import { Nat, type NatOptions } from './nat.ts'
import { SeededRandom } from './random.ts'
import { routeIn, routeOut, Segment } from './segment.ts'

export interface SimulationOptions {
  /** All randomness of the run comes from here: the same seed gives the same run. */
  readonly seed: number | string
  /** Default 1,700,000,000,000: 14 November 2023. */
  readonly start?: Instant
  /** Of hosts that have no link of their own. */
  readonly link?: LinkOptions
  /** How many entries `log` keeps. Default 1,000; 0 keeps none, the digest is made all the same. */
  readonly logLimit?: number
  /** How many events each host keeps. Default 10,000. */
  readonly eventLimit?: number
}

export interface HostOptions {
  /** Unique; in the log, and the label of the host's random stream. */
  readonly name: string
  /** One address or several (IPv4, IPv6). Default: the next free IPv4 address of the segment. */
  readonly ip?: string | readonly string[]
  /** Default 33445. */
  readonly port?: number
  /** The NAT that it sits behind; several may sit behind one. Default: none. */
  readonly nat?: Nat
  readonly link?: LinkOptions
}

/** A packet under way. */
export interface Packet {
  readonly sender: Host
  /** The sender as seen outside of its NATs. */
  readonly from: Endpoint
  readonly to: Endpoint
  readonly data: Uint8Array
  /** Where `to` is looked up. */
  readonly segment: Segment
}

export interface SimulationStats {
  packets: number
  bytes: number
  delivered: number
  readonly drops: Partial<Record<DropReason, number>>
  /** By name. */
  readonly hosts: Record<string, HostStats>
}

type Happening = Packet | (() => void)

/**
 * A network in virtual time. It is itself sans-IO and deterministic: time jumps from one event to the next.
 * Events at one instant happen in this order: packets and scheduled calls as they were put in, then deadlines as
 * they were armed.
 */
export class Simulation {
  readonly start: Instant
  /** For what is not a host's: keys of a test, say. */
  readonly random: SeededRandom
  readonly log: SimLog
  readonly internet = new Segment()
  readonly hosts: Host[] = []

  readonly #linkOptions: LinkOptions
  readonly #eventLimit: number
  readonly #queue = new EventQueue<Happening>()
  /** When each host (by index) wants to be woken. */
  readonly #wakes = new Timers<number>()
  readonly #byName = new Map<string, Host>()
  readonly #groups = new Map<Host, number>()
  readonly #totals = { packets: 0, bytes: 0, delivered: 0 }
  readonly #drops: Partial<Record<DropReason, number>> = {}
  readonly #freeAddresses = new Map<Segment, number>()
  #intercept: ((packet: Packet) => boolean) | undefined
  #now: Instant

  constructor(options: SimulationOptions) {
    this.start = options.start ?? 1_700_000_000_000
    this.#now = this.start
    this.random = new SeededRandom(options.seed)
    this.log = new SimLog(options.logLimit ?? 1000)
    this.#linkOptions = options.link ?? {}
    this.#eventLimit = options.eventLimit ?? 10_000
  }

  get now(): Instant {
    return this.#now
  }

  get stats(): SimulationStats {
    return {
      ...this.#totals,
      drops: { ...this.#drops },
      hosts: Object.fromEntries(this.hosts.map(host => [host.name, host.stats])),
    }
  }

  addHost(options: HostOptions): Host {
    if (this.#byName.has(options.name)) throw new RangeError(`name: ${options.name} exists already`)
    const segment = options.nat?.inside ?? this.internet
    const ips = typeof options.ip === 'string' ? [options.ip] : (options.ip ?? [this.#freeAddress(segment)])
    const host = new Host({
      wire: this.#wire,
      index: this.hosts.length,
      name: options.name,
      endpoints: ips.map(ip => parseEndpoint(ip, options.port ?? 33445)),
      segment,
      link: this.#link(options.name, options.link ?? this.#linkOptions),
      random: this.random.fork(`host/${options.name}`),
      eventLimit: this.#eventLimit,
    })
    for (const endpoint of host.endpoints) {
      if (segment.hosts.has(endpoint.text)) throw new RangeError(`ip: ${endpoint.text} is taken`)
      segment.hosts.set(endpoint.text, host)
      segment.addresses.add(endpoint.host)
    }
    this.hosts.push(host)
    this.#byName.set(host.name, host)
    return host
  }

  /** A NAT with this address outside. `behind` puts it inside of another one (carrier-grade NAT). */
  addNat(options: NatOptions & { readonly ip?: string; readonly behind?: Nat } = {}): Nat {
    const { ip, behind, ...behaviour } = options
    const outside = behind?.inside ?? this.internet
    const address = parseEndpoint(ip ?? this.#freeAddress(outside), 0)
    const nat = new Nat(this.random.fork(`nat/${address.host}`), address.ip, outside, behaviour)
    if (outside.addresses.has(address.host)) throw new RangeError(`ip: ${address.host} is taken`)
    outside.nats.set(address.host, nat)
    outside.addresses.add(address.host)
    return nat
  }

  setLink(host: Host, options: LinkOptions): void {
    host.link = this.#link(`${host.name}@${this.#now}`, options)
  }

  /** Splits the network: who is in different groups loses what is sent between them; the unnamed are a group, too. */
  partition(...groups: readonly (readonly Host[])[]): void {
    this.heal()
    for (const [i, group] of groups.entries()) for (const host of group) this.#groups.set(host, i)
  }

  heal(): void {
    this.#groups.clear()
  }

  /** Shows every packet that leaves a host to `filter`, which drops it by returning false; undefined ends that. */
  intercept(filter: ((packet: Packet) => boolean) | undefined): void {
    this.#intercept = filter
  }

  /** Calls `happening` in `delay` ms of virtual time. */
  after(delay: number, happening: () => void): void {
    this.#queue.push(this.#now + delay, happening)
  }

  /** Lets `duration` ms pass. */
  run(duration: number): void {
    const end = this.#now + duration
    while (this.#next() <= end) this.#step()
    this.#now = end
  }

  /** Lets time pass until `predicate` holds, which is asked after every event: false if it does not in `limit` ms. */
  runUntil(predicate: () => boolean, limit: number): boolean {
    const end = this.#now + limit
    while (!predicate()) {
      if (this.#next() > end) {
        this.#now = end
        return false
      }
      this.#step()
    }
    return true
  }

  #next(): Instant {
    return Math.min(this.#queue.next, this.#wakes.deadline())
  }

  #step(): void {
    if (this.#queue.next <= this.#wakes.deadline()) {
      this.#now = this.#queue.next
      const happening = this.#queue.shift()!
      if (typeof happening === 'function') happening()
      else this.#arrive(happening)
    } else {
      this.#now = this.#wakes.deadline()
      this.hosts[this.#wakes.expired(this.#now)!]!.wake()
    }
  }

  readonly #wire = {
    now: () => this.#now,
    send: (host: Host, datagram: Datagram) => this.#send(host, datagram),
    // A deadline in the past is due now: time never runs backwards.
    wakeAt: (host: Host, at: Instant) =>
      this.#wakes.set(host.index, at === NEVER ? NEVER : Math.max(at, this.#now)),
    recordEvent: (host: Host, type: string) => this.log.record(this.#now, 'event', host.name, type),
  }

  #send(sender: Host, { to, data }: Datagram): void {
    this.#totals.packets++
    this.#totals.bytes += data.length
    sender.stats.packetsSent++
    sender.stats.bytesSent += data.length
    if (data.length > 0) sender.stats.sentByKind[data[0]!]!++
    this.log.record(this.#now, 'sent', sender.name, to, data)
    const problem = this.#transmit(sender, to, data)
    if (problem) this.#drop(problem, sender, to)
  }

  #transmit(sender: Host, to: Endpoint, data: Uint8Array): DropReason | undefined {
    const own = sender.endpoints.find(endpoint => endpoint.family === to.family)
    if (own === undefined) return 'no_route'
    if (!sender.plugged) return 'unplugged'
    const route = routeOut(this.#now, sender.segment, own, to)
    if (typeof route === 'string') return route
    const packet: Packet = { sender, from: route.from, to, data: data.slice(), segment: route.segment }
    if (this.#intercept?.(packet) === false) return 'intercepted'

    const arrival = sender.link.transmit(this.#now, data.length)
    if (typeof arrival === 'string') return arrival
    this.#queue.push(arrival, packet)
    const later = sender.link.duplicate()
    // With bytes of its own: the first receiver may decrypt in place.
    if (later !== undefined) this.#queue.push(arrival + later, { ...packet, data: packet.data.slice() })
    return undefined
  }

  #arrive(packet: Packet): void {
    const { sender, from, to, data } = packet
    const receiver = this.#receiverOf(packet)
    if (typeof receiver === 'string') {
      this.#drop(receiver, sender, to)
      return
    }
    this.#totals.delivered++
    this.log.record(this.#now, 'delivered', receiver.name, from, data)
    receiver.receive(from, data)
  }

  #receiverOf({ sender, segment, from, to }: Packet): Host | DropReason {
    const receiver = routeIn(this.#now, segment, from, to)
    if (typeof receiver === 'string') return receiver
    if (!receiver.plugged) return 'unplugged'
    if (this.#groups.get(sender) !== this.#groups.get(receiver)) return 'partitioned'
    return receiver.running ? receiver : 'stopped'
  }

  #drop(reason: DropReason, sender: Host, to: Endpoint): void {
    this.#drops[reason] = (this.#drops[reason] ?? 0) + 1
    this.log.record(this.#now, reason, sender.name, to)
  }

  #link(label: string, options: LinkOptions): Link {
    return new Link(this.random.fork(`link/${label}`), options)
  }

  /** 198.18.0.0/15 (reserved for benchmarks, yet global to `addressScope`) outside, 10.0.0.0/8 behind NATs. */
  #freeAddress(segment: Segment): string {
    for (;;) {
      const n = (this.#freeAddresses.get(segment) ?? 0) + 1
      this.#freeAddresses.set(segment, n)
      const [high, middle, low] = [n >> 16, (n >> 8) & 0xff, n & 0xff]
      const host =
        segment === this.internet ? `198.${18 + high}.${middle}.${low}` : `10.${high}.${middle}.${low}`
      if (!segment.addresses.has(host)) return host
    }
  }
}

function parseEndpoint(ip: string, port: number): Endpoint {
  const endpoint = Endpoint.parse(ip, port)
  if (endpoint === undefined) throw new TypeError(`ip: expected an IP address, got ${ip}`)
  return endpoint
}
