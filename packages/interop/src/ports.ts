import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/**
 * A UDP port that nobody has on any IPv4 address: the Tox programs bind the wildcard address, so that it is not
 * enough for a port to be free on 127.0.0.1.
 */
export function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, '0.0.0.0', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}

/** The same for TCP. */
export function freeTcpPort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '0.0.0.0', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()))
    })
  })
}
