// Test networks in Linux network namespaces: a public segment, and LANs behind NAT routers. Needs root; nothing of it
// is visible outside the namespaces.
//
//   public segment (a bridge)  ──┬── host "bootstrap"            10.90.0.x
//                                ├── router ── LAN: "alice"      10.91.0.x behind one address of 10.90.0.x
//                                └── router ── LAN: "bob", …     10.92.0.x
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { onExit } from './cleanup.ts'

/**
 * How a router maps and filters, in RFC 4787's words. Both filter by address and port: nothing comes in that has not
 * been sent to.
 * - `port-restricted`: plain MASQUERADE, which keeps the port when it can: the same mapping for all destinations.
 * - `symmetric`: MASQUERADE --random-fully, a new port for every destination: a hole is punched by luck only.
 */
export type NatKind = 'port-restricted' | 'symmetric'

export interface LanOptions {
  readonly hosts: readonly string[]
  readonly nat?: NatKind
}

export interface NatLabOptions {
  /** Hosts directly on the public segment. */
  readonly publicHosts?: readonly string[]
  /** Each behind a router of its own. */
  readonly lans?: readonly LanOptions[]
  /** The public segment's /24. c-toxcore takes 10.x for a LAN: give 198.51.100 for addresses that it takes for public. */
  readonly publicPrefix?: string
}

export interface LabHost {
  readonly name: string
  /** For `netns` of RpcPeer and the bootstrap nodes. */
  readonly netns: string
  readonly address: string
  /** The address that the public segment sees: the router's, or its own. */
  readonly publicAddress: string
}

export interface Traffic {
  readonly sentPackets: number
  readonly sentBytes: number
  readonly receivedPackets: number
  readonly receivedBytes: number
}

export interface NatLab {
  host(name: string): LabHost
  /** A command that runs inside a host. */
  argv(host: string, command: readonly string[]): string[]
  /** What has gone through a host's network interface so far, Ethernet headers included. */
  traffic(host: string): Traffic
  /** Takes the network down; processes in it have to be ended first. */
  remove(): void
}

const PREFIX = 'tsx'
let labs = 0
let availability: { available: true } | { available: false; reason: string } | undefined

/** Whether this process may make such networks, and if not why not. */
export function netnsAvailable(): { available: true } | { available: false; reason: string } {
  availability ??= tryOne()
  return availability
}

