// c-toxcore's own bootstrap nodes in the foreground, each in a temporary directory of its own.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onExit } from './cleanup.ts'
import { freeTcpPort, freeUdpPort } from './ports.ts'
import type { CtoxBuild } from './rig.ts'

export interface NodeAddress {
  readonly host: string
  readonly port: number
  /** Hex. */
  readonly publicKey: string
}

export interface BootstrapNode extends NodeAddress {
  readonly pid: number
  /** The TCP relay's ports. */
  readonly tcpPorts: readonly number[]
  /** HOST:PORT:KEYHEX, as `--bootstrap` takes it. */
  readonly spec: string
  /** The same for `--relay`, when there is a relay. */
  readonly relaySpec: string | undefined
  /** What it has logged so far. */
  log(): string
  stop(): Promise<void>
}

export interface DhtBootstrapOptions {
  /** The address under which others reach it; it listens on all. */
  readonly host?: string
  readonly ipv6?: boolean
  /** The network namespace to run in. */
  readonly netns?: string
}

export interface BootstrapdOptions extends DhtBootstrapOptions {
  /** A free one unless given; in a network namespace 33445. */
  readonly udpPort?: number
  /** The relay's TCP ports, or true for a free one. */
  readonly tcpRelay?: boolean | readonly number[]
  readonly lanDiscovery?: boolean
  readonly motd?: string
  /** The file with its key pair, created if missing: a node that starts with it again is the same node. */
  readonly keys?: string
  /** Nodes to join. */
  readonly bootstrap?: readonly NodeAddress[]
}

const START_TIMEOUT_MS = 10_000
const STOP_TIMEOUT_MS = 3_000
const DEFAULT_PORT = 33445

/** Starts tox-bootstrapd, by default IPv4 on 127.0.0.1 without a TCP relay. */
export async function startBootstrapd(
  build: CtoxBuild,
  options: BootstrapdOptions = {},
): Promise<BootstrapNode> {
  const { host = '127.0.0.1', netns } = options
  const port = options.udpPort ?? (netns === undefined ? await freeUdpPort() : DEFAULT_PORT)
  const tcpPorts = await relayPorts(options)
  const dir = mkdtempSync(join(tmpdir(), 'tox-bootstrapd-'))
  const config = join(dir, 'config')
  writeFileSync(config, configText(dir, port, tcpPorts, options))

  const argv = build.program('tox-bootstrapd', '--foreground', '--log-backend', 'stdout', '--config', config)
  const daemon = await start(argv, dir, netns, /Public Key: (?<publicKey>[0-9A-F]{64})\s/)
  return node(daemon, host, port, tcpPorts)
}

/**
 * Starts DHT_bootstrap. It takes the first free UDP port from 33445 on, is a TCP relay on 443, 3389 and 33445 where
 * these are free, and looks for others by LAN discovery: at its best in a network namespace.
 */
export async function startDhtBootstrap(
  build: CtoxBuild,
  options: DhtBootstrapOptions = {},
): Promise<BootstrapNode> {
  const { host = '127.0.0.1', ipv6 = false, netns } = options
  const dir = mkdtempSync(join(tmpdir(), 'dht-bootstrap-'))
  const argv = build.program('DHT_bootstrap', ipv6 ? '--ipv6' : '--ipv4')
  const said = /Public key: (?<publicKey>[0-9A-F]{64})\s+Port: (?<port>\d+)\s/
  const daemon = await start(argv, dir, netns, said)
  return node(daemon, host, Number(daemon.said.port), [443, 3389, DEFAULT_PORT])
}

async function relayPorts({ tcpRelay = false, netns }: BootstrapdOptions): Promise<readonly number[]> {
  if (typeof tcpRelay !== 'boolean') return tcpRelay
  if (!tcpRelay) return []
  return [netns === undefined ? await freeTcpPort() : DEFAULT_PORT]
}

function configText(
  dir: string,
  port: number,
  tcpPorts: readonly number[],
  options: BootstrapdOptions,
): string {
  const { ipv6 = false, lanDiscovery = false, motd = 'interop', bootstrap = [] } = options
  const { keys = join(dir, 'keys') } = options
  const nodes = bootstrap.map(
    ({ host, port, publicKey }) => `{ address = "${host}"; port = ${port}; public_key = "${publicKey}" }`,
  )
  return `
port = ${port}
keys_file_path = "${keys}"
pid_file_path = "${join(dir, 'pid')}"
enable_ipv6 = ${ipv6}
enable_ipv4_fallback = true
enable_lan_discovery = ${lanDiscovery}
enable_tcp_relay = ${tcpPorts.length > 0}
tcp_relay_ports = [${tcpPorts.join(', ')}]
enable_motd = true
motd = ${JSON.stringify(motd)}
bootstrap_nodes = ( ${nodes.join(', ')} )
`
}

interface Daemon {
  readonly pid: number
  readonly said: Readonly<Record<string, string>>
  log(): string
  stop(): Promise<void>
}

/** Runs a daemon until its output matches `said`, whose named groups are what we want to know. */
async function start(argv: string[], dir: string, netns: string | undefined, said: RegExp): Promise<Daemon> {
  // stdbuf: without a terminal the C library would keep the daemon's lines to itself until it ends. setpriv: when we
  // are killed, the daemon has no end of input to notice it by.
  const prepared = ['setpriv', '--pdeathsig', 'KILL', 'stdbuf', '-oL', ...argv]
  const [command = '', ...args] = netns === undefined ? prepared : ['ip', 'netns', 'exec', netns, ...prepared]
  const child = spawn(command, args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] })
  const forget = onExit(() => {
    child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  })
  const closed = new Promise<void>(resolve => {
    child.once('close', () => {
      forget()
      rmSync(dir, { recursive: true, force: true })
      resolve()
    })
  })
  let output = ''
  const stop = async () => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await closed
    clearTimeout(timer)
  }

  const groups = await new Promise<Record<string, string>>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${argv.join(' ')}: ${why}\n${output}`))
    const timer = setTimeout(() => {
      stop()
      fail(`said nothing of itself in ${START_TIMEOUT_MS} ms`)
    }, START_TIMEOUT_MS)
    const read = (text: string) => {
      output += text
      const match = said.exec(output)
      if (!match?.groups) return
      clearTimeout(timer)
      resolve(match.groups)
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.once('error', error => fail(error.message))
    child.once('close', code => {
      clearTimeout(timer)
      fail(`ended with exit code ${code}`)
    })
  })
  return { pid: child.pid ?? 0, said: groups, log: () => output, stop }
}

function node(daemon: Daemon, host: string, port: number, tcpPorts: readonly number[]): BootstrapNode {
  const publicKey = daemon.said.publicKey ?? ''
  const named = host.includes(':') ? `[${host}]` : host
  return {
    host,
    port,
    publicKey,
    tcpPorts,
    pid: daemon.pid,
    spec: `${named}:${port}:${publicKey}`,
    relaySpec: tcpPorts.length > 0 ? `${named}:${tcpPorts[0]}:${publicKey}` : undefined,
    log: daemon.log,
    stop: daemon.stop,
  }
}
