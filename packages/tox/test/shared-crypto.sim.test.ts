// Peers of one process may share a Crypto: its memory, which is handed out in views, and its places for keys.
import { utf8 } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withShortLivedViews } from '../../core/test/short-lived-views.ts'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { type ToxEvent, toToxEvent } from '../src/events.ts'
import { SimNetwork } from './sim-network.ts'

const SEED = Number(process.env.SIM_SEED ?? 20261120)
console.log(`SEED ${SEED} (SIM_SEED replays another)`)
const SECOND = 1000
const PACKETS = 1000
const [TEXT, LOSSLESS, LOSSY] = [0x61, 160, 200]
const PAIRS = 25

test('nobody looks at a view of the Crypto after its time, and events own their bytes', () => {
  const crypto = withShortLivedViews(testCrypto())
  const network = new SimNetwork({ seed: SEED, link: { latency: 10, jitter: 10, loss: 0.05 } }, crypto)
  for (let i = 0; i < 6; i++) {
    const node = network.addNode({ name: `node${i}` })
    if (i > 0) network.join(node, network.nodes[0]!)
  }
  const [alice, bob] = [network.addPeer({ name: 'alice' }), network.addPeer({ name: 'bob' })]
  for (const peer of [alice, bob]) for (const node of network.nodes.slice(0, 2)) network.join(peer, node)
  assert.ok(network.befriend(alice, bob, 120 * SECOND))

  // As the stack gives them: bytes are not copied for the test.
  const kept: { data: Uint8Array; of: string }[] = []
  const { poll } = bob.stack
  bob.stack.poll = () => {
    const output = poll.call(bob.stack)
    if (output?.type === 'friend_lossless_packet' || output?.type === 'friend_lossy_packet')
      kept.push({ data: output.data, of: output.type })
    if (output?.type === 'friend_message') kept.push({ data: output.message, of: output.type })
    return output
  }
  const payload = (kind: number, i: number) => {
    const bytes = utf8(` ${i}`.repeat(1 + (i % 200)))
    bytes[0] = kind
    return bytes
  }
  for (let i = 0; i < PACKETS; i++) {
    alice.host.do(now =>
      alice.stack.do(now, messenger => {
        messenger.friendSendMessage(now, 0, 'normal', payload(TEXT, i))
        messenger.friendSendLosslessPacket(now, 0, payload(LOSSLESS, i))
        messenger.friendSendLossyPacket(now, 0, payload(LOSSY, i))
      }),
    )
    if (i % 8 === 0) network.sim.run(5)
  }
  network.sim.run(30 * SECOND)
  const of = (type: string) => kept.filter(item => item.of === type).map(({ data }) => String(data))
  const sent = (kind: number) => Array.from({ length: PACKETS }, (_, i) => String(payload(kind, i)))
  assert.equal(of('friend_message'), sent(TEXT))
  assert.equal(of('friend_lossless_packet'), sent(LOSSLESS))
  const lossy = new Set(sent(LOSSY))
  assert.ok(of('friend_lossy_packet').length > PACKETS / 2)
  for (const data of of('friend_lossy_packet')) assert.ok(lossy.has(data))
})

test('what users do to the bytes of an event is nothing to the peer', () => {
  const network = new SimNetwork({ seed: SEED, link: { latency: 10 } })
  const node = network.addNode({ name: 'node' })
  const { host, stack } = network.addPeer({ name: 'alice' })
  const events: ToxEvent[] = []
  const poll = stack.poll.bind(stack)
  stack.poll = () => {
    const output = poll()
    if (output !== undefined && output.type !== 'datagram') events.push(toToxEvent(output))
    return output
  }
  host.do(now => stack.bootstrap(now, node.host.endpoint, node.publicKey))
  network.sim.run(SECOND)
  const named = events.find(event => event.type === 'dht_nodes_response')
  assert.equal(named?.publicKey, node.publicKey)
  named!.publicKey.fill(0)
  assert.equal(stack.node.dht.nodes(1)[0]!.publicKey, node.publicKey)
})

test(`${2 * PAIRS} peers that come and go, some in the midst of a handshake, need no more places than a few`, () => {
  const crypto = testCrypto({ secrets: 20, keys: 100, sessions: 2, cachedKeys: 400 })
  const network = new SimNetwork({ seed: SEED, link: { latency: 10 } }, crypto)
  for (let i = 0; i < 6; i++) {
    const node = network.addNode({ name: `node${i}` })
    if (i > 0) network.join(node, network.nodes[0]!)
  }
  network.sim.run(10 * SECOND)
  let met = 0
  for (let i = 0; i < PAIRS; i++) {
    const [alice, bob] = [network.addPeer({ name: `alice${i}` }), network.addPeer({ name: `bob${i}` })]
    for (const peer of [alice, bob]) for (const node of network.nodes.slice(0, 2)) network.join(peer, node)
    if (network.befriend(alice, bob, 20 + 160 * i)) met++
    for (const { host, stack } of [alice, bob]) {
      if (i % 2 === 0) host.do(now => stack.leave(now))
      host.stop()
      stack.dispose()
    }
  }
  assert.ok(met > 5 && met < PAIRS, `${met} pairs met`)
})

test.run()
