import { concatBytes, equalBytes, SECOND, utf8 } from '@ts-toxcore/core'
import { decodeSave, encodeSave, type SessionEvent } from '@ts-toxcore/messenger'
import { mutate, SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { onionRequest, sessionRequest } from '../src/friend-request.ts'
import { packet } from '../src/packets.ts'
import { endpoint, key, NOSPAM, Rig } from './rig.ts'

const SEED = 20260101
const SESSION_INPUTS = 300_000
const ONION_INPUTS = 100_000
const MODEL_STEPS = 100_000
const SAVE_INPUTS = 20_000

console.log(`SEED ${SEED}`)

const PACKETS = [
  packet(16),
  packet(17, [2, 192, 0, 2, 1, 0x82, 0xa5, ...key(5)]),
  sessionRequest(NOSPAM, utf8('let me in')),
  packet(24),
  packet(25),
  packet(48, utf8('name')),
  packet(48, new Uint8Array(128)),
  packet(49, new Uint8Array(1007)),
  packet(50, [1]),
  packet(51, [1]),
  packet(64, utf8('hello')),
  packet(65, new Uint8Array(1372)),
  packet(69, [1, 2, 3]),
  packet(80, new Uint8Array(60)),
  packet(160, [1]),
  packet(191, new Uint8Array(1372)),
  packet(200, [1]),
  packet(254, new Uint8Array(1372)),
]

function sum(record: Record<string, number>): number {
  return Object.values(record).reduce((total, n) => total + n, 0)
}

test('packets of a friend: no throw, no growth, no reply', () => {
  const random = new SeededRandom(SEED).fork('session')
  const rig = new Rig()
  const { id } = rig.online(key(1))
  let events = 0
  for (let i = 0; i < SESSION_INPUTS; i++) {
    const whole = PACKETS[random.below(PACKETS.length)]!
    const data = mutate(random, whole, PACKETS[random.below(PACKETS.length)]!)
    if (data.length === 0) continue // A session has no empty packets.
    const wasOnline = rig.messenger.friendConnectionStatus(0) !== 'none'
    rig.session({ type: random.chance(0.7) ? 'data' : 'lossy', id, data })
    const news = rig.events()
    assert.ok(news.length <= 1)
    events += news.length

    const isOnline = rig.messenger.friendConnectionStatus(0) !== 'none'
    // The spec demands that one who comes online is told our presence; nothing else is answered.
    if (wasOnline || !isOnline) assert.is(rig.sessions.sent.length, 0)
    else assert.is(rig.sessions.sent.length, 5)
    rig.sessions.sent.length = 0
    assert.ok(rig.messenger.friendName(0).length <= 128)
    assert.ok(rig.messenger.friendStatusMessage(0).length <= 1007)
    if (!isOnline) rig.data(id, 24)
    rig.events()
    rig.sessions.sent.length = 0
  }
  assert.ok(events > SESSION_INPUTS / 10, 'many mutants are valid')
  assert.ok(sum(rig.messenger.drops.snapshot()) > SESSION_INPUTS / 10, 'many are not')
  assert.is(rig.messenger.friendList().length, 1)
})

test('onion data of anybody: at most 1 event, never a reply', () => {
  const random = new SeededRandom(SEED).fork('onion')
  const rig = new Rig()
  rig.finder.reachable = true
  const requests = [onionRequest(NOSPAM, utf8('let me in')), onionRequest(NOSPAM, new Uint8Array(1016))]
  let events = 0
  for (let i = 0; i < ONION_INPUTS; i++) {
    const data = mutate(random, requests[random.below(2)]!, requests[random.below(2)]!)
    rig.messenger.handleOnionData(rig.now, key(random.below(200)), data)
    const news = rig.events()
    assert.ok(news.length <= 1)
    events += news.length
  }
  assert.is(events + sum(rig.messenger.drops.snapshot()), ONION_INPUTS, 'an event, or counted')
  assert.ok(events > 100)
  assert.is(rig.finder.sent.length + rig.sessions.sent.length, 0)
  assert.is(rig.messenger.deadline(), Number.POSITIVE_INFINITY)
})

test('any sequence of events, in any order, about anybody', () => {
  const random = new SeededRandom(SEED).fork('model')
  const rig = new Rig()
  const { messenger } = rig
  const types = [
    'established',
    'closed',
    'acknowledged',
    'writable',
    'incoming',
    'peer_dht_key',
    'direct',
    'data',
    'lossy',
  ]
  for (let i = 0; i < MODEL_STEPS; i++) {
    const publicKey = key(1 + random.below(6))
    const dhtPublicKey = key(1000 + random.below(8))
    rig.sessions.room = random.below(4)
    rig.sessions.acceptable = random.chance(0.8)
    rig.finder.reachable = random.chance(0.5)
    if (random.chance(0.2)) rig.locator.known.set(dhtPublicKey, endpoint(random.below(3)))
    else rig.locator.known.delete(dhtPublicKey)
    switch (random.below(8)) {
      case 0:
        messenger.handleFriendDhtKey(rig.now, publicKey, dhtPublicKey)
        break
      case 1:
        messenger.handleFriendEndpoint(rig.now, dhtPublicKey, endpoint(random.below(3)))
        break
      case 2:
        messenger.handleFriendFound(rig.now, publicKey)
        break
      case 3:
        rig.wait(random.below(random.chance(0.2) ? 200 * SECOND : SECOND))
        break
      case 4:
        if (random.chance(0.1) && messenger.friendList().length > 0)
          messenger.friendDelete(rig.now, messenger.friendList()[0]!)
        else if (!messenger.friends().some(friend => equalBytes(friend.publicKey, publicKey)))
          messenger.friendAddNorequest(rig.now, publicKey)
        break
      default:
        rig.session({
          type: types[random.below(types.length)],
          id: 1 + random.below(rig.sessions.log.length + 1),
          token: i,
          publicKey,
          dhtPublicKey,
          endpoint: random.chance(0.5) ? endpoint(random.below(3)) : undefined,
          direct: random.chance(0.5),
          packetNumber: i,
          data: PACKETS[random.below(PACKETS.length)]!,
        } as SessionEvent)
    }
    rig.events()
    assert.ok(messenger.friendList().length <= 6)
    assert.is(rig.finder.held, messenger.friendList().length)
    assert.ok(rig.locator.held >= 0 && rig.locator.held <= rig.finder.held)
    if (rig.sessions.log.length > 200) rig.sessions.log.splice(0, 100)
    for (const recording of [rig.finder, rig.locator, rig.sessions])
      if (recording.log.length > 500) recording.log.length = 0
    rig.sessions.sent.length = 0
  }
  for (const n of messenger.friendList()) messenger.friendDelete(rig.now, n)
  assert.is(messenger.deadline(), Number.POSITIVE_INFINITY, 'nothing is left behind')
  assert.is(rig.locator.held, 0)
})

test('saves: read or refused, and what was read can be written', () => {
  const random = new SeededRandom(SEED).fork('save')
  const whole = encodeSave({
    identity: { nospam: NOSPAM, publicKey: key(1), secretKey: key(2) },
    dhtNodes: [{ protocol: 'udp', endpoint: endpoint(1), publicKey: key(3) }],
    friends: [
      { publicKey: key(4), name: utf8('A'), statusMessage: utf8('B'), status: 'away', lastOnline: 5 },
    ],
    name: utf8('me'),
    statusMessage: utf8('here'),
    status: 'busy',
    tcpRelays: [{ protocol: 'tcp', endpoint: endpoint(2), publicKey: key(5) }],
    pathNodes: [],
    others: [{ type: 20, data: new Uint8Array(20) }],
  })
  // A friend takes most of the bytes: without one the mutations meet the rest.
  const withoutFriend = concatBytes(whole.slice(0, 8 + 76 + 59), whole.slice(8 + 76 + 59 + 8 + 2216))
  let read = 0
  for (let i = 0; i < SAVE_INPUTS; i++) {
    const save = decodeSave(
      random.chance(0.5) ? mutate(random, withoutFriend, whole) : withFlippedBits(random, whole),
    )
    if ('error' in save) continue
    read++
    const bytes = encodeSave(save)
    const again = decodeSave(bytes)
    assert.not.ok('error' in again)
    assert.ok(equalBytes(encodeSave(again as typeof save), bytes), 'writing is stable')
  }
  assert.ok(read > SAVE_INPUTS / 20, `${read} were read`)
  assert.ok(read < SAVE_INPUTS)
})

/** `mutate` cuts what is longer than a datagram, as saves are. */
function withFlippedBits(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const out = bytes.slice()
  for (let n = random.below(20); n >= 0; n--) out[random.below(out.length)]! ^= 1 << random.below(8)
  return out
}

test.run()
