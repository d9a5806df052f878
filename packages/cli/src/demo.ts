import { toHex } from '@ts-toxcore/core'
import {
  BootstrapNode,
  createNodeCrypto,
  createNodeRandom,
  Tox,
  type ToxEventName,
  type ToxEvents,
} from 'ts-toxcore/node'
import type { Command } from './command.ts'
import { untilStopped } from './signals.ts'
import { MAX_MESSAGE_SIZE, printable, splitText } from './text.ts'
import { parseOptions } from './usage.ts'

const NODES = 4
/** More than enough for a slow machine; a demonstration that hangs helps nobody. */
const STEP_TIMEOUT_MS = 45_000

const BACKEND_NAMES: Readonly<Record<Tox['crypto']['backend'], string>> = {
  js: 'JavaScript',
  wasm: 'WebAssembly',
  'wasm-relaxed': 'WebAssembly with relaxed SIMD',
}

export const demoCommand: Command = {
  summary: 'a whole local Tox network and two peers that talk on it',
  help: `Usage: tox demo [--json]

Starts ${NODES} DHT nodes and two peers on this machine (UDP on the loopback interface, no other network needed) and shows
them finding each other, becoming friends and chatting. On a terminal it then stays up for others to join.

  --json   the steps as JSON, one object a line`,

  async run(args) {
    const { json } = parseOptions(args, { json: { type: 'boolean', default: false } })
    const began = performance.now()
    const say = (text: string, fields: object = {}) => {
      const ms = Math.round(performance.now() - began)
      console.log(json ? JSON.stringify({ ms, step: text, ...fields }) : `${`${ms}`.padStart(6)} ms  ${text}`)
    }

    const nodes = await startNetwork()
    const [first] = nodes
    say(`${nodes.length} DHT nodes are up`, { ports: nodes.map(node => node.port) })
    const bootstrap = [{ host: '127.0.0.1', port: first!.port, publicKey: first!.publicKey }]
    const alice = await Tox.create({ port: 0, bootstrap })
    const bob = await Tox.create({ port: 0, bootstrap })
    alice.selfSetName('Alice')
    bob.selfSetName('Bob')
    const { backend } = alice.crypto
    say(`the cryptography is ${BACKEND_NAMES[backend]}`, { backend })
    try {
      await converse(alice, bob, say)
      say('done')
      if (!json && process.stdin.isTTY && process.stdout.isTTY && !process.env.CI)
        await stayUp(alice, bob, first!)
    } finally {
      await Promise.all([alice.kill(), bob.kill(), ...nodes.map(node => node.close())])
    }
    return 0
  },
}

async function startNetwork(): Promise<BootstrapNode[]> {
  const crypto = createNodeCrypto()
  const random = createNodeRandom()
  const nodes: BootstrapNode[] = []
  for (let i = 0; i < NODES; i++) {
    const keyPair = crypto.keyPair(random)
    const node = await BootstrapNode.start({
      ports: [0, 0],
      ipv6: true,
      keyPair,
      motd: 'ts-toxcore demo',
      crypto,
    })
    const [first] = nodes
    if (first !== undefined) await node.bootstrap('127.0.0.1', first.port, first.publicKey)
    nodes.push(node)
  }
  return nodes
}

type Say = (text: string) => void

async function converse(alice: Tox, bob: Tox, say: Say): Promise<void> {
  say(`Alice is ${toHex(alice.selfAddress)}`)
  say(`Bob is   ${toHex(bob.selfAddress)}`)
  bob.on('friend_request', ({ publicKey, message }) => {
    say(`Bob gets a friend request: “${printable(message)}”, and accepts it`)
    bob.friendAddNorequest(publicKey)
  })
  const request = next(bob, 'friend_request')
  const connected = [alice, bob].map(tox =>
    next(tox, 'self_connection_status', event => event.connectionStatus !== 'none'),
  )
  const online = [alice, bob].map(tox =>
    next(tox, 'friend_connection_status', event => event.connectionStatus !== 'none'),
  )
  const friend = alice.friendAdd(bob.selfAddress, 'Hello Bob, it is Alice.')
  say('Alice sends Bob a friend request by his Tox ID')

  await Promise.all([
    connected[0]!.then(() => say('Alice is connected: her announcement is stored, her friends can find her')),
    connected[1]!.then(() => say('Bob is connected')),
    request,
    online[0]!.then(() => say('Alice sees Bob online')),
    online[1]!.then(() => say('Bob sees Alice online')),
  ])
  await exchange(alice, friend, 'Alice', bob, 'Bob', 'Did this take a server?', say)
  await exchange(bob, 0, 'Bob', alice, 'Alice', 'No. You found me through the DHT and the onion.', say)
}

async function exchange(
  from: Tox,
  friend: number,
  fromName: string,
  to: Tox,
  toName: string,
  text: string,
  say: Say,
): Promise<void> {
  const arrived = next(to, 'friend_message').then(({ message }) =>
    say(`${toName} reads: “${printable(message)}”`),
  )
  // A receipt may come before its id is known to us, so any receipt is looked at.
  const receipts: number[] = []
  const unsubscribe = from.on('friend_read_receipt', ({ messageId }) => receipts.push(messageId))
  const id = from.friendSendMessage(friend, 'normal', text)
  say(`${fromName} writes: “${text}”`)
  if (!receipts.includes(id)) await next(from, 'friend_read_receipt', event => event.messageId === id)
  unsubscribe()
  await arrived
  say(`${fromName} has the receipt`)
}

/** The next such event; rejects when it does not come in time. */
function next<N extends ToxEventName>(
  tox: Tox,
  name: N,
  wanted: (event: ToxEvents[N]) => boolean = () => true,
): Promise<ToxEvents[N]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unsubscribe()
      reject(new Error(`no ${name} within ${STEP_TIMEOUT_MS / 1000} s`))
    }, STEP_TIMEOUT_MS)
    const unsubscribe = tox.on(name, event => {
      if (!wanted(event)) return
      clearTimeout(timer)
      unsubscribe()
      resolve(event)
    })
  })
}

async function stayUp(alice: Tox, bob: Tox, node: BootstrapNode): Promise<void> {
  console.log(`
The network stays up. Join it from another terminal, and write to Alice or Bob (they echo):

  npx tox chat --profile /tmp/me.tox --bootstrap 127.0.0.1:${node.port}:${toHex(node.publicKey)}
  /add ${toHex(alice.selfAddress)}

Ctrl-C stops it.`)
  // Bob has been accepting whoever asks since the beginning.
  alice.on('friend_request', ({ publicKey }) => void alice.friendAddNorequest(publicKey))
  for (const [tox, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    tox.on('friend_message', ({ friendNumber, message }) => {
      // Echoes of echoes would never end.
      if (Buffer.compare(tox.friendPublicKey(friendNumber), other.selfPublicKey) === 0) return
      const [echo] = splitText(`You said: ${message}`, MAX_MESSAGE_SIZE)
      tox.friendSendMessage(friendNumber, 'normal', echo!)
    })
  }
  await untilStopped()
}
