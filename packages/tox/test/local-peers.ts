// Our peers in this process, over real sockets of the loopback interface.
import { toHex } from '@ts-toxcore/core'
import {
  BootstrapNode,
  createNodeRandom,
  type NodeToxOptions,
  Tox,
  type ToxEventName,
  type ToxEvents,
} from 'ts-toxcore/node'
import * as assert from 'uvu/assert'
import { testCrypto } from '../../core/test/test-crypto.ts'

export const crypto = testCrypto()

export async function withTox(
  run: (tox: Tox) => Promise<void> | void,
  options: NodeToxOptions = {},
): Promise<void> {
  const tox = await Tox.create({ port: 0, crypto, ...options })
  try {
    await run(tox)
  } finally {
    await tox.kill()
  }
}

export function once<N extends ToxEventName>(
  tox: Tox,
  name: N,
  wanted: (event: ToxEvents[N]) => boolean = () => true,
): Promise<ToxEvents[N]> {
  return new Promise(resolve => {
    const unsubscribe = tox.on(name, event => {
      if (!wanted(event)) return
      unsubscribe()
      resolve(event)
    })
  })
}

export function startNode(ipv6 = false): Promise<BootstrapNode> {
  return BootstrapNode.start({
    ports: [0, 0],
    ipv6,
    keyPair: crypto.keyPair(createNodeRandom()),
    motd: 'test',
    crypto,
  })
}

/** Two peers that are friends, number 0 to each other, by way of a bootstrap node; ended afterwards. */
export async function withFriends(
  run: (alice: Tox, bob: Tox) => Promise<void>,
  host = '127.0.0.1',
): Promise<void> {
  const node = await startNode(host.includes(':'))
  const options = {
    port: 0,
    crypto,
    ipv6: host.includes(':'),
    bootstrap: [{ host, port: node.port, publicKey: toHex(node.publicKey) }],
  }
  const [alice, bob] = await Promise.all([Tox.create(options), Tox.create(options)])
  try {
    bob.on('friend_request', ({ publicKey }) => void bob.friendAddNorequest(publicKey))
    const online = [alice, bob].map(tox =>
      once(tox, 'friend_connection_status', event => event.connectionStatus === 'udp'),
    )
    assert.is(alice.friendAdd(toHex(bob.selfAddress).toLowerCase(), 'Hello'), 0)
    await Promise.all(online)
    await run(alice, bob)
  } finally {
    await Promise.all([alice.kill(), bob.kill(), node.close()])
  }
}
