import { SECOND, utf8 } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, endpoint, key, Rig } from './rig.ts'

const FRIEND = key(1)
const DHT = key(1000)

function searching(): Rig {
  const rig = new Rig()
  rig.messenger.friendAddNorequest(rig.now, FRIEND)
  return rig
}

function connecting(): Rig {
  const rig = searching()
  rig.messenger.handleFriendDhtKey(rig.now, FRIEND, DHT)
  rig.messenger.handleFriendEndpoint(rig.now, DHT, endpoint(1))
  return rig
}

function connected(): Rig {
  const rig = connecting()
  rig.session({ type: 'established', id: 1 })
  rig.sessions.takeSent()
  rig.sessions.log.length = 0
  rig.finder.log.length = 0
  rig.locator.log.length = 0
  return rig
}

test('finder, then locator, then session', () => {
  const rig = searching()
  assert.equal(rig.finder.log, ['add 1'])
  rig.messenger.handleFriendDhtKey(rig.now, FRIEND, DHT)
  assert.equal(rig.locator.log, ['add 1000'])
  assert.equal(rig.sessions.log, [])
  rig.messenger.handleFriendEndpoint(rig.now, DHT, endpoint(1))
  assert.equal(rig.sessions.log, ['connect 1 1000 192.0.2.1:33445'])
  rig.session({ type: 'established', id: 1 })
  assert.equal(rig.finder.log, ['add 1', 'dhtKey 1 1000', 'online 1 true'])
  assert.equal(rig.sessions.takeSent(), ['10', '18'], 'ALIVE and ONLINE')
})

test('an address that the locator knows already is used at once', () => {
  const rig = searching()
  rig.locator.known.set(DHT, endpoint(4))
  rig.messenger.handleFriendDhtKey(rig.now, FRIEND, DHT)
  assert.equal(rig.sessions.log, ['connect 1 1000 192.0.2.4:33445'])
})

test('keys and addresses of strangers are ignored', () => {
  const rig = searching()
  rig.messenger.handleFriendDhtKey(rig.now, key(2), DHT)
  rig.messenger.handleFriendEndpoint(rig.now, key(3), endpoint(1))
  rig.messenger.handleFriendFound(rig.now, key(2))
  rig.session({ type: 'established', id: 77 })
  assert.equal([rig.locator.log, rig.sessions.log, rig.sessions.sent], [[], [], []])
})

test('ALIVE goes out every 8 seconds; 32 seconds of silence end the session', () => {
  const rig = connected()
  rig.wait(31 * SECOND)
  assert.equal(rig.sessions.takeSent(), ['10', '10', '10'])
  rig.data(1, 16)
  rig.wait(31 * SECOND)
  assert.equal(rig.sessions.log, [])
  rig.wait(SECOND)
  assert.is(rig.sessions.log[0], 'kill 1')
  assert.equal(rig.finder.log, ['online 1 false'])
})

test('any lossless packet is a sign of life', () => {
  const rig = connected()
  for (let i = 0; i < 10; i++) {
    rig.wait(20 * SECOND)
    rig.data(1, 64, 1)
  }
  assert.equal(rig.sessions.log, [])
})

test('an ALIVE packet that found no room is sent as soon as there is some', () => {
  const rig = connected()
  rig.sessions.room = 0
  rig.wait(9 * SECOND)
  rig.sessions.room = 9
  rig.session({ type: 'writable', id: 1 })
  assert.equal(rig.sessions.takeSent().slice(0, 1), ['10'])
})

test('a session that ends is opened again while key and address are fresh', () => {
  const rig = connected()
  rig.wait(5 * SECOND)
  rig.session({ type: 'closed', id: 1 })
  assert.equal(rig.finder.log, ['online 1 false'])
  assert.equal(rig.sessions.log, [], 'not before the queue is drained')
  rig.wait(0)
  assert.equal(rig.sessions.log, ['connect 1 1000 192.0.2.1:33445'])
})

test('attempts at a session are at least a second apart', () => {
  const rig = connecting()
  rig.session({ type: 'closed', id: 1 })
  rig.wait(999)
  assert.is(rig.sessions.log.length, 1)
  rig.wait(1)
  assert.is(rig.sessions.log.length, 2)
})

test('a key that nobody confirms is forgotten after 122 seconds, and so is an address', () => {
  const rig = connecting()
  rig.wait(122 * SECOND)
  assert.equal(rig.locator.log, ['add 1000', 'remove 1000'])
  rig.session({ type: 'closed', id: 1 })
  rig.wait(10 * SECOND)
  assert.is(rig.sessions.log.length, 1, 'nothing to connect to')
  rig.messenger.handleFriendDhtKey(rig.now, FRIEND, DHT)
  assert.is(rig.sessions.log.length, 1, 'the address is gone too')
  rig.messenger.handleFriendEndpoint(rig.now, DHT, endpoint(2))
  assert.is(rig.sessions.log.at(-1), 'connect 1 1000 192.0.2.2:33445')
})

