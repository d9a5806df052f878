import { equalBytes, utf8 } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { onionRequest, RequestFilter, sessionRequest } from '../src/friend-request.ts'
import { key, NOSPAM, Rig } from './rig.ts'

test('a request is its kind, the nospam and the message', () => {
  assert.equal([...onionRequest(NOSPAM, utf8('hi'))], [32, 1, 2, 3, 4, 0x68, 0x69])
  assert.equal([...sessionRequest(NOSPAM, utf8('hi'))], [18, 1, 2, 3, 4, 0x68, 0x69])
})

test('messages of 1 to 1016 bytes are admitted', () => {
  for (const [size, fine] of [
    [0, false],
    [1, true],
    [921, true],
    [1016, true],
    [1017, false],
  ] as const) {
    const data = new Uint8Array(5 + size)
    data.set([32, ...NOSPAM])
    const verdict = new RequestFilter(NOSPAM).admit(key(1), data)
    if (fine) assert.is((verdict as { message: Uint8Array }).message.length, size)
    else assert.is(verdict, 'malformed')
  }
})

test('the nospam must be ours, whichever byte differs', () => {
  for (let i = 0; i < 4; i++) {
    const nospam = NOSPAM.slice()
    nospam[i]! ^= 1
    assert.is(new RequestFilter(NOSPAM).admit(key(1), onionRequest(nospam, utf8('hi'))), 'request_nospam')
  }
})

test('a sender is reported once, until 32 others have asked', () => {
  const filter = new RequestFilter(NOSPAM)
  const admit = (n: number) => typeof filter.admit(key(n), onionRequest(NOSPAM, utf8('hi'))) === 'object'
  for (let n = 1; n <= 32; n++) assert.ok(admit(n))
  for (let n = 1; n <= 32; n++) assert.not.ok(admit(n))
  assert.ok(admit(33))
  assert.ok(admit(1), 'the oldest was forgotten')
  assert.not.ok(admit(3), 'the others were not')
})

test('a request with a wrong nospam does not use up a place', () => {
  const filter = new RequestFilter(NOSPAM)
  assert.is(filter.admit(key(1), onionRequest(Uint8Array.of(9, 9, 9, 9), utf8('hi'))), 'request_nospam')
  assert.type(filter.admit(key(1), onionRequest(NOSPAM, utf8('hi'))), 'object')
})

test('a request becomes an event, once; a friend has nothing to ask for', () => {
  const rig = new Rig()
  const data = onionRequest(NOSPAM, utf8('hi'))
  rig.messenger.handleOnionData(rig.now, key(7), data)
  data.fill(0)
  const [event, ...more] = rig.events()
  assert.equal(event, { type: 'friend_request', publicKey: key(7), message: utf8('hi') })
  assert.equal(more, [])

  rig.messenger.handleOnionData(rig.now, key(7), onionRequest(NOSPAM, utf8('hi')))
  rig.messenger.friendAddNorequest(rig.now, key(7))
  rig.messenger.handleOnionData(rig.now, key(7), onionRequest(NOSPAM, utf8('hi')))
  assert.equal(rig.events(), [])
  assert.equal(rig.messenger.drops.snapshot(), { request_repeated: 1, request_from_friend: 1 })
})

test('whoever was a friend may ask again after it was deleted', () => {
  const rig = new Rig()
  const ask = () => rig.messenger.handleOnionData(rig.now, key(7), onionRequest(NOSPAM, utf8('hi')))
  ask()
  assert.is(rig.events().length, 1)
  rig.messenger.friendDelete(rig.now, rig.messenger.friendAddNorequest(rig.now, key(7)))
  ask()
  assert.is(rig.events().length, 1)
})

test('a new nospam replaces the old one', () => {
  const rig = new Rig()
  rig.messenger.setNospam(Uint8Array.of(5, 6, 7, 8))
  assert.ok(equalBytes(rig.messenger.nospam, Uint8Array.of(5, 6, 7, 8)))
  rig.messenger.handleOnionData(rig.now, key(7), onionRequest(NOSPAM, utf8('hi')))
  assert.is(rig.events().length, 0)
  rig.messenger.handleOnionData(rig.now, key(7), onionRequest(Uint8Array.of(5, 6, 7, 8), utf8('hi')))
  assert.is(rig.events().length, 1)
})

test('other onion data is counted', () => {
  const rig = new Rig()
  rig.messenger.handleOnionData(rig.now, key(7), Uint8Array.of(33, 1, 2))
  rig.messenger.handleOnionData(rig.now, key(7), new Uint8Array(0))
  assert.equal(rig.messenger.drops.snapshot(), { unknown_kind: 2 })
})

test.run()
