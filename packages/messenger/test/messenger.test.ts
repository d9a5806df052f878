import { SECOND, toHex, unixSeconds, utf8 } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, key, Rig, refused, SELF } from './rig.ts'

const FRIEND = key(1)

// ——— Adding, deleting, asking ———

test('friend_add is refused for the reasons, and in the order, of c-toxcore', () => {
  const { messenger, now } = new Rig()
  const long = new Uint8Array(922)
  const mistyped = addressOf(FRIEND)
  mistyped[37]! ^= 1
  const invalid = key(1)
  invalid[31] = 0x80
  const add = (address: Uint8Array, message: Uint8Array) => () => messenger.friendAdd(now, address, message)

  refused('FRIEND_ADD_TOO_LONG', add(mistyped, long))
  refused('FRIEND_ADD_BAD_CHECKSUM', add(mistyped, new Uint8Array(0)))
  refused('FRIEND_ADD_BAD_CHECKSUM', add(addressOf(invalid), utf8('hi')))
  refused('FRIEND_ADD_NO_MESSAGE', add(addressOf(SELF), new Uint8Array(0)))
  refused('FRIEND_ADD_OWN_KEY', add(addressOf(SELF), utf8('hi')))
  assert.throws(add(FRIEND, utf8('hi')), /address: expected 38 bytes/)
  assert.is(messenger.friendAdd(now, addressOf(FRIEND), new Uint8Array(921)), 0)
  refused('FRIEND_ADD_ALREADY_SENT', add(addressOf(FRIEND), utf8('again')))
  assert.equal(messenger.friendList(), [0])
})

test('friend_add of somebody who is a friend already', () => {
  const rig = new Rig()
  rig.messenger.friendAddNorequest(rig.now, FRIEND)
  refused('FRIEND_ADD_ALREADY_SENT', () =>
    rig.messenger.friendAdd(rig.now, addressOf(FRIEND, Uint8Array.of(9, 9, 9, 9)), utf8('hi')),
  )
})

test('friend_add_norequest is refused', () => {
  const { messenger, now } = new Rig()
  const invalid = key(1)
  invalid[31] = 0x80
  refused('FRIEND_ADD_BAD_CHECKSUM', () => messenger.friendAddNorequest(now, invalid))
  refused('FRIEND_ADD_OWN_KEY', () => messenger.friendAddNorequest(now, SELF))
  messenger.friendAddNorequest(now, FRIEND)
  refused('FRIEND_ADD_ALREADY_SENT', () => messenger.friendAddNorequest(now, FRIEND))
})

test('numbers are stable, and the lowest free one is given next', () => {
  const { messenger, now } = new Rig()
  for (let n = 1; n <= 4; n++) assert.is(messenger.friendAddNorequest(now, key(n)), n - 1)
  messenger.friendDelete(now, 1)
  messenger.friendDelete(now, 2)
  assert.equal(messenger.friendList(), [0, 3])
  assert.is(messenger.friendByPublicKey(key(4)), 3)
  assert.is(messenger.friendAddNorequest(now, key(5)), 1)
  assert.is(messenger.friendAddNorequest(now, key(6)), 2)
  assert.is(messenger.friendAddNorequest(now, key(7)), 4)
  messenger.friendDelete(now, 4)
  messenger.friendDelete(now, 3)
  assert.is(messenger.friendAddNorequest(now, key(8)), 3)
})

test('there is room for 65,535 friends', () => {
  const { messenger, now } = new Rig()
  for (let n = 1; n <= 65535; n++) messenger.friendAddNorequest(now, key(n))
  refused('FRIEND_ADD_MALLOC', () => messenger.friendAddNorequest(now, key(70000)))
})

test('a number that is nobody’s', () => {
  const { messenger, now } = new Rig()
  for (const n of [0, 1, -1, 0.5, Number.NaN]) {
    refused('FRIEND_DELETE_FRIEND_NOT_FOUND', () => messenger.friendDelete(now, n))
    refused('FRIEND_GET_PUBLIC_KEY_FRIEND_NOT_FOUND', () => messenger.friendPublicKey(n))
    refused('FRIEND_GET_LAST_ONLINE_FRIEND_NOT_FOUND', () => messenger.friendLastOnline(n))
    refused('SET_TYPING_FRIEND_NOT_FOUND', () => messenger.setTyping(now, n, true))
    refused('FRIEND_QUERY_FRIEND_NOT_FOUND', () => messenger.friendName(n))
    refused('FRIEND_QUERY_FRIEND_NOT_FOUND', () => messenger.friendStatusMessage(n))
    refused('FRIEND_QUERY_FRIEND_NOT_FOUND', () => messenger.friendStatus(n))
    refused('FRIEND_QUERY_FRIEND_NOT_FOUND', () => messenger.friendConnectionStatus(n))
    refused('FRIEND_QUERY_FRIEND_NOT_FOUND', () => messenger.friendTyping(n))
    assert.not.ok(messenger.friendExists(n))
  }
  refused('FRIEND_BY_PUBLIC_KEY_NOT_FOUND', () => messenger.friendByPublicKey(FRIEND))
})