test('a key that is confirmed stays; an address that the locator still knows, too', () => {
  const rig = connecting()
  rig.locator.known.set(DHT, endpoint(1))
  for (let i = 0; i < 10; i++) {
    rig.wait(100 * SECOND)
    rig.messenger.handleFriendDhtKey(rig.now, FRIEND, DHT)
  }
  assert.equal(rig.locator.log, ['add 1000'])
  rig.session({ type: 'closed', id: 1 })
  rig.wait(0)
  assert.is(rig.sessions.log.length, 2)
})

test('while connected nothing is forgotten; afterwards the key has 122 seconds more', () => {
  const rig = connected()
  for (let i = 0; i < 20; i++) {
    rig.wait(20 * SECOND)
    rig.data(1, 16)
  }
  assert.equal(rig.locator.log, [])
  rig.session({ type: 'closed', id: 1 })
  rig.wait(121 * SECOND)
  assert.equal(rig.locator.log, [])
  assert.equal(rig.sessions.log, [], 'the address was old')
  rig.wait(SECOND)
  assert.equal(rig.locator.log, ['remove 1000'])
})

test('when a session ends, the locator may know a fresh address', () => {
  const rig = connected()
  for (let i = 0; i < 20; i++) {
    rig.wait(20 * SECOND)
    rig.data(1, 16)
  }
  rig.locator.known.set(DHT, endpoint(8))
  rig.session({ type: 'closed', id: 1 })
  rig.wait(0)
  assert.equal(rig.sessions.log, ['connect 1 1000 192.0.2.8:33445'])
})

test('after silence an address that is too old is not tried', () => {
  for (const known of [undefined, endpoint(8)]) {
    const rig = connected()
    for (let i = 0; i < 20; i++) {
      rig.wait(20 * SECOND)
      rig.data(1, 16)
    }
    if (known) rig.locator.known.set(DHT, known)
    rig.wait(32 * SECOND)
    assert.equal(rig.sessions.log, known ? ['kill 1', 'connect 1 1000 192.0.2.8:33445'] : ['kill 1'])
  }
})

test('a new DHT key ends the session and opens another, at the old address first', () => {
  const rig = connected()
  rig.messenger.handleFriendDhtKey(rig.now, FRIEND, key(1001))
  assert.equal(rig.locator.log, ['remove 1000', 'add 1001'])
  assert.equal(rig.sessions.log, ['kill 1', 'connect 1 1001 192.0.2.1:33445'])
  assert.equal(rig.finder.log, ['dhtKey 1 1001', 'online 1 false'])
})

test('a handshake under another DHT key does the same', () => {
  const rig = connected()
  rig.session({ type: 'peer_dht_key', id: 1, dhtPublicKey: key(1001) })
  assert.equal(rig.sessions.log, ['kill 1', 'connect 1 1001 192.0.2.1:33445'])
})

test("a friend's new address reaches its session", () => {
  const rig = connected()
  rig.messenger.handleFriendEndpoint(rig.now, DHT, endpoint(9))
  assert.equal(rig.sessions.log, ['setEndpoint 1 192.0.2.9:33445 true'])
})

test('when the route falls silent the friend is looked for where it was last seen', () => {
  const rig = connected()
  rig.messenger.handleFriendEndpoint(rig.now, DHT, endpoint(9))
  rig.session({ type: 'direct', id: 1, direct: true })
  assert.is(rig.sessions.log.length, 1)
  rig.session({ type: 'direct', id: 1, direct: false })
  assert.is(rig.sessions.log.pop(), 'setEndpoint 1 192.0.2.9:33445 false')
  rig.locator.known.set(DHT, endpoint(10))
  rig.session({ type: 'direct', id: 1, direct: false })
  assert.is(rig.sessions.log.pop(), 'setEndpoint 1 192.0.2.10:33445 false')
  assert.equal(rig.events(), [])
})

test('two friends may claim one DHT key', () => {
  const rig = new Rig()
  for (const friend of [key(1), key(2)]) {
    rig.messenger.friendAddNorequest(rig.now, friend)
    rig.messenger.handleFriendDhtKey(rig.now, friend, DHT)
  }
  rig.messenger.handleFriendEndpoint(rig.now, DHT, endpoint(1))
  assert.equal(rig.sessions.log, ['connect 1 1000 192.0.2.1:33445', 'connect 2 1000 192.0.2.1:33445'])
})

