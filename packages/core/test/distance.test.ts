import { compareDistance, sharedBits } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** A key whose first bytes are given. */
const key = (...first: number[]) => {
  const bytes = new Uint8Array(32)
  bytes.set(first)
  return bytes
}

const last = (value: number) => {
  const bytes = key()
  bytes[31] = value
  return bytes
}

test('the example of the specification: 6 is closest to 2 and to 5, and 5 to 6', () => {
  assert.ok(compareDistance(last(2), last(6), last(5)) < 0)
  assert.ok(compareDistance(last(5), last(6), last(2)) < 0)
  assert.ok(compareDistance(last(6), last(5), last(2)) < 0)
  assert.is(compareDistance(last(6), last(5), last(5)), 0)
})

test('earlier bytes count more, whatever the base', () => {
  assert.ok(compareDistance(key(0xff, 0xff), key(0xff, 0x00), key(0x7f, 0xff)) < 0)
  assert.ok(compareDistance(key(0xff, 0xff), key(0x7f, 0xff), key(0xff, 0x00)) > 0)
})

test('bucket indices of the specification', () => {
  assert.is(sharedBits(key(0x80), key(0x40)), 0)
  assert.is(sharedBits(key(0x80), key(0xc0)), 1)
  assert.is(sharedBits(key(), last(1)), 255)
  assert.is(sharedBits(key(7), key(7)), 256)
})

test.run()
