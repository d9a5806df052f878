import { type Crypto, expectInteger, ToxError } from '@ts-toxcore/core'
import { createNodeCrypto, createNodeRandom, nodeClock, openUdp, resolveHost } from './node-driver.ts'
import { type BootstrapAddress, createParts, type Platform, type ToxOptions, ToxPeer } from './tox.ts'

export { BootstrapNode, type BootstrapNodeOptions } from './bootstrap-node.ts'
export * from './index.ts'
export { createNodeCrypto, createNodeRandom } from './node-driver.ts'

/** c-toxcore's range: the first free port is taken. */
const DEFAULT_PORTS = [33445, 33545] as const

export interface NodeToxOptions extends ToxOptions {
  /** A UDP port (0: any free one) or a range of which the first free one is taken. Default 33445–33545. */
  readonly port?: number | readonly [from: number, to: number]
  /** Use IPv6 beside IPv4. Default true. */
  readonly ipv6?: boolean
  /** Many peers in one process may share one. Default: one of its own, the fastest that runs here. */
  readonly crypto?: Crypto
}

/** A Tox peer in Node: UDP by `node:dgram`. */
export class Tox extends ToxPeer {
  /**
   * Binds the UDP port and joins the network by the given nodes. Rejects with ToxError `NEW_PORT_ALLOC` if no port is
   * free, `NEW_LOAD_BAD_FORMAT` or `NEW_LOAD_ENCRYPTED` if the save cannot be read, and as `bootstrap` does; but of
   * hosts that cannot be resolved only if there are no others: lists of nodes are long, and some nodes are gone.
   */
  static async create(options: NodeToxOptions = {}): Promise<Tox> {
    const tox = new Tox(await createParts(nodePlatform(options), options))
    try {
      await joinBy(tox, options.bootstrap ?? [])
    } catch (error) {
      await tox.kill()
      throw error
    }
    return tox
  }
}

async function joinBy(tox: Tox, nodes: readonly BootstrapAddress[]): Promise<void> {
  const results = await Promise.allSettled(
    nodes.map(node => tox.bootstrap(node.host, node.port, node.publicKey)),
  )
  const failures = results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
  const mistake = failures.find(error => !(error instanceof ToxError) || error.code !== 'BOOTSTRAP_BAD_HOST')
  if (mistake) throw mistake
  if (failures.length > 0 && failures.length === nodes.length) throw failures[0]
}

function nodePlatform(options: NodeToxOptions): Platform {
  const ports = portRange(options.port)
  return {
    crypto: options.crypto ?? createNodeCrypto(),
    random: createNodeRandom(),
    clock: nodeClock,
    openTransport: onDatagram => openUdp({ ports, ipv6: options.ipv6 ?? true, onDatagram }),
    resolveHost,
  }
}

/** Checks a port or a range; throws RangeError or TypeError. */
export function portRange(port: NodeToxOptions['port']): readonly [from: number, to: number] {
  const [from, to] = typeof port === 'number' ? [port, port] : (port ?? DEFAULT_PORTS)
  expectInteger('port', from, 0, 0xffff)
  expectInteger('port', to, from, 0xffff)
  return [from, to]
}
