// The public API: two peers that talk, and the two ways to hear of it.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { once, withFriends, withTox } from './local-peers.ts'

// ——— Two peers ———

const talking = suite('two peers and a bootstrap node')

talking('become friends, talk, and part', () =>
  withFriends(async (alice, bob) => {
    const typing = once(bob, 'friend_typing', event => event.typing)
    alice.selfSetTyping(0, true)
    await typing
    assert.is(bob.friendTyping(0), true)

    const message = once(bob, 'friend_message')
    const receipt = once(alice, 'friend_read_receipt')
    const messageId = alice.friendSendMessage(0, 'action', 'wavès')
    assert.equal(await message, {
      type: 'friend_message',
      friendNumber: 0,
      messageType: 'action',
      message: 'wavès',
    })
    assert.is((await receipt).messageId, messageId)

    const packet = once(bob, 'friend_lossless_packet')
    alice.friendSendLosslessPacket(0, Uint8Array.of(160, 1, 2))
    assert.equal((await packet).data, Uint8Array.of(160, 1, 2))

    const gone = once(bob, 'friend_connection_status')
    await alice.kill()
    assert.is((await gone).connectionStatus, 'none')
    assert.is(bob.friendConnectionStatus(0), 'none')
    assert.ok(bob.friendLastOnline(0) > 0)
  }),
)

talking('by IPv6 alone', () =>
  withFriends(async (alice, bob) => {
    const message = once(bob, 'friend_message')
    alice.friendSendMessage(0, 'normal', 'six')
    assert.is((await message).message, 'six')
  }, '::1'),
)

talking('a listener may answer from inside, be removed, and be added twice', () =>
  withFriends(async (alice, bob) => {
    const heard: string[] = []
    bob.on('friend_message', ({ friendNumber, message }) => {
      heard.push(message)
      bob.friendSendMessage(friendNumber, 'normal', `re ${message}`)
    })
    let calls = 0
    const count = () => void calls++
    const [first, second] = [alice.on('friend_message', count), alice.on('friend_message', count)]
    // Unsubscribed by a listener that is called before it.
    const before = alice.on('friend_message', () => after())
    const after = alice.on('friend_message', () => assert.unreachable('unsubscribed'))

    const answers = alice.events('friend_message')
    alice.friendSendMessage(0, 'normal', '1')
    assert.is((await answers.next()).value?.message, 're 1')
    assert.is(calls, 2)
    before()
    second()
    second()
    alice.friendSendMessage(0, 'normal', '2')
    assert.is((await answers.next()).value?.message, 're 2')
    assert.is(calls, 3)
    first()
    assert.equal(heard, ['1', '2'])
  }),
)

talking('a listener that throws is reported as uncaught and disturbs nobody', () =>
  withFriends(async (alice, bob) => {
    const uncaught = new Promise<Error>(resolve => process.once('uncaughtException', resolve))
    const off = bob.on('friend_message', () => {
      throw new Error('a listener’s mistake')
    })
    const others = once(bob, 'friend_message')
    alice.friendSendMessage(0, 'normal', 'first')
    assert.is((await others).message, 'first')
    assert.is((await uncaught).message, 'a listener’s mistake')
    off()

    const next = once(bob, 'friend_message')
    alice.friendSendMessage(0, 'normal', 'second')
    assert.is((await next).message, 'second')
  }),
)

talking('a listener may kill its own peer', () =>
  withFriends(async (alice, bob) => {
    const killed = new Promise<void>(resolve => {
      bob.on('friend_message', () => resolve(bob.kill()))
    })
    alice.friendSendMessage(0, 'normal', 'enough')
    await killed
    assert.throws(() => bob.selfName, /killed/)
  }),
)

talking('events(): none is missed between two turns, and a break unsubscribes', () =>
  withFriends(async (alice, bob) => {
    const events = bob.events('friend_message')
    const receipts = alice.events('friend_read_receipt')
    for (let i = 0; i < 5; i++) alice.friendSendMessage(0, 'normal', `${i}`)
    // All five have arrived before anybody asks for one.
    for (let i = 0; i < 5; i++) await receipts.next()
    const heard: string[] = []
    for await (const { message } of events) {
      heard.push(message)
      if (heard.length === 4) break
    }
    assert.equal(heard, ['0', '1', '2', '3'])
    assert.equal(await events.next(), { done: true, value: undefined })
  }),
)

talking('events() ends with kill, once what has arrived is read', () =>
  withFriends(async (alice, bob) => {
    const events = bob.events('friend_message')
    const waiting = bob.events('friend_lossy_packet')
    const asked = waiting.next()
    const receipt = once(alice, 'friend_read_receipt')
    alice.friendSendMessage(0, 'normal', 'last')
    await receipt
    await bob.kill()
    assert.is((await events.next()).value?.message, 'last')
    assert.is((await events.next()).done, true)
    assert.is((await asked).done, true)
    assert.is((await bob.events('friend_name').next()).done, true)
  }),
)

talking.run()

// ——— AbortSignal ———

const aborting = suite('events() and AbortSignal')

aborting('an abort ends a loop that waits, and one that was never begun', () =>
  withTox(async tox => {
    const controller = new AbortController()
    const { signal } = controller
    const loop = (async () => {
      for await (const _ of tox.events('friend_message', { signal })) assert.unreachable()
      return 'over'
    })()
    const unread = tox.events('friend_request', { signal })
    setImmediate(() => controller.abort())
    assert.is(await loop, 'over')
    assert.is((await unread.next()).done, true)
    assert.is((await tox.events('friend_name', { signal }).next()).done, true)
  }),
)

aborting('several that ask at once are all answered', () =>
  withTox(async tox => {
    const events = tox.events('friend_name')
    const asked = [events.next(), events.next()]
    await events.return()
    assert.equal(
      (await Promise.all(asked)).map(({ done }) => done),
      [true, true],
    )
  }),
)

aborting.run()
