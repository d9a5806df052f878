// Whole peers in a simulated network: a seed that is printed replays each run.
import { encodeToxId, fromUtf8, utf8 } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isOnline, SimNetwork, type SimPeer, say } from './sim-network.ts'

const SEED = Number(process.env.SIM_SEED ?? 20261120)
console.log(`SEED ${SEED} (SIM_SEED replays another)`)
const SECOND = 1000

function network(
  options: { loss?: number; jitter?: number; reordering?: number; duplication?: number } = {},
) {
  const network = new SimNetwork({ seed: SEED, link: { latency: 20, jitter: 5, ...options } })
  for (let i = 0; i < 8; i++) {
    const node = network.addNode({ name: `node${i}` })
    if (i > 0) network.join(node, network.nodes[0]!)
  }
  network.sim.run(10 * SECOND)
  return network
}

function join(network: SimNetwork, peer: SimPeer): void {
  for (const node of network.nodes.slice(0, 2)) network.join(peer, node)
}

test('a friend request by Tox ID, its acceptance, and a conversation', () => {
  const net = network()
  const alice = net.addPeer({ name: 'alice' })
  const bob = net.addPeer({ name: 'bob' })
  join(net, alice)
  join(net, bob)
  const address = encodeToxId({ publicKey: bob.publicKey, nospam: bob.nospam })
  alice.host.do(now => alice.stack.do(now, messenger => messenger.friendAdd(now, address, utf8('hello'))))
  const request = () => bob.events.find(event => event.type === 'friend_request')
  assert.ok(
    net.sim.runUntil(() => request() !== undefined, 60 * SECOND),
    'no friend request',
  )
  const { publicKey, message } = request() as { publicKey: Uint8Array; message: Uint8Array }
  assert.equal(publicKey, alice.publicKey)
  assert.is(fromUtf8(message), 'hello')
  bob.host.do(now => bob.stack.do(now, messenger => messenger.friendAddNorequest(now, publicKey)))
  assert.ok(
    net.sim.runUntil(() => isOnline(alice) && isOnline(bob), 60 * SECOND),
    'not online',
  )
  const id = say(alice, 'are you there?')
  const receipt = () =>
    alice.events.some(event => event.type === 'friend_read_receipt' && event.messageId === id)
  assert.ok(net.sim.runUntil(receipt, 5 * SECOND), 'no receipt')
  assert.equal(texts(bob), ['are you there?'])
})

test('a request with the wrong nospam is not shown', () => {
  const net = network()
  const alice = net.addPeer({ name: 'alice' })
  const bob = net.addPeer({ name: 'bob' })
  join(net, alice)
  join(net, bob)
  const nospam = Uint8Array.from(bob.nospam, byte => byte ^ 1)
  const address = encodeToxId({ publicKey: bob.publicKey, nospam })
  alice.host.do(now => alice.stack.do(now, messenger => messenger.friendAdd(now, address, utf8('spam'))))
  net.sim.run(60 * SECOND)
  assert.not.ok(bob.events.some(event => event.type === 'friend_request'))
})

test('30 % loss, reordering and duplication lose, double or reorder no message', () => {
  const count = 2000
  const net = network({ loss: 0.3, jitter: 30, reordering: 0.2, duplication: 0.1 })
  const alice = net.addPeer({ name: 'alice' })
  const bob = net.addPeer({ name: 'bob' })
  join(net, alice)
  join(net, bob)
  assert.ok(net.befriend(alice, bob, 300 * SECOND), 'not online')
  for (let i = 0; i < count; i++) {
    say(alice, `a${i}`)
    say(bob, `b${i}`)
  }
  const arrived = () => texts(alice).length >= count && texts(bob).length >= count
  assert.ok(
    net.sim.runUntil(arrived, 600 * SECOND),
    `${texts(alice).length} and ${texts(bob).length} of ${count}`,
  )
  net.sim.run(10 * SECOND)
  assert.equal(
    texts(bob),
    Array.from({ length: count }, (_, i) => `a${i}`),
  )
  assert.equal(
    texts(alice),
    Array.from({ length: count }, (_, i) => `b${i}`),
  )
})

test('two peers behind port-restricted NATs connect by hole punching', () => {
  const net = network()
  const alice = net.addPeer({ name: 'alice', nat: net.sim.addNat() })
  const bob = net.addPeer({ name: 'bob', nat: net.sim.addNat() })
  join(net, alice)
  join(net, bob)
  assert.ok(net.befriend(alice, bob, 300 * SECOND), 'not online')
  say(alice, 'through the hole')
  assert.ok(net.sim.runUntil(() => texts(bob).length === 1, 5 * SECOND))
})

test('a friend that leaves is offline at once, one that vanishes after 32 s', () => {
  const net = network()
  const [alice, bob] = [net.addPeer({ name: 'alice' }), net.addPeer({ name: 'bob' })]
  join(net, alice)
  join(net, bob)
  assert.ok(net.befriend(alice, bob, 60 * SECOND))
  bob.host.plugged = false
  const offline = () => !isOnline(alice)
  assert.not.ok(net.sim.runUntil(offline, 20 * SECOND), 'c-toxcore waits for FRIEND_CONNECTION_TIMEOUT')
  assert.ok(net.sim.runUntil(offline, 15 * SECOND))
  bob.host.plugged = true
  assert.ok(
    net.sim.runUntil(() => isOnline(alice) && isOnline(bob), 120 * SECOND),
    'they find each other again',
  )
  bob.host.do(now => bob.stack.leave(now))
  assert.ok(net.sim.runUntil(offline, 1 * SECOND))
})

test('same seed, same log', () => {
  const digest = () => {
    const net = network({ loss: 0.1 })
    const [alice, bob] = [net.addPeer({ name: 'alice' }), net.addPeer({ name: 'bob' })]
    join(net, alice)
    join(net, bob)
    net.befriend(alice, bob, 60 * SECOND)
    return net.sim.log.digest
  }
  assert.is(digest(), digest())
})

test.run()

function texts(peer: SimPeer): string[] {
  return peer.events.flatMap(event => (event.type === 'friend_message' ? [fromUtf8(event.message)] : []))
}
