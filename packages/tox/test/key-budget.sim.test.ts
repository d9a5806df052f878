// A flood of packets from public keys that nobody has met: each would cost an X25519 before it shows to be noise.
import { Endpoint, KEYS_PER_SECOND, type SecretHandle } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SimNetwork, say } from './sim-network.ts'

const SECOND = 1000

test('the keys derived for strangers are bounded; friends and known nodes notice nothing', () => {
  const network = new SimNetwork({ seed: 9, link: { latency: 10 } })
  const { sim, crypto } = network
  const rate = KEYS_PER_SECOND[crypto.backend]
  let derived = 0
  const countStrangers = <Rest extends unknown[]>(
    secret: SecretHandle,
    publicKey: Uint8Array,
    open: (...rest: Rest) => boolean,
    rest: Rest,
  ): boolean => {
    if (!crypto.isCached(secret, publicKey)) derived++
    return open(...rest)
  }
  const { openBox, peelOnion } = crypto
  crypto.openBox = (...args) => countStrangers(args[0], args[1], openBox, args)
  crypto.peelOnion = (...args) => countStrangers(args[0], args[2].subarray(25, 57), peelOnion, args)

  for (let i = 0; i < 8; i++) {
    const node = network.addNode({ name: `node${i}` })
    if (i > 0) network.join(node, network.nodes[0]!)
  }
  const [alice, bob] = [network.addPeer({ name: 'alice' }), network.addPeer({ name: 'bob' })]
  for (const peer of [alice, bob]) for (const node of network.nodes.slice(0, 2)) network.join(peer, node)
  assert.ok(network.befriend(alice, bob, 60 * SECOND))
  sim.run(10 * SECOND)
  const { goodCloseNodes } = alice.stack.node.dht.stats

  const random = sim.random.fork('strangers')
  const from = Endpoint.parse('203.0.113.7', 33445)!
  /** Everything that a stranger may send, of the right size. The key is at [1, 33), and for some at [25, 57) or [33, 65). */
  const packets = [
    [0x00, 82],
    [0x02, 113],
    [0x20, 200],
    [0x80, 500],
    [0x81, 500],
    [0x82, 500],
    [0x83, 1 + 24 + 32 + 16 + 104 + 177],
    [0x86, 400],
  ].map(([kind, size]) => new Uint8Array(size!).fill(kind!, 0, 1))
  const flood = () => {
    for (const packet of packets) {
      random.fill(packet.subarray(1))
      if (packet[0] === 0x20) packet.set(alice.stack.dhtPublicKey, 1)
      alice.host.do(now => alice.stack.handleDatagram(now, from, packet))
    }
  }
  derived = 0
  const began = sim.now
  const id = say(alice, 'do you hear me?')
  const isRead = () =>
    alice.events.some(event => event.type === 'friend_read_receipt' && event.messageId === id)
  for (let step = 0; step < 50; step++) {
    for (let i = 0; i < rate / 50; i++) flood()
    sim.run(20)
    if (step === 5) assert.ok(isRead(), 'no receipt')
  }
  const seconds = (sim.now - began) / SECOND
  // All hosts count, but for what they ask of each other they have the keys.
  assert.ok(derived <= rate * (1 + seconds) + 50, `${derived} keys in ${seconds} s`)
  const { dht, onion_relay, announce_store, onion_client } = alice.stack.dropped
  for (const dropped of [dht, onion_relay, announce_store, onion_client]) {
    assert.ok(dropped!.key_budget! > 100, JSON.stringify(alice.stack.dropped))
  }
  sim.run(120 * SECOND)
  assert.ok(alice.stack.node.dht.stats.goodCloseNodes >= goodCloseNodes)
  assert.is(alice.events.filter(event => event.type === 'friend_connection_status').length, 1)
})

test.run()
