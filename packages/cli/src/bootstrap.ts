import { type KeyPair, SECRET_KEY_SIZE, toHex, wipe } from '@ts-toxcore/core'
import { BootstrapNode, createNodeCrypto, createNodeRandom } from 'ts-toxcore/node'
import type { Command } from './command.ts'
import { ProfileFile } from './profile-file.ts'
import { untilStopped } from './signals.ts'
import { type LaterOptions, parseNode, parseOptions, parsePorts, UsageError } from './usage.ts'

const DEFAULT_PORT = 33445
/** One byte of the packet's 256 ends the text. */
const MAX_MOTD_SIZE = 255

const LATER: LaterOptions = {
  'tcp-port': { type: 'string', why: 'this version has no relays yet' },
  'ws-port': { type: 'string', why: 'this version has no relays yet' },
}

export const bootstrapCommand: Command = {
  summary: 'run a bootstrap node',
  help: `Usage: tox bootstrap [OPTION…]

Runs a node of the DHT that others join the network by: it answers, relays onion packets and stores announcements.

  --udp-port N or N-M      UDP port (0: any), or a range to take the first free one of (default ${DEFAULT_PORT})
  --keys FILE              the node's key pair, 64 bytes as tox-bootstrapd keeps it; created if missing.
                           Without it the node has a new key at every start
  --motd TEXT              message of the day, at most ${MAX_MOTD_SIZE} bytes
  --bootstrap HOST:PORT:KEYHEX   join the network of this node (repeatable)
  --no-ipv6                IPv4 only
  --json                   one JSON object a line instead of text: {"type":"ready","public_key","udp_port"} and, at the
                           end, {"type":"stopped"} with what has been counted

SIGINT and SIGTERM stop it.`,

  async run(args) {
    const options = parseOptions(
      args,
      {
        'udp-port': { type: 'string', default: String(DEFAULT_PORT) },
        keys: { type: 'string' },
        motd: { type: 'string', default: 'ts-toxcore' },
        bootstrap: { type: 'string', multiple: true, default: [] },
        'no-ipv6': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      LATER,
    )
    const ports = parsePorts('--udp-port', options['udp-port'])
    const nodes = options.bootstrap.map(text => parseNode('--bootstrap', text))
    if (Buffer.byteLength(options.motd) > MAX_MOTD_SIZE) {
      throw new UsageError(
        `--motd: expected at most ${MAX_MOTD_SIZE} bytes, got ${Buffer.byteLength(options.motd)}`,
      )
    }
    const stopped = untilStopped()
    const keyPair = await keysFrom(options.keys)
    const node = await BootstrapNode.start({ ports, ipv6: !options['no-ipv6'], keyPair, motd: options.motd })
    wipe(keyPair.secretKey)
    const publicKey = toHex(node.publicKey)
    if (options.json)
      console.log(JSON.stringify({ type: 'ready', public_key: publicKey, udp_port: node.port }))
    else console.log(`public key ${publicKey}\nUDP port ${node.port}`)

    for (const { host, port, publicKey } of nodes) {
      // One dead node must not keep this one from serving.
      node.bootstrap(host, port, publicKey).catch((error: Error) => console.error(`tox: ${error.message}`))
    }
    await stopped
    if (options.json) console.log(JSON.stringify({ type: 'stopped', ...node.stats }))
    await node.close()
    return 0
  },
}

/** tox-bootstrapd's key file: public key, then secret key. A damaged file is an error, never replaced. */
async function keysFrom(path: string | undefined): Promise<KeyPair> {
  const crypto = createNodeCrypto()
  if (path === undefined) return crypto.keyPair(createNodeRandom())
  const file = await ProfileFile.at(path)
  const bytes = await file.read()
  if (bytes === undefined) {
    const pair = crypto.keyPair(createNodeRandom())
    await file.save(() => Uint8Array.from([...pair.publicKey, ...pair.secretKey]))
    return pair
  }
  if (bytes.length !== 2 * SECRET_KEY_SIZE) throw new Error(`${path}: expected 64 bytes, got ${bytes.length}`)
  const secretKey = Uint8Array.from(bytes.subarray(SECRET_KEY_SIZE))
  const publicKey = crypto.publicKey(secretKey)
  const matches = Buffer.compare(publicKey, bytes.subarray(0, SECRET_KEY_SIZE)) === 0
  wipe(bytes)
  if (!matches) throw new Error(`${path}: the public key does not belong to the secret key`)
  return { publicKey, secretKey }
}