// ——— Presence ———

test('ONLINE makes a friend online, who is then told everything about us', () => {
  const rig = new Rig()
  rig.messenger.setName(rig.now, utf8('N'))
  rig.messenger.setStatusMessage(rig.now, utf8('S'))
  rig.messenger.setStatus(rig.now, 'busy')
  rig.messenger.friendAddNorequest(rig.now, FRIEND)
  rig.messenger.setTyping(rig.now, 0, true)
  const id = rig.connect(FRIEND)
  assert.equal(rig.events(), [], 'a session alone is not enough')
  assert.equal(rig.sessions.takeSent(), ['10', '18'])

  rig.data(id, 24)
  assert.equal(rig.events(), [{ type: 'friend_connection_status', friendNumber: 0, connectionStatus: 'udp' }])
  assert.equal(rig.sessions.takeSent(), ['18', '304E', '3153', '3202', '3301'])
  assert.is(rig.messenger.friendConnectionStatus(0), 'udp')
  assert.is(rig.messenger.friendLastOnline(0), unixSeconds(rig.now))

  rig.data(id, 24)
  assert.equal(rig.events(), [])
  assert.equal(rig.sessions.takeSent(), [], 'ONLINE is answered once')
})

test('presence that finds no room is sent in order when there is some', () => {
  const rig = new Rig()
  rig.messenger.friendAddNorequest(rig.now, FRIEND)
  const id = rig.connect(FRIEND)
  rig.sessions.takeSent()
  rig.sessions.room = 2
  rig.data(id, 24)
  assert.equal(rig.sessions.takeSent(), ['18', '30'])
  rig.messenger.setName(rig.now, utf8('N'))
  rig.sessions.room = 99
  rig.session({ type: 'writable', id })
  assert.equal(rig.sessions.takeSent(), ['304E', '31', '3200', '3300'])
  rig.session({ type: 'writable', id })
  assert.equal(rig.sessions.takeSent(), [])
})

test('what found no room before the friend went offline is not sent to it then', () => {
  const rig = new Rig()
  const { id } = rig.online(FRIEND)
  rig.sessions.room = 0
  rig.messenger.setName(rig.now, utf8('N'))
  rig.data(id, 25)
  rig.sessions.room = 99
  rig.session({ type: 'writable', id })
  assert.equal(rig.sessions.takeSent(), [])
})

test('changes are told to those who are online; what is no change is told to nobody', () => {
  const rig = new Rig()
  rig.online(FRIEND)
  rig.messenger.friendAddNorequest(rig.now, key(2))
  rig.messenger.setName(rig.now, utf8('N'))
  rig.messenger.setName(rig.now, utf8('N'))
  rig.messenger.setStatusMessage(rig.now, utf8('S'))
  rig.messenger.setStatusMessage(rig.now, utf8('S'))
  rig.messenger.setStatus(rig.now, 'away')
  rig.messenger.setStatus(rig.now, 'away')
  rig.messenger.setTyping(rig.now, 0, true)
  rig.messenger.setTyping(rig.now, 0, true)
  rig.messenger.setTyping(rig.now, 1, true)
  assert.equal(rig.sessions.takeSent(), ['304E', '3153', '3201', '3301'])
  rig.messenger.setName(rig.now, new Uint8Array(0))
  rig.messenger.setTyping(rig.now, 0, false)
  assert.equal(rig.sessions.takeSent(), ['30', '3300'])
})

test('names of 128 bytes and status messages of 1007 are the longest', () => {
  const rig = new Rig()
  rig.messenger.setName(rig.now, new Uint8Array(128))
  rig.messenger.setStatusMessage(rig.now, new Uint8Array(1007))
  refused('SET_INFO_TOO_LONG', () => rig.messenger.setName(rig.now, new Uint8Array(129)))
  refused('SET_INFO_TOO_LONG', () => rig.messenger.setStatusMessage(rig.now, new Uint8Array(1008)))
  assert.is(rig.messenger.name.length, 128)
  assert.is(rig.messenger.statusMessage.length, 1007)
  assert.throws(() => rig.messenger.setStatus(rig.now, 'gone' as 'away'), TypeError)
})

