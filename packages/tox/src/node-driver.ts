import { randomFillSync } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import {
  type Crypto,
  createCrypto,
  Endpoint,
  expectBackend,
  type Instant,
  type Random,
  ToxError,
} from '@ts-toxcore/core'
import type { Clock, Transport } from './runner.ts'

/** Node's clock: the wall clock at start plus monotonic time. */
export const nodeClock: Clock = {
  now: (): Instant => performance.timeOrigin + performance.now(),
  after(delay, action) {
    // setTimeout rounds down and waits for at least 1 ms.
    if (delay <= 0) {
      const handle = setImmediate(action)
      return () => clearImmediate(handle)
    }
    const handle = setTimeout(action, Math.min(Math.ceil(delay), 0x7fffffff))
    return () => clearTimeout(handle)
  },
}

/** The operating system's generator, fetched a few kilobytes at a time: nonces are small and many. */
export function createNodeRandom(): Random {
  const pool = new Uint8Array(4096)
  let used = pool.length
  return {
    fill(bytes) {
      if (bytes.length > pool.length) {
        randomFillSync(bytes)
        return
      }
      if (used + bytes.length > pool.length) {
        randomFillSync(pool)
        used = 0
      }
      bytes.set(pool.subarray(used, used + bytes.length))
      // What was handed out must not stay behind: some of it becomes secret keys.
      pool.fill(0, used, used + bytes.length)
      used += bytes.length
    },
  }
}

/** The fastest cryptography that runs here, or what the environment variable TS_TOXCORE_CRYPTO names: js, wasm, wasm-relaxed. */
export function createNodeCrypto(): Crypto {
  const backend = process.env.TS_TOXCORE_CRYPTO || 'auto'
  expectBackend('TS_TOXCORE_CRYPTO', backend)
  return createCrypto({ backend })
}

export interface UdpOptions {
  /** The first free port of this range, both ends included; 0 lets the system choose. */
  readonly ports: readonly [from: number, to: number]
  /** One socket for both families; falls back to IPv4 where the machine has no IPv6. */
  readonly ipv6: boolean
  readonly onDatagram: (from: Endpoint, data: Uint8Array) => void
}

/** Opens a UDP socket. Throws ToxError `NEW_PORT_ALLOC` if no port of the range is free. */
export async function openUdp(options: UdpOptions): Promise<Transport & { readonly ipv6: boolean }> {
  const [from, to] = options.ports
  let ipv6 = options.ipv6
  for (let port = from; port <= to; port++) {
    try {
      return createTransport(await bind(port, ipv6), ipv6, options.onDatagram)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (ipv6 && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
        ipv6 = false
        port--
      } else if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    }
  }
  const tried = from === to ? `UDP port ${from} is` : `all UDP ports from ${from} to ${to} are`
  throw new ToxError('NEW_PORT_ALLOC', `${tried} in use, or not permitted`)
}

function bind(port: number, ipv6: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: ipv6 ? 'udp6' : 'udp4',
      recvBufferSize: SOCKET_BUFFER_SIZE,
      sendBufferSize: SOCKET_BUFFER_SIZE,
      // Addresses are literal here: without this every send would wait for a turn of the event loop.
      lookup: (host, _options, callback) => callback(null, host, ipv6 ? 6 : 4),
    })
    socket.once('error', error => {
      socket.close()
      reject(error)
    })
    socket.bind(port, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

/** Twice what c-toxcore asks for: it sends thousands of packets at once, and we take longer for each. Systems give less. */
const SOCKET_BUFFER_SIZE = 4 * 1024 * 1024
/** The largest datagram that any engine sends has 1400 bytes. */
const STAGING_SIZE = 2048
/** Endpoints are kept by address, because parsing one costs more than handling a packet. */
const MAX_KNOWN_ENDPOINTS = 4096

function createTransport(socket: Socket, ipv6: boolean, onDatagram: UdpOptions['onDatagram']) {
  const endpoints = new Map<string, Endpoint>()
  const port = socket.address().port
  // Packets come, and go, in rows.
  let lastRemote: RemoteInfo | undefined
  let lastFrom: Endpoint | undefined
  let lastTo: Endpoint | undefined
  let lastHost = ''
  let staging = Buffer.allocUnsafeSlow(STAGING_SIZE)
  let closed = false

  function endpointOf(remote: RemoteInfo): Endpoint | undefined {
    if (remote.port !== lastRemote?.port || remote.address !== lastRemote.address) {
      lastFrom = findEndpoint(remote)
      lastRemote = remote
    }
    return lastFrom
  }

  function findEndpoint({ address, port }: RemoteInfo): Endpoint | undefined {
    const key = `${address}|${port}`
    const known = endpoints.get(key)
    if (known !== undefined) return known
    const endpoint = Endpoint.parse(address, port)
    if (endpoint === undefined) return undefined
    if (endpoints.size >= MAX_KNOWN_ENDPOINTS) endpoints.clear()
    endpoints.set(key, endpoint)
    return endpoint
  }

  socket.on('message', (data, remote) => {
    const from = endpointOf(remote)
    // A plain Uint8Array, because slice() of a Buffer is no copy, and engines keep bytes by slice().
    if (from !== undefined) onDatagram(from, new Uint8Array(data.buffer, data.byteOffset, data.length))
  })
  // Unreachable hosts report errors here; UDP promises nothing, so they are as good as lost packets.
  socket.on('error', () => {})

  return {
    port,
    ipv6,
    send(to: Endpoint, data: Uint8Array) {
      // A hostile sender may have put port 0 on its datagram, and dgram throws when it is to send there.
      if (closed || to.port === 0 || (to.family === 6 && !ipv6)) return
      if (to !== lastTo) {
        lastTo = to
        lastHost = to.family === 4 && ipv6 ? `::ffff:${to.host}` : to.host
      }
      if (data.length > staging.length) return
      staging.set(data)
      // No callback: what cannot be sent is lost, and to be told so takes a turn of the event loop.
      socket.send(staging.subarray(0, data.length), to.port, lastHost)
      // Almost always the system has taken it by now. Otherwise this memory has to stay as it is.
      if (socket.getSendQueueCount() > 0) staging = Buffer.allocUnsafeSlow(STAGING_SIZE)
    },
    close() {
      if (closed) return Promise.resolve()
      closed = true
      return new Promise<void>(resolve => socket.close(resolve))
    },
  }
}

/** All addresses of a host name or IP literal. Throws ToxError `BOOTSTRAP_BAD_HOST` if there is none. */
export async function resolveHost(host: string, port: number, ipv6: boolean): Promise<Endpoint[]> {
  const literal = Endpoint.parse(host, port)
  if (literal !== undefined) {
    if (literal.family === 4 || ipv6) return [literal]
    throw new ToxError('BOOTSTRAP_BAD_HOST', `${host} is an IPv6 address, and this peer speaks IPv4 only`)
  }
  try {
    const found = await lookup(host, { all: true, verbatim: true, family: ipv6 ? 0 : 4 })
    return found
      .map(({ address }) => Endpoint.parse(address, port))
      .filter(endpoint => endpoint !== undefined)
  } catch (error) {
    throw new ToxError('BOOTSTRAP_BAD_HOST', `cannot resolve ${host}: ${(error as Error).message}`)
  }
}
