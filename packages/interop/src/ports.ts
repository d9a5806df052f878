import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** Where Tox peers look for a port, from the first on: one that is free now may be a peer's in a moment. */
const TOX_PORTS: readonly [from: number, to: number] = [33445, 33545]

/** Handed out once each: between our closing a port and the program's binding it the system may offer it again. */
const handedOut = new Set<number>()

/**
 * A UDP port that nobody has on any IPv4 address: the Tox programs bind the wildcard address, so that it is not
 * enough for a port to be free on 127.0.0.1.
 */
export function freeUdpPort(): Promise<number> {
  return firstNew(anyUdpPort)
}

/** The same for TCP. */
export function freeTcpPort(): Promise<number> {
  return firstNew(anyTcpPort)
}

async function firstNew(any: () => Promise<number>): Promise<number> {
  for (;;) {
    const port = await any()
    if ((port >= TOX_PORTS[0] && port <= TOX_PORTS[1]) || handedOut.has(port)) continue
    handedOut.add(port)
    return port
  }
}

function anyUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, '0.0.0.0', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}

function anyTcpPort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '0.0.0.0', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()))
    })
  })
}