test('OFFLINE, and the end of the session, make a friend go offline', () => {
  const rig = new Rig()
  const { id } = rig.online(FRIEND)
  const offline = [{ type: 'friend_connection_status', friendNumber: 0, connectionStatus: 'none' }]
  rig.wait(3 * SECOND)
  rig.data(id, 25)
  assert.equal(rig.events(), offline)
  assert.is(rig.messenger.friendLastOnline(0), unixSeconds(rig.now))
  rig.data(id, 64, 1)
  assert.equal(rig.events(), [], 'who is offline says nothing')
  assert.equal(rig.messenger.drops.snapshot(), { not_online: 1 })

  rig.data(id, 24)
  assert.is(rig.events().length, 1)
  rig.session({ type: 'closed', id })
  assert.equal(rig.events(), offline)
})

test('a friend that vanishes is offline after 32 seconds', () => {
  const rig = new Rig()
  rig.online(FRIEND)
  rig.wait(31 * SECOND)
  assert.equal(rig.events(), [])
  rig.wait(SECOND)
  assert.equal(rig.events(), [
    { type: 'friend_connection_status', friendNumber: 0, connectionStatus: 'none' },
  ])
})

test('a direct route that falls silent does not make the connection a TCP one', () => {
  const rig = new Rig()
  const { id } = rig.online(FRIEND)
  rig.session({ type: 'direct', id, direct: false })
  assert.equal(rig.events(), [])
  assert.is(rig.messenger.friendConnectionStatus(0), 'udp')
})

// ——— What friends say ———

test('packets become events, and are remembered', () => {
  const rig = new Rig()
  const { id } = rig.online(FRIEND)
  rig.data(id, 48, 0x41)
  rig.data(id, 49, 0x42)
  rig.data(id, 50, 2)
  rig.data(id, 51, 1)
  rig.data(id, 64, 0x43)
  rig.data(id, 65, 0x44)
  rig.data(id, 160, 7)
  rig.session({ type: 'lossy', id, data: Uint8Array.of(200, 8) })
  assert.equal(rig.events(), [
    { type: 'friend_name', friendNumber: 0, name: utf8('A') },
    { type: 'friend_status_message', friendNumber: 0, message: utf8('B') },
    { type: 'friend_status', friendNumber: 0, status: 'busy' },
    { type: 'friend_typing', friendNumber: 0, typing: true },
    { type: 'friend_message', friendNumber: 0, messageType: 'normal', message: utf8('C') },
    { type: 'friend_message', friendNumber: 0, messageType: 'action', message: utf8('D') },
    { type: 'friend_lossless_packet', friendNumber: 0, data: Uint8Array.of(160, 7) },
    { type: 'friend_lossy_packet', friendNumber: 0, data: Uint8Array.of(200, 8) },
  ])
  const { messenger } = rig
  assert.equal(
    [messenger.friendName(0), messenger.friendStatusMessage(0), messenger.friendStatus(0)],
    [utf8('A'), utf8('B'), 'busy'],
  )
  assert.ok(messenger.friendTyping(0))
})

test('what is kept of a friend does not share memory with the packets', () => {
  for (const kind of [48, 49]) {
    const rig = new Rig()
    const { id } = rig.online(FRIEND)
    const data = Uint8Array.of(kind, 0x41)
    rig.session({ type: 'data', id, data })
    data.fill(0)
    assert.match(JSON.stringify(rig.events()), ':65', `packet ${kind}`)
  }
})

test('packets of wrong sizes and values are dropped', () => {
  const sizes: [kind: number, size: number, fine: boolean][] = [
    [48, 0, true],
    [48, 128, true],
    [48, 129, false],
    [49, 0, true],
    [49, 1007, true],
    [49, 1008, false],
    [50, 0, false],
    [50, 1, true],
    [50, 2, false],
    [51, 0, false],
    [51, 1, true],
    [51, 2, false],
    [64, 0, false],
    [64, 1, true],
    [64, 1372, true],
    [64, 1373, false],
    [65, 0, false],
    [65, 1372, true],
    [65, 1373, false],
    [24, 1, false],
    [25, 1, false],
    [18, 4, false],
    [17, 1, false],
    [160, 0, true],
    [191, 1372, true],
    [191, 1373, false],
  ]
  for (const [kind, size, fine] of sizes) {
    const rig = new Rig()
    const { id } = rig.online(FRIEND)
    const data = new Uint8Array(1 + size)
    data[0] = kind
    rig.session({ type: 'data', id, data })
    assert.is(rig.events().length, fine ? 1 : 0, `packet ${kind} with ${size} bytes`)
    const dropped = Object.values(rig.messenger.drops.snapshot()).reduce((sum, n) => sum + n, 0)
    assert.is(dropped, fine ? 0 : 1, `packet ${kind} with ${size} bytes is counted`)
  }
  const rig = new Rig()
  const { id } = rig.online(FRIEND)
  rig.data(id, 50, 3)
  rig.data(id, 51, 2)
  assert.equal(rig.events(), [])
  assert.equal(rig.messenger.drops.snapshot(), { malformed: 2 })
})