function tryOne(): { available: true } | { available: false; reason: string } {
  const name = `${PREFIX}-${process.pid}-try`
  try {
    ip('netns', 'add', name)
    inside(name, 'iptables', '-t', 'nat', '-A', 'POSTROUTING', '-j', 'MASQUERADE')
    ip('-n', name, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1')
    return { available: true }
  } catch (error) {
    return { available: false, reason: (error as Error).message }
  } finally {
    spawnSync('ip', ['netns', 'delete', name])
  }
}

export function createNatLab(options: NatLabOptions): NatLab {
  const { publicHosts = [], lans = [], publicPrefix = '10.90.0' } = options
  removeAbandoned()
  const lab = `${PREFIX}-${process.pid}-${++labs}`
  const namespaces: string[] = []
  const hosts = new Map<string, LabHost>()
  const forget = onExit(remove)

  function addNamespace(name: string): string {
    const netns = `${lab}-${name}`
    ip('netns', 'add', netns)
    namespaces.push(netns)
    ip('-n', netns, 'link', 'set', 'lo', 'up')
    return netns
  }

  function remove(): void {
    forget()
    for (const netns of namespaces.splice(0)) spawnSync('ip', ['netns', 'delete', netns])
  }

  function build(): void {
    const segment = addNamespace('segment')
    addBridge(segment)
    let last = 1
    for (const name of publicHosts) {
      const netns = addNamespace(name)
      const address = `${publicPrefix}.${last++}`
      connect(netns, 'eth0', address, segment)
      // Whatever is not on the segment does not exist; without a route c-toxcore's sends would fail instead.
      ip('-n', netns, 'route', 'add', 'default', 'dev', 'eth0')
      hosts.set(name, { name, netns, address, publicAddress: address })
    }
    for (const [index, lan] of lans.entries()) {
      const router = addNamespace(`router${index}`)
      const publicAddress = `${publicPrefix}.${last++}`
      connect(router, 'wan', publicAddress, segment)
      ip('-n', router, 'route', 'add', 'default', 'dev', 'wan')
      addBridge(router)
      const prefix = `10.${91 + index}.0`
      ip('-n', router, 'address', 'add', `${prefix}.254/24`, 'dev', 'bridge')
      masquerade(router, lan.nat ?? 'port-restricted')
      for (const [number, name] of lan.hosts.entries()) {
        const netns = addNamespace(name)
        const address = `${prefix}.${number + 1}`
        connect(netns, 'eth0', address, router)
        ip('-n', netns, 'route', 'add', 'default', 'via', `${prefix}.254`)
        hosts.set(name, { name, netns, address, publicAddress })
      }
    }
  }

  function host(name: string): LabHost {
    const found = hosts.get(name)
    if (!found) throw new Error(`no host ${name} in this lab: it has ${[...hosts.keys()].join(', ')}`)
    return found
  }

  try {
    build()
  } catch (error) {
    remove()
    throw error
  }
  return {
    host,
    argv: (name, command) => ['ip', 'netns', 'exec', host(name).netns, ...command],
    traffic: name => trafficOf(host(name).netns),
    remove,
  }
}

function addBridge(netns: string): void {
  ip('-n', netns, 'link', 'add', 'bridge', 'type', 'bridge')
  ip('-n', netns, 'link', 'set', 'bridge', 'up')
}

/** A cable from `device` in one namespace to the bridge of another. */
function connect(netns: string, device: string, address: string, bridge: string): void {
  const port = `p${address.replaceAll('.', '')}`.slice(0, 15)
  ip('link', 'add', device, 'netns', netns, 'type', 'veth', 'peer', 'name', port, 'netns', bridge)
  ip('-n', bridge, 'link', 'set', port, 'master', 'bridge', 'up')
  ip('-n', netns, 'address', 'add', `${address}/24`, 'broadcast', '+', 'dev', device)
  ip('-n', netns, 'link', 'set', device, 'up')
}

/**
 * What comes in unasked is dropped in silence. It matters that the router itself does not take it either: an answer
 * "port unreachable" would tell the sender, and an accepted packet would occupy the very mapping that its own host
 * needs a moment later for the other half of the hole.
 */
function masquerade(router: string, nat: NatKind): void {
  const established = ['-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED', '-j', 'ACCEPT']
  const randomly = nat === 'symmetric' ? ['--random-fully'] : []
  inside(router, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1')
  inside(router, 'iptables', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'wan', '-j', 'MASQUERADE', ...randomly)
  for (const chain of ['FORWARD', 'INPUT']) {
    inside(router, 'iptables', '-P', chain, 'DROP')
    inside(router, 'iptables', '-A', chain, ...established)
    inside(router, 'iptables', '-A', chain, '-i', 'bridge', '-j', 'ACCEPT')
  }
}

function trafficOf(netns: string): Traffic {
  const [link] = JSON.parse(ip('-n', netns, '-s', '-j', 'link', 'show', 'dev', 'eth0'))
  const { tx, rx } = link.stats64
  return {
    sentPackets: tx.packets,
    sentBytes: tx.bytes,
    receivedPackets: rx.packets,
    receivedBytes: rx.bytes,
  }
}

/** Namespaces of test processes that were killed before they could clean up: their pid is in the name. */
function removeAbandoned(): void {
  for (const name of namespaceNames()) {
    const pid = Number(name.match(new RegExp(`^${PREFIX}-(\\d+)-`))?.[1])
    if (pid > 0 && !isAlive(pid)) spawnSync('ip', ['netns', 'delete', name])
  }
}

function namespaceNames(): string[] {
  try {
    return readdirSync('/run/netns')
  } catch {
    return []
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function inside(netns: string, ...argv: string[]): string {
  return ip('netns', 'exec', netns, ...argv)
}

function ip(...args: string[]): string {
  const result = spawnSync('ip', args, { encoding: 'utf8' })
  if (result.error) throw new Error(`ip cannot be run: ${result.error.message}`)
  if (result.status !== 0) throw new Error(`ip ${args.join(' ')}: ${result.stderr.trim()}`)
  return result.stdout
}
