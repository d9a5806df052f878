import {
  ADDRESS_SIZE,
  addToNonce,
  decodeToxId,
  encodeToxId,
  fromHex,
  incrementNonce,
  isValidPublicKey,
  KeyMap,
  keyText,
  NONCE_SIZE,
  toHex,
} from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import nonces from '../../../test-vectors/core/nonces.json'
import toxIds from '../../../test-vectors/core/tox-ids.json'

const hex = (text: string) => fromHex(text)!

test('Tox IDs: published ones decode, and encode to themselves', () => {
  for (const { comment, toxId, publicKey, nospam } of toxIds.valid) {
    const id = decodeToxId(hex(toxId))!
    assert.is(toHex(id.publicKey), publicKey, comment)
    assert.is(toHex(id.nospam), nospam)
    assert.is(toHex(encodeToxId(id)), toxId)
  }
})

test('Tox IDs: a wrong checksum or length is refused', () => {
  for (const { comment, toxId } of toxIds.invalid) assert.is(decodeToxId(hex(toxId)), undefined, comment)
})

test('Tox IDs: every single changed bit is noticed', () => {
  const valid = hex(toxIds.valid[0]!.toxId)
  for (let bit = 0; bit < 8 * ADDRESS_SIZE; bit++) {
    const damaged = valid.slice()
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    assert.is(decodeToxId(damaged), undefined, `bit ${bit}`)
  }
})

test('Tox IDs: what was decoded does not change with the input', () => {
  const input = hex(toxIds.valid[0]!.toxId)
  const id = decodeToxId(input)!
  input.fill(0)
  assert.is(toHex(id.publicKey), toxIds.valid[0]!.publicKey)
  assert.is(toHex(id.nospam), toxIds.valid[0]!.nospam)
})

test('nonces: vectors', () => {
  for (const { nonce, amount, result } of nonces.cases) {
    const sum = hex(nonce)
    addToNonce(sum, amount)
    assert.is(toHex(sum).toLowerCase(), result, `${nonce} + ${amount}`)
    if (amount !== 1) continue
    const next = hex(nonce)
    incrementNonce(next)
    assert.is(toHex(next).toLowerCase(), result)
  }
})

test('nonces: sums agree with big integers, at every length of carry', () => {
  const random = new SeededRandom(1)
  for (let i = 0; i < 20_000; i++) {
    const nonce = new Uint8Array(NONCE_SIZE)
    random.fill(nonce)
    nonce.fill(0xff, NONCE_SIZE - random.below(NONCE_SIZE + 1))
    const amount = random.u32() >>> random.below(32)
    const number = BigInt(`0x${toHex(nonce)}`)
    const sum = nonce.slice()
    addToNonce(sum, amount)
    assert.is(BigInt(`0x${toHex(sum)}`), (number + BigInt(amount)) % 2n ** 192n)
    incrementNonce(nonce)
    assert.is(BigInt(`0x${toHex(nonce)}`), (number + 1n) % 2n ** 192n)
  }
})

test('public keys that set the top bit would be second names', () => {
  const key = new Uint8Array(32).fill(0xff)
  assert.is(isValidPublicKey(key), false)
  key[31] = 0x7f
  assert.is(isValidPublicKey(key), true)
  assert.is(isValidPublicKey(key.subarray(1)), false)
  assert.is(isValidPublicKey(new Uint8Array(33)), false)
})

test('a KeyMap is a Map by content', () => {
  const map = new KeyMap<string>()
  const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  map.set(a, 'a')
  map.set(b, 'b')
  map.set(a.slice(), 'A')
  assert.is(map.size, 2)
  assert.is(map.get(a.slice()), 'A')
  assert.is(map.has(b), true)
  assert.is(map.has(new Uint8Array(32)), false)
  assert.equal([...map.values()], ['A', 'b'])
  assert.equal(
    [...map.entries()].map(([key, value]) => [key[0], value]),
    [
      [1, 'A'],
      [2, 'b'],
    ],
  )
  assert.is(map.delete(a), true)
  assert.is(map.delete(a), false)
  assert.is(map.get(a), undefined)
  map.clear()
  assert.is(map.size, 0)
})

test('a KeyMap keeps keys of its own', () => {
  const map = new KeyMap<number>()
  const key = new Uint8Array(32).fill(5)
  map.set(key, 1)
  key.fill(6)
  assert.is(map.get(new Uint8Array(32).fill(5)), 1)
  assert.is([...map.entries()][0]![0][0], 5)
})

test('key texts differ wherever keys do, whatever the bytes', () => {
  const texts = new Set<string>()
  for (let byte = 0; byte < 256; byte++) {
    for (const at of [0, 31]) {
      const key = new Uint8Array(32).fill(0x80)
      key[at] = byte
      texts.add(keyText(key))
    }
  }
  // 256 by the first byte and 256 by the last, less the one that is both.
  assert.is(texts.size, 511)
})

test.run()
