import { DropCounter, expectBytes, expectInteger, ToxError } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const message = (what: () => void) => {
  try {
    what()
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  return 'no error'
}

test('a ToxError carries c-toxcore’s code', () => {
  const error = new ToxError('FRIEND_ADD_OWN_KEY', 'that is you')
  assert.instance(error, Error)
  assert.is(error.name, 'ToxError')
  assert.is(error.code, 'FRIEND_ADD_OWN_KEY')
  assert.is(error.message, 'that is you')
})

test('bytes are expected in a type and a size', () => {
  assert.is(
    message(() => expectBytes('key', new Uint8Array(32), 32)),
    'no error',
  )
  assert.is(
    message(() => expectBytes('key', Buffer.alloc(32), 32)),
    'no error',
  )
  assert.is(
    message(() => expectBytes('key', new Uint8Array(31), 32)),
    'RangeError: key: expected 32 bytes, got 31',
  )
  assert.is(
    message(() => expectBytes('key', 'x', 32)),
    'TypeError: key: expected Uint8Array, got string',
  )
  assert.is(
    message(() => expectBytes('key', [], 0)),
    'TypeError: key: expected Uint8Array, got object',
  )
  assert.is(
    message(() => expectBytes('key', undefined, 0)),
    'TypeError: key: expected Uint8Array, got undefined',
  )
})

test('integers are expected in a range, ends included', () => {
  for (const value of [1, 2, 5])
    assert.is(
      message(() => expectInteger('n', value, 1, 5)),
      'no error',
    )
  for (const value of [0, 6, -1]) {
    assert.is(
      message(() => expectInteger('n', value, 1, 5)),
      `RangeError: n: expected 1–5, got ${value}`,
    )
  }
  for (const value of [1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.is(
      message(() => expectInteger('n', value, 1, 5)),
      `TypeError: n: expected an integer, got ${value}`,
    )
  }
  assert.is(
    message(() => expectInteger('n', '1', 1, 5)),
    'TypeError: n: expected an integer, got string',
  )
  assert.is(
    message(() => expectInteger('n', 1n, 1, 5)),
    'TypeError: n: expected an integer, got bigint',
  )
})

test('drops are counted by reason', () => {
  const drops = new DropCounter<'malformed' | 'too_many'>()
  assert.equal(drops.snapshot(), {})
  drops.count('malformed')
  drops.count('malformed')
  drops.count('too_many')
  const snapshot = drops.snapshot()
  drops.count('too_many')
  assert.equal(snapshot, { malformed: 2, too_many: 1 })
})

test.run()
