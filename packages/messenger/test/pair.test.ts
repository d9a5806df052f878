import { SECOND, utf8 } from '@ts-toxcore/core'
import type { MessengerOutput } from '@ts-toxcore/messenger'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Peer, World } from './pair.ts'
import { refused } from './rig.ts'

const status = (connectionStatus: 'none' | 'udp') => ({
  type: 'friend_connection_status',
  friendNumber: 0,
  connectionStatus,
})

function friends(): { world: World; alice: Peer; bob: Peer } {
  const world = new World()
  const alice = world.join(1, 101)
  const bob = world.join(2, 102)
  alice.messenger.friendAddNorequest(world.now, bob.publicKey)
  bob.messenger.friendAddNorequest(world.now, alice.publicKey)
  world.settle()
  return { world, alice, bob }
}

test('request, acceptance, presence', () => {
  const world = new World()
  const alice = world.join(1, 101)
  const bob = world.join(2, 102)
  alice.messenger.setName(world.now, utf8('Alice'))
  assert.is(alice.messenger.friendAdd(world.now, bob.address, utf8('hello')), 0)
  world.wait(SECOND)
  assert.equal(bob.take(), [{ type: 'friend_request', publicKey: alice.publicKey, message: utf8('hello') }])
  world.wait(60 * SECOND)
  assert.equal(bob.take(), [], 'repetitions stay invisible')

  bob.messenger.friendAddNorequest(world.now, alice.publicKey)
  world.settle()
  assert.equal(bob.take(), [
    status('udp'),
    { type: 'friend_name', friendNumber: 0, name: utf8('Alice') },
    { type: 'friend_status_message', friendNumber: 0, message: utf8('') },
    { type: 'friend_status', friendNumber: 0, status: 'none' },
    { type: 'friend_typing', friendNumber: 0, typing: false },
  ])
  assert.equal(alice.take()[0], status('udp'))
  world.wait(600 * SECOND)
  assert.equal([alice.take(), bob.take()], [[], []], 'an idle friendship lasts')
})

test('messages of every size that is allowed', () => {
  const { world, alice, bob } = friends()
  bob.take()
  for (const size of [1, 1372]) {
    const message = new Uint8Array(size).fill(size)
    const id = alice.messenger.friendSendMessage(world.now, 0, 'normal', message)
    world.settle()
    assert.equal(bob.take(), [{ type: 'friend_message', friendNumber: 0, messageType: 'normal', message }])
    assert.equal(alice.take().at(-1), { type: 'friend_read_receipt', friendNumber: 0, messageId: id })
  }
  refused('FRIEND_SEND_MESSAGE_TOO_LONG', () =>
    alice.messenger.friendSendMessage(world.now, 0, 'normal', new Uint8Array(1373)),
  )
})

test('10,000 messages each way through short queues: none lost, doubled or reordered', () => {
  const { world, alice, bob } = friends()
  const total = 10_000
  const sent = new Map([
    [alice, 0],
    [bob, 0],
  ])
  const got = new Map<Peer, number[]>([
    [alice, []],
    [bob, []],
  ])
  const receipts = new Map<Peer, number[]>([
    [alice, []],
    [bob, []],
  ])
  alice.take()
  bob.take()
  let refusals = 0
  while ([alice, bob].some(peer => receipts.get(peer)!.length < total)) {
    for (const peer of [alice, bob]) {
      try {
        while (sent.get(peer)! < total) {
          peer.messenger.friendSendMessage(world.now, 0, 'normal', utf8(String(sent.get(peer))))
          sent.set(peer, sent.get(peer)! + 1)
        }
      } catch (error) {
        assert.is((error as { code?: string }).code, 'FRIEND_SEND_MESSAGE_SENDQ')
        refusals++
      }
    }
    world.settle()
    for (const peer of [alice, bob]) for (const event of peer.take()) record(peer, event)
  }
  function record(peer: Peer, event: MessengerOutput): void {
    if (event.type === 'friend_message') got.get(peer)!.push(Number(String.fromCharCode(...event.message)))
    if (event.type === 'friend_read_receipt') receipts.get(peer)!.push(event.messageId)
  }
  const expected = Array.from({ length: total }, (_, i) => i)
  for (const peer of [alice, bob]) {
    assert.equal(got.get(peer), expected)
    assert.equal(
      receipts.get(peer),
      expected.map(n => n + 1),
    )
  }
  assert.ok(refusals > 100, 'queues were full')
})

test('a peer that leaves cleanly is offline at once, and is found again after it restarts', () => {
  const { world, alice, bob } = friends()
  alice.take()
  world.part(bob, true)
  world.settle()
  assert.equal(alice.take(), [status('none')])

  world.wait(300 * SECOND)
  const again = world.join(2, 202, bob.messenger.snapshot())
  world.wait(2 * SECOND)
  assert.equal(alice.take()[0], status('udp'))
  assert.equal(again.take()[0], status('udp'))
})

test('a peer that crashes and comes back under a new DHT key is offline, then online', () => {
  const { world, alice, bob } = friends()
  alice.take()
  world.part(bob, false)
  world.join(2, 202, bob.messenger.snapshot())
  world.wait(2 * SECOND)
  assert.equal(
    alice.take().filter(event => event.type === 'friend_connection_status'),
    [status('none'), status('udp')],
  )
})

test('a friend who deleted us is offline for us', () => {
  const { world, alice, bob } = friends()
  alice.take()
  bob.messenger.friendDelete(world.now, 0)
  world.wait(100 * SECOND)
  assert.equal(alice.take(), [status('none')])
  assert.equal(alice.messenger.friendList(), [0])
})

test('custom packets pass', () => {
  const { world, alice, bob } = friends()
  bob.take()
  alice.messenger.friendSendLosslessPacket(world.now, 0, Uint8Array.of(191, 1, 2))
  alice.messenger.friendSendLossyPacket(world.now, 0, Uint8Array.of(254, 3))
  alice.messenger.friendSendLossyPacket(world.now, 0, Uint8Array.of(192, 4))
  world.settle()
  assert.equal(bob.take(), [
    { type: 'friend_lossless_packet', friendNumber: 0, data: Uint8Array.of(191, 1, 2) },
    { type: 'friend_lossy_packet', friendNumber: 0, data: Uint8Array.of(254, 3) },
  ])
})

test.run()