test('kinds that belong to others are no custom packets', () => {
  const rig = new Rig()
  const { id } = rig.online(FRIEND)
  for (const kind of [19, 69, 80, 96, 159]) rig.data(id, kind, 1)
  for (const kind of [192, 199, 255]) rig.session({ type: 'lossy', id, data: Uint8Array.of(kind, 1) })
  assert.equal(rig.events(), [])
  assert.equal(rig.messenger.drops.snapshot(), { unknown_kind: 8 })
})

// ——— What we say ———

test('messages of 1 to 1372 bytes', () => {
  const rig = new Rig()
  const { number } = rig.online(FRIEND)
  const send = (n: number, size: number) =>
    rig.messenger.friendSendMessage(rig.now, n, 'normal', new Uint8Array(size))
  refused('FRIEND_SEND_MESSAGE_EMPTY', () => send(99, 0))
  refused('FRIEND_SEND_MESSAGE_FRIEND_NOT_FOUND', () => send(99, 1373))
  refused('FRIEND_SEND_MESSAGE_TOO_LONG', () => send(number, 1373))
  assert.is(send(number, 1), 1)
  assert.is(send(number, 1372), 2)
  assert.is(rig.messenger.friendSendMessage(rig.now, number, 'action', utf8('x')), 3)
  assert.equal(rig.sessions.takeSent(), ['4000', `40${'00'.repeat(1372)}`, '4178'])
  rig.sessions.room = 0
  refused('FRIEND_SEND_MESSAGE_SENDQ', () => send(number, 1))
  rig.sessions.room = 1
  assert.is(send(number, 1), 4, 'a refused message uses up no id')

  rig.messenger.friendAddNorequest(rig.now, key(2))
  refused('FRIEND_SEND_MESSAGE_TOO_LONG', () => send(1, 1373))
  refused('FRIEND_SEND_MESSAGE_FRIEND_NOT_CONNECTED', () => send(1, 1))
  const id = rig.connect(key(2), key(2000))
  refused('FRIEND_SEND_MESSAGE_FRIEND_NOT_CONNECTED', () => send(1, 1))
  assert.is(id, 2)
})

test('lossless packets: 160–191 and 69', () => {
  const rig = new Rig()
  const { number } = rig.online(FRIEND)
  const send =
    (n: number, kind: number, size = 1) =>
    () => {
      const data = new Uint8Array(size)
      data[0] = kind
      rig.messenger.friendSendLosslessPacket(rig.now, n, data)
    }
  refused('FRIEND_CUSTOM_PACKET_EMPTY', send(99, 0, 0))
  refused('FRIEND_CUSTOM_PACKET_FRIEND_NOT_FOUND', send(99, 0, 1374))
  refused('FRIEND_CUSTOM_PACKET_TOO_LONG', send(number, 0, 1374))
  for (const kind of [0, 16, 24, 64, 68, 70, 159, 192, 255])
    refused('FRIEND_CUSTOM_PACKET_INVALID', send(number, kind))
  for (const kind of [69, 160, 191]) send(number, kind)()
  send(number, 160, 1373)()
  assert.equal(rig.sessions.takeSent(), ['45', 'A0', 'BF', `A0${'00'.repeat(1372)}`])
  rig.sessions.room = 0
  refused('FRIEND_CUSTOM_PACKET_SENDQ', send(number, 160))
  rig.messenger.friendAddNorequest(rig.now, key(2))
  refused('FRIEND_CUSTOM_PACKET_INVALID', send(1, 1))
  refused('FRIEND_CUSTOM_PACKET_FRIEND_NOT_CONNECTED', send(1, 160))
})

