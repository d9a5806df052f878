import { SECOND, toHex, utf8 } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, endpoint, key, NOSPAM, Rig, refused } from './rig.ts'

const FRIEND = key(1)
const REQUEST = `20${toHex(NOSPAM)}6869`

function asking(reachable: boolean): Rig {
  const rig = new Rig()
  rig.finder.reachable = reachable
  rig.messenger.friendAdd(rig.now, addressOf(FRIEND), utf8('hi'))
  return rig
}

test('a request is sent at once if the friend can be reached', () => {
  const rig = asking(true)
  assert.equal(rig.finder.log, ['add 1'])
  assert.equal(rig.finder.sent.map(toHex), [REQUEST])
})

test('a request waits for the friend to be found, without a timer', () => {
  const rig = asking(false)
  assert.is(rig.messenger.deadline(), Number.POSITIVE_INFINITY)
  rig.finder.reachable = true
  rig.messenger.handleFriendFound(rig.now, FRIEND)
  assert.equal(rig.finder.sent.map(toHex), [REQUEST])
})

test('a request is repeated after 5, 10, 20, … seconds', () => {
  const rig = asking(true)
  const at: number[] = []
  for (let second = 0; second <= 160; second++) {
    if (rig.finder.sent.length > 0) at.push(second)
    rig.finder.sent.length = 0
    rig.wait(SECOND)
  }
  assert.equal(at, [0, 5, 15, 35, 75, 155])
})

test('found anew, the friend is asked without waiting, but not twice within 5 seconds', () => {
  const rig = asking(true)
  rig.wait(40 * SECOND)
  rig.finder.sent.length = 0
  rig.messenger.handleFriendFound(rig.now, FRIEND)
  rig.messenger.handleFriendFound(rig.now, FRIEND)
  assert.is(rig.finder.sent.length, 1)
})

test('another nospam replaces the one before, at once', () => {
  const rig = asking(true)
  const other = Uint8Array.of(9, 8, 7, 6)
  refused('FRIEND_ADD_SET_NEW_NOSPAM', () =>
    rig.messenger.friendAdd(rig.now, addressOf(FRIEND, other), utf8('ignored')),
  )
  assert.equal(rig.finder.sent.map(toHex), [REQUEST, '20090807066869'])
  refused('FRIEND_ADD_ALREADY_SENT', () =>
    rig.messenger.friendAdd(rig.now, addressOf(FRIEND, other), utf8('hi')),
  )
})

test('with another nospam the waits begin anew', () => {
  const rig = asking(true)
  rig.wait(40 * SECOND)
  refused('FRIEND_ADD_SET_NEW_NOSPAM', () =>
    rig.messenger.friendAdd(rig.now, addressOf(FRIEND, Uint8Array.of(9, 8, 7, 6)), utf8('hi')),
  )
  assert.is(rig.messenger.deadline(), rig.now + 5 * SECOND)
})

test('over a session the request is packet 18, until the friend says ONLINE', () => {
  const rig = asking(false)
  const id = rig.connect(FRIEND)
  assert.equal(rig.sessions.takeSent(), ['10', '18', `12${toHex(NOSPAM)}6869`])
  rig.wait(5 * SECOND)
  assert.equal(rig.sessions.takeSent(), [`12${toHex(NOSPAM)}6869`])
  rig.data(id, 24)
  rig.sessions.takeSent()
  rig.wait(20 * SECOND)
  assert.equal(
    rig.sessions.takeSent().filter(packet => packet.startsWith('12')),
    [],
  )
  assert.is(rig.messenger.friends()[0]!.request, undefined)
  assert.equal(rig.finder.sent, [])
})

test('a full queue delays the request until there is room', () => {
  const rig = asking(false)
  rig.sessions.room = 2
  const id = rig.connect(FRIEND)
  assert.equal(rig.sessions.takeSent(), ['10', '18'])
  rig.sessions.room = 9
  rig.session({ type: 'writable', id })
  assert.equal(rig.sessions.takeSent(), [`12${toHex(NOSPAM)}6869`])
})

test('a session that ends before the friend confirmed leaves the request to the onion', () => {
  const rig = asking(false)
  rig.sessions.room = 2
  const id = rig.connect(FRIEND)
  rig.finder.reachable = true
  rig.session({ type: 'closed', id })
  assert.equal(rig.finder.sent.map(toHex), [REQUEST])
})

test('deleting the friend ends the request', () => {
  const rig = asking(true)
  rig.messenger.friendDelete(rig.now, 0)
  assert.is(rig.messenger.deadline(), Number.POSITIVE_INFINITY)
  rig.finder.sent.length = 0
  rig.wait(1000 * SECOND)
  rig.messenger.handleFriendFound(rig.now, FRIEND)
  rig.messenger.handleFriendEndpoint(rig.now, key(1000), endpoint(1))
  assert.equal(rig.finder.sent, [])
  assert.is(rig.messenger.deadline(), Number.POSITIVE_INFINITY)
})

test.run()
