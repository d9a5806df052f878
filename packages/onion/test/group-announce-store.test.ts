import { concatBytes, encode, packedNode, randomBytes, SECOND } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_ANNOUNCED_GROUPS } from '../src/constants.ts'
import { GroupAnnounceStore } from '../src/group-announce-store.ts'
import { endpoint, START, seededRandom } from './harness.ts'

const random = seededRandom(1)
const CHAT = randomBytes(random, 32)
const RELAY = encode(packedNode, {
  protocol: 'tcp',
  endpoint: endpoint(1),
  publicKey: randomBytes(random, 32),
})
const IPV4 = Uint8Array.of(2, 203, 0, 113, 5, 0x82, 0xa5)
const IPV6 = Uint8Array.of(10, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x82, 0xa5)

const key = () => randomBytes(random, 32)
const announce = (member: Uint8Array, address: Uint8Array, relays: Uint8Array[] = []) =>
  concatBytes(member, Uint8Array.of(address.length > 0 ? 1 : 0, relays.length), address, ...relays)

test('members are told of up to four others, never of themselves', () => {
  const store = new GroupAnnounceStore()
  const members = Array.from({ length: 6 }, () => announce(key(), IPV4))
  for (const [i, member] of members.entries()) {
    const others = store.announce(START, concatBytes(CHAT, member))!
    assert.equal(others, members.slice(Math.max(0, i - 4), i))
  }
  const again = store.announce(START, concatBytes(CHAT, members[5]!))!
  assert.equal(again, members.slice(1, 5))
  assert.equal(store.announce(START, concatBytes(key(), members[5]!)), [], 'another group')
})

test('a member that announces itself again replaces its announce', () => {
  const store = new GroupAnnounceStore()
  const member = key()
  store.announce(START, concatBytes(CHAT, announce(member, IPV4)))
  store.announce(START, concatBytes(CHAT, announce(member, IPV6, [RELAY])))
  assert.equal(store.announce(START, concatBytes(CHAT, announce(key(), IPV4))), [
    announce(member, IPV6, [RELAY]),
  ])
})

test('a group that is silent for 30 s is forgotten', () => {
  const store = new GroupAnnounceStore()
  store.announce(START, concatBytes(CHAT, announce(key(), IPV4)))
  assert.is(store.announce(START + 29 * SECOND, concatBytes(CHAT, announce(key(), IPV4)))!.length, 1)
  assert.is(store.announce(START + 58 * SECOND, concatBytes(CHAT, announce(key(), IPV4)))!.length, 2)
  assert.is(store.announce(START + 88 * SECOND, concatBytes(CHAT, announce(key(), IPV4)))!.length, 0)
})

test('malformed announces are refused', () => {
  const store = new GroupAnnounceStore()
  const member = key()
  const good = concatBytes(CHAT, announce(member, IPV4, [RELAY]))
  assert.ok(store.announce(START, good))
  for (let size = 0; size < good.length; size++) {
    assert.is(store.announce(START, good.subarray(0, size)), undefined, `${size} bytes`)
  }
  assert.is(store.announce(START, concatBytes(CHAT, announce(member, NOTHING))), undefined, 'no way to it')
  assert.is(store.announce(START, concatBytes(CHAT, announce(member, IPV4, [RELAY, RELAY]))), undefined)
  const family = good.slice()
  family[32 + 32 + 2] = 130
  assert.is(store.announce(START, family), undefined, 'a TCP address where UDP is due')
})

const NOTHING = new Uint8Array()

test('bounded: 16 members a group, and a number of groups', () => {
  const store = new GroupAnnounceStore()
  for (let i = 0; i < 40; i++) store.announce(START, concatBytes(CHAT, announce(key(), IPV4)))
  for (let i = 0; i < MAX_ANNOUNCED_GROUPS + 10; i++) {
    store.announce(START + i, concatBytes(key(), announce(key(), IPV4)))
    assert.ok(store.size <= MAX_ANNOUNCED_GROUPS)
  }
  assert.equal(store.announce(START, concatBytes(CHAT, announce(key(), IPV4))), [], 'the oldest made room')
})

test.run()