test('a friend may open the session; a stranger may not', () => {
  const rig = searching()
  const incoming = { type: 'incoming', dhtPublicKey: DHT, endpoint: endpoint(3) } as const
  rig.session({ ...incoming, token: 5, publicKey: key(2) })
  rig.session({ ...incoming, token: 6, publicKey: FRIEND })
  assert.equal(rig.sessions.log, ['reject 5', 'accept 6'])
  assert.equal(rig.locator.log, ['add 1000'])
  rig.session({ type: 'established', id: 1 })
  rig.session({ ...incoming, token: 7, publicKey: FRIEND })
  assert.equal(rig.sessions.log.slice(2), ['reject 7'], 'one session is enough')
})

test('two sessions that are opened towards each other become one', () => {
  const rig = connecting()
  rig.session({ type: 'incoming', publicKey: FRIEND, dhtPublicKey: DHT, token: 5 })
  assert.equal(rig.sessions.log.slice(1), ['accept 5', 'setEndpoint 1 192.0.2.1:33445 false'])
  rig.session({ type: 'established', id: 1 })
  assert.equal(rig.sessions.takeSent(), ['10', '18'])
})

test('a session that we open to a process that is gone gives way', () => {
  const rig = connecting()
  rig.session({
    type: 'incoming',
    publicKey: FRIEND,
    dhtPublicKey: key(1001),
    token: 5,
    endpoint: endpoint(2),
  })
  assert.equal(rig.sessions.log.slice(1), ['kill 1', 'accept 5'])
  assert.equal(rig.locator.log, ['add 1000', 'remove 1000', 'add 1001'])
  rig.session({ type: 'established', id: 1 })
  assert.equal(rig.sessions.sent, [], 'the one that we have ended')
  rig.session({ type: 'established', id: 2 })
  assert.is(rig.sessions.sent.length, 2)
})

test('a replaced session is not fought for: the new one comes next', () => {
  const rig = connected()
  rig.wait(SECOND)
  rig.session({ type: 'closed', id: 1 })
  rig.session({
    type: 'incoming',
    token: 8,
    publicKey: FRIEND,
    dhtPublicKey: key(1001),
    endpoint: endpoint(2),
  })
  rig.wait(5 * SECOND)
  assert.equal(rig.sessions.log, ['accept 8'])
})

test('if an incoming session is gone by then, our own goes on, or is opened', () => {
  const rig = connecting()
  rig.wait(2 * SECOND)
  rig.sessions.acceptable = false
  const incoming = { type: 'incoming', publicKey: FRIEND } as const
  rig.session({ ...incoming, token: 5, dhtPublicKey: DHT })
  assert.equal(rig.sessions.log.slice(1), ['accept 5'])
  rig.session({ ...incoming, token: 6, dhtPublicKey: key(1001) })
  assert.equal(rig.sessions.log.slice(2), ['kill 1', 'accept 6', 'connect 1 1001 192.0.2.1:33445'])
})

test('a key forgotten while the session was being opened does not matter to the session', () => {
  const rig = connecting()
  rig.wait(122 * SECOND)
  rig.session({ type: 'established', id: 1 })
  rig.data(1, 24)
  rig.session({ type: 'closed', id: 1 })
  rig.wait(300 * SECOND)
  assert.equal(rig.locator.log, ['add 1000', 'remove 1000'])
})

test('deleting a friend says OFFLINE and ends everything', () => {
  const rig = connected()
  rig.messenger.friendDelete(rig.now, 0)
  assert.equal(rig.sessions.takeSent(), ['19'])
  assert.equal(rig.sessions.log, ['kill 1'])
  assert.equal(rig.finder.log, ['remove 1'])
  assert.equal(rig.locator.log, ['remove 1000'])
  assert.is(rig.messenger.deadline(), Number.POSITIVE_INFINITY)
  rig.data(1, 24)
  rig.session({ type: 'closed', id: 1 })
  assert.equal(rig.events(), [])
})

test('leaving ends all sessions, without OFFLINE, and stays silent', () => {
  const rig = connected()
  rig.data(1, 24)
  rig.events()
  rig.sessions.takeSent()
  rig.finder.reachable = true
  rig.messenger.friendAdd(rig.now, addressOf(key(5)), utf8('hi'))
  rig.finder.log.length = 0
  rig.messenger.leave(rig.now)
  assert.equal(rig.sessions.log, ['kill 1'])
  assert.equal(rig.sessions.sent, [])
  assert.equal(rig.events(), [])
  assert.is(rig.messenger.deadline(), Number.POSITIVE_INFINITY)
  assert.is(rig.messenger.friends().length, 2)
  rig.session({ type: 'incoming', publicKey: FRIEND, dhtPublicKey: DHT, token: 5, endpoint: endpoint(2) })
  rig.messenger.handleFriendDhtKey(rig.now, FRIEND, key(1001))
  assert.equal(rig.sessions.log, ['kill 1', 'reject 5'], 'nobody comes in through a closing door')
})

test.run()
