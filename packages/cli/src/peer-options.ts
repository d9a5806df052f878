// The options that `tox rpc` and `tox chat` have in common.
import type { NodeToxOptions, Tox } from 'ts-toxcore/node'
import { type LaterOptions, parseNode, parseOptions, parsePorts } from './usage.ts'

const NO_RELAYS = 'this version has no relays yet'

const LATER: LaterOptions = {
  'no-udp': { type: 'boolean', why: `${NO_RELAYS}, so that it cannot do without UDP` },
  relay: { type: 'string', why: NO_RELAYS },
  ws: { type: 'string', why: NO_RELAYS },
  'tcp-port': { type: 'string', why: NO_RELAYS },
  proxy: { type: 'string', why: `${NO_RELAYS}, and UDP does not go through a proxy` },
  'password-file': { type: 'string', why: 'this version cannot open encrypted profiles yet' },
  downloads: { type: 'string', why: 'this version has no file transfers yet' },
}

export const PEER_OPTIONS_HELP = `\
  --port N or N-M                UDP port (0: any), or a range to take the first free one of (default 33445-33545)
  --bootstrap HOST:PORT:KEYHEX   join the network by this node (repeatable; an IPv6 address in brackets)
  --no-ipv6                      IPv4 only
  --no-local-discovery           do not look for peers on the local network (this version never does)
  TS_TOXCORE_CRYPTO              environment: the cryptography, js, wasm or wasm-relaxed (default: the fastest that runs)`

export interface PeerOptions {
  readonly profile: string | undefined
  readonly json: boolean
  readonly tox: NodeToxOptions
  /** Joins the network by the nodes that were given; one that cannot be found is complained of and left out. */
  join(tox: Tox, complain: (error: Error) => void): void
}

export function parsePeerOptions(args: string[]): PeerOptions {
  const options = parseOptions(
    args,
    {
      profile: { type: 'string' },
      port: { type: 'string' },
      bootstrap: { type: 'string', multiple: true, default: [] },
      'no-ipv6': { type: 'boolean', default: false },
      'no-local-discovery': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    LATER,
  )
  const nodes = options.bootstrap.map(text => parseNode('--bootstrap', text))
  return {
    profile: options.profile,
    json: options.json,
    tox: {
      ipv6: !options['no-ipv6'],
      ...(options.port === undefined ? {} : { port: parsePorts('--port', options.port) }),
    },
    join(tox, complain) {
      for (const { host, port, publicKey } of nodes) tox.bootstrap(host, port, publicKey).catch(complain)
    },
  }
}
