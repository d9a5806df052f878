import { concatBytes, equalBytes, KEY_SIZE, type KeyHandle, MAC_SIZE, NONCE_SIZE } from '@ts-toxcore/core'
import nacl from 'tweetnacl'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import secretboxes from '../../../../test-vectors/core/secretbox.json'
import { flipped, hex, hexOf, type Kit } from './kit.ts'

const LONGEST = 4200

export function secretboxCompliance({ name, crypto, random, bytes, sealed, stranger }: Kit): void {
  const test = suite(`${name}: secretbox`)

  test('vectors', () => {
    for (const { comment, key, nonce, message, box } of secretboxes.cases) {
      const handle = crypto.addKey(hex(key))
      assert.is(hexOf(sealed(handle, hex(nonce), hex(message))), box, comment)
      const opened = new Uint8Array(message.length / 2)
      assert.is(crypto.open(handle, hex(nonce), hex(box), opened), true, comment)
      assert.is(hexOf(opened), message, comment)
      crypto.dropKey(handle)
    }
  })

  test(`every length from 0 to ${LONGEST} seals as in tweetnacl, and opens`, () => {
    const key = bytes(KEY_SIZE)
    const handle = crypto.addKey(key)
    for (let size = 0; size <= LONGEST; size++) {
      const [nonce, message] = [bytes(NONCE_SIZE), bytes(size)]
      const expected = nacl.secretbox(message, nonce, key)
      assert.ok(equalBytes(sealed(handle, nonce, message), expected), `seal ${size}`)
      const opened = new Uint8Array(size)
      assert.ok(crypto.open(handle, nonce, expected, opened), `open ${size}`)
      assert.ok(equalBytes(opened, message), `opened ${size}`)
    }
    crypto.dropKey(handle)
  })

  test('long messages', () => {
    const key = bytes(KEY_SIZE)
    const handle = crypto.addKey(key)
    for (const size of [8191, 8192, 20_000, 65_536, 300_001]) {
      const [nonce, message] = [bytes(NONCE_SIZE), bytes(size)]
      const expected = nacl.secretbox(message, nonce, key)
      assert.ok(equalBytes(sealed(handle, nonce, message), expected), `seal ${size}`)
      const opened = new Uint8Array(size)
      assert.ok(crypto.open(handle, nonce, expected, opened), `open ${size}`)
      assert.ok(equalBytes(opened, message), `opened ${size}`)
      expected[size - 1]! ^= 1
      assert.not.ok(crypto.open(handle, nonce, expected, opened), `forged ${size}`)
    }
    crypto.dropKey(handle)
  })

  test('in place, at any offset of a larger buffer, and nothing beside it is touched', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    for (const size of [0, 1, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1000, 1373, LONGEST]) {
      for (const offset of [...Array(17).keys(), 50]) {
        const [nonce, message] = [bytes(NONCE_SIZE), bytes(size)]
        const packet = bytes(offset + MAC_SIZE + size + 9)
        const before = packet.slice()
        packet.set(message, offset + MAC_SIZE)
        const box = packet.subarray(offset, offset + MAC_SIZE + size)
        const plain = box.subarray(MAC_SIZE)
        crypto.seal(key, nonce, plain, box)
        assert.ok(equalBytes(box, sealed(key, nonce, message)))
        assert.is(crypto.open(key, nonce, box, plain), true)
        assert.ok(equalBytes(plain, message))
        assert.ok(equalBytes(packet.subarray(0, offset), before.subarray(0, offset)))
        assert.ok(
          equalBytes(packet.subarray(offset + MAC_SIZE + size), before.subarray(offset + MAC_SIZE + size)),
        )
      }
    }
    crypto.dropKey(key)
  })

  test('from one end of a buffer to another, and into Node’s buffers', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    const nonce = bytes(NONCE_SIZE)
    const whole = Buffer.alloc(500)
    random.fill(whole)
    const message = Uint8Array.from(whole.subarray(3, 103))
    crypto.seal(key, nonce, whole.subarray(3, 103), whole.subarray(201, 317))
    assert.equal(Uint8Array.from(whole.subarray(201, 317)), sealed(key, nonce, message))
    assert.is(crypto.open(key, nonce, whole.subarray(201, 317), whole.subarray(7, 107)), true)
    assert.ok(equalBytes(whole.subarray(7, 107), message))
    crypto.dropKey(key)
  })

  test('any changed bit, another nonce, another key: refused, and nothing is written', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    const other = crypto.addKey(bytes(KEY_SIZE))
    const nonce = bytes(NONCE_SIZE)
    const refuses = (withKey: KeyHandle, withNonce: Uint8Array, input: Uint8Array) => {
      const out = new Uint8Array(input.length - MAC_SIZE).fill(0xaa)
      assert.is(crypto.open(withKey, withNonce, input, out), false)
      assert.ok(out.every(byte => byte === 0xaa))
    }
    for (const size of [0, 1, 16, 40, 100, 300]) {
      const box = sealed(key, nonce, bytes(size))
      for (let bit = 0; bit < 8 * box.length; bit++) refuses(key, nonce, flipped(box, bit))
      for (let bit = 0; bit < 8 * NONCE_SIZE; bit++) refuses(key, flipped(nonce, bit), box)
      refuses(other, nonce, box)
      for (let length = MAC_SIZE; length < box.length; length++) refuses(key, nonce, box.subarray(0, length))
      refuses(key, nonce, concatBytes(box, Uint8Array.of(0)))
      assert.is(crypto.open(key, nonce, box, new Uint8Array(size)), true)
    }
    crypto.dropKey(key)
    crypto.dropKey(other)
  })

  test('boxes of every length with some byte changed are refused (libsodium’s secretbox8)', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    const out = new Uint8Array(1000)
    for (let size = 0; size < 1000; size++) {
      const nonce = bytes(NONCE_SIZE)
      const box = sealed(key, nonce, bytes(size))
      for (let caught = 0; caught < 10; caught++) {
        box[random.below(box.length)]! += 1 + random.below(255)
        if (crypto.open(key, nonce, box, out.subarray(0, size))) {
          // Changes may cancel out: then it is the right message again.
          assert.ok(equalBytes(sealed(key, nonce, out.subarray(0, size)), box), `forged: ${size}`)
        }
      }
    }
    crypto.dropKey(key)
  })

  test('in place, too, a refused box stays as it was', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    const nonce = bytes(NONCE_SIZE)
    for (const size of [1, 64, 100, 256, 1373, 2048]) {
      const box = flipped(sealed(key, nonce, bytes(size)), 3)
      const before = box.slice()
      assert.is(crypto.open(key, nonce, box, box.subarray(MAC_SIZE)), false)
      assert.ok(equalBytes(box, before))
    }
    crypto.dropKey(key)
  })

  test('boxes that are too short for a MAC are refused', () => {
    const key = crypto.addKey(bytes(KEY_SIZE))
    const { secret, publicKey } = stranger()
    for (let size = 0; size < MAC_SIZE; size++) {
      assert.is(crypto.open(key, bytes(NONCE_SIZE), bytes(size), new Uint8Array(0)), false)
      assert.is(crypto.openBox(secret, publicKey, bytes(NONCE_SIZE), bytes(size), new Uint8Array(0)), false)
    }
    crypto.dropKey(key)
    crypto.dropSecret(secret)
  })

  test('inputs are left as they are', () => {
    const [key, nonce, message] = [bytes(32), bytes(24), bytes(50)]
    const copies = [key, nonce, message].map(input => input.slice())
    const handle = crypto.addKey(key)
    const box = sealed(handle, nonce, message)
    const boxCopy = box.slice()
    crypto.open(handle, nonce, box, new Uint8Array(50))
    assert.equal([key, nonce, message], copies)
    assert.equal(box, boxCopy)
    crypto.dropKey(handle)
  })

  test.run()
}
