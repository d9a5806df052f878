import {
  concatBytes,
  equalBytes,
  equalConstantTime,
  fromHex,
  fromUtf8,
  toHex,
  utf8,
  wipe,
} from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const of = (...values: number[]) => Uint8Array.from(values)

test('hex: every byte, both cases, and what is none', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i)
  assert.is(toHex(all), Buffer.from(all).toString('hex').toUpperCase())
  assert.equal(fromHex(toHex(all)), all)
  assert.equal(fromHex(toHex(all).toLowerCase()), all)
  assert.equal(fromHex(''), of())
  for (const text of ['0', '0g', '0x00', ' 00', '00 ', '00\n', '-1', '０0']) {
    assert.is(fromHex(text), undefined, JSON.stringify(text))
  }
})

test('UTF-8: text survives; what is none becomes U+FFFD and never throws; a BOM is text', () => {
  for (const text of ['', 'häß', '日本', '👋🏽', '\0', '\uFEFFx']) assert.is(fromUtf8(utf8(text)), text)
  assert.is(fromUtf8(of(0x61, 0xff, 0x62)), 'a\uFFFDb')
  assert.is(fromUtf8(of(0xc3)), '\uFFFD')
})

test('concatenation', () => {
  assert.equal(concatBytes(), of())
  assert.equal(concatBytes(of(1), of(), of(2, 3)), of(1, 2, 3))
})

for (const [name, equal] of Object.entries({ equalBytes, equalConstantTime })) {
  test(`${name}: every single bit counts`, () => {
    const a = Uint8Array.from({ length: 32 }, (_, i) => 7 * i)
    assert.is(equal(a, a.slice()), true)
    assert.is(equal(of(), of()), true)
    assert.is(equal(a, a.subarray(1)), false)
    assert.is(equal(a.subarray(0, 31), a), false)
    for (let bit = 0; bit < 256; bit++) {
      const b = a.slice()
      b[bit >> 3]! ^= 1 << (bit & 7)
      assert.is(equal(a, b), false)
    }
    // Differences that cancel out when added.
    assert.is(equal(of(1, 2), of(2, 1)), false)
  })
}

test('wiping leaves zeros', () => {
  const secret = of(1, 2, 3)
  wipe(secret)
  assert.equal(secret, of(0, 0, 0))
})

test.run()