test('lossy packets: 192–254, checked before the friend', () => {
  const rig = new Rig()
  const { number } = rig.online(FRIEND)
  const send =
    (n: number, kind: number, size = 1) =>
    () => {
      const data = new Uint8Array(size)
      data[0] = kind
      rig.messenger.friendSendLossyPacket(rig.now, n, data)
    }
  refused('FRIEND_CUSTOM_PACKET_EMPTY', send(99, 0, 0))
  refused('FRIEND_CUSTOM_PACKET_INVALID', send(99, 191, 1374))
  refused('FRIEND_CUSTOM_PACKET_INVALID', send(99, 255))
  refused('FRIEND_CUSTOM_PACKET_FRIEND_NOT_FOUND', send(99, 192, 1374))
  refused('FRIEND_CUSTOM_PACKET_TOO_LONG', send(number, 192, 1374))
  for (const kind of [192, 200, 254]) send(number, kind)()
  assert.equal(rig.sessions.takeSent(), ['C0', 'C8', 'FE'])
  rig.sessions.room = 0
  refused('FRIEND_CUSTOM_PACKET_SENDQ', send(number, 200))
  rig.messenger.friendAddNorequest(rig.now, key(2))
  refused('FRIEND_CUSTOM_PACKET_FRIEND_NOT_CONNECTED', send(1, 200))
})

test('receipts come in order, as far as the friend has acknowledged', () => {
  const rig = new Rig()
  const { number, id } = rig.online(FRIEND)
  const first = rig.sessions.send(rig.now, id, Uint8Array.of(16))! + 1
  for (let i = 0; i < 5; i++) rig.messenger.friendSendMessage(rig.now, number, 'normal', utf8('x'))
  const receipts = () =>
    rig.events().map(event => (event.type === 'friend_read_receipt' ? event.messageId : event.type))

  rig.session({ type: 'acknowledged', id })
  assert.equal(receipts(), [])
  rig.sessions.receivedBelow = first + 2
  rig.session({ type: 'acknowledged', id })
  assert.equal(receipts(), [1, 2])
  rig.sessions.receivedBelow = first + 5
  rig.session({ type: 'acknowledged', id })
  assert.equal(receipts(), [3, 4, 5])
  rig.session({ type: 'acknowledged', id })
  assert.equal(receipts(), [])
})

test('messages that a session took with it have no receipts later; ids go on', () => {
  const rig = new Rig()
  const { number, id } = rig.online(FRIEND)
  assert.is(rig.messenger.friendSendMessage(rig.now, number, 'normal', utf8('lost')), 1)
  rig.data(id, 25)
  rig.data(id, 24)
  rig.events()
  rig.sessions.receivedBelow = 1000
  rig.session({ type: 'acknowledged', id })
  assert.equal(rig.events(), [])
  assert.is(rig.messenger.friendSendMessage(rig.now, number, 'normal', utf8('next')), 2)
})

// ——— Saving ———

test('what is saved is restored: friends, requests, ourselves', () => {
  const old = new Rig()
  old.messenger.setName(old.now, utf8('me'))
  old.messenger.setStatusMessage(old.now, utf8('here'))
  old.messenger.setStatus(old.now, 'away')
  const { id } = old.online(key(1))
  old.data(id, 48, 0x41)
  old.data(id, 49, 0x42)
  old.data(id, 50, 1)
  old.messenger.friendAddNorequest(old.now, key(9))
  old.messenger.friendAdd(old.now, addressOf(key(2)), utf8('let me in'))
  old.messenger.friendDelete(old.now, 1)
  const saved = old.messenger.snapshot()
  assert.equal(
    saved.friends.map(friend => friend.request?.sent),
    [undefined, false],
  )

  const fresh = new Rig()
  fresh.finder.reachable = true
  fresh.messenger.restore(fresh.now, saved)
  assert.equal(fresh.messenger.friendList(), [0, 1], 'without gaps')
  assert.equal(fresh.messenger.friendName(0), utf8('A'))
  assert.equal(fresh.messenger.friendStatusMessage(0), utf8('B'))
  assert.is(fresh.messenger.friendStatus(0), 'away')
  assert.is(fresh.messenger.friendLastOnline(0), unixSeconds(old.now))
  assert.equal(fresh.messenger.friendPublicKey(1), key(2))
  assert.equal(fresh.finder.sent.map(toHex), [`2001020304${toHex(utf8('let me in'))}`])
  assert.is(fresh.messenger.friends()[1]!.request?.sent, true)
  assert.equal(fresh.messenger.name, utf8('me'))
  assert.is(fresh.messenger.status, 'away')
  assert.equal(fresh.events(), [])

  fresh.messenger.restore(fresh.now, {
    ...saved,
    friends: [...saved.friends, { ...saved.friends[0]!, publicKey: SELF }],
  })
  assert.equal(fresh.messenger.friendList(), [0, 1], 'neither twice nor ourselves')
})

test.run()
