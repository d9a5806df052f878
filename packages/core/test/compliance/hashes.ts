import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { utf8 } from '@ts-toxcore/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import hmacs from '../../../../test-vectors/core/hmac-sha256.json'
import hashes from '../../../../test-vectors/core/sha2.json'
import { hex, hexOf, type Kit } from './kit.ts'

export function hashCompliance({ name, crypto, bytes }: Kit): void {
  const test = suite(`${name}: hashes`)

  test('SHA-256 and SHA-512: vectors', () => {
    for (const { text, repeat, ...digests } of hashes.cases) {
      const data = utf8(text.repeat(repeat))
      assert.is(hexOf(crypto.sha256(data)), digests.sha256, `${repeat} × '${text}'`)
      assert.is(hexOf(crypto.sha512(data)), digests.sha512, `${repeat} × '${text}'`)
    }
  })

  test('HMAC-SHA-256: vectors', () => {
    for (const { comment, key, data, mac } of hmacs.cases) {
      const full = hexOf(crypto.hmacSha256(hex(key), hex(data)))
      assert.is(full.length, 64)
      assert.is(full.slice(0, mac.length), mac, comment)
    }
  })

  test('every length around the blocks, and a megabyte: as noble', () => {
    const long = bytes(2 ** 20 + 1)
    for (const size of [...Array(300).keys(), 1373, 4096, 65_535, 65_536, 100_003, long.length]) {
      // Unaligned, too.
      const data = long.subarray(size & 1, size)
      assert.equal(crypto.sha256(data), sha256(data), `SHA-256 of ${data.length}`)
      assert.equal(crypto.sha512(data), sha512(data), `SHA-512 of ${data.length}`)
      const key = long.subarray(7, 7 + (size % 200))
      assert.equal(crypto.hmacSha256(key, data), hmac(sha256, key, data), `HMAC of ${data.length}`)
    }
    const key = long.subarray(0, 100_000)
    assert.equal(crypto.hmacSha256(key, utf8('x')), hmac(sha256, key, utf8('x')))
  })

  test('hashes have memory of their own: a later one does not change an earlier one', () => {
    const digests = [
      () => crypto.sha256(bytes(5)),
      () => crypto.sha512(bytes(5)),
      () => crypto.hmacSha256(bytes(5), bytes(5)),
    ]
    for (const digest of digests) {
      const first = digest()
      const copy = first.slice()
      digest()
      assert.equal(first, copy)
    }
  })

  test.run()
}
