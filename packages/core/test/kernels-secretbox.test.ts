// What the seam cannot show of the secretbox kernel: buffers at any address, what stands beside them, and what is left of keys.
import { KEY_SIZE, MAC_SIZE, NONCE_SIZE } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import nacl from 'tweetnacl'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { kernelModules, STACK_SIZE } from './kernel-modules.ts'

/** What stands before and after a buffer. */
const MARGIN = 16
const MARK = 0xa5
/** Around every change of how a message is processed. */
const SIZES = [
  0, 1, 15, 16, 31, 32, 33, 64, 95, 96, 97, 128, 223, 224, 225, 255, 256, 300, 352, 353, 480, 481, 608, 609,
]
const LONG_SIZES = [1373, 2048, 2143, 2144, 2145, 3000, 4200]

for (const { name, open: instantiate } of kernelModules()) {
  const random = new SeededRandom(7)

  const bytes = (size: number): Uint8Array => {
    const out = new Uint8Array(size)
    random.fill(out)
    return out
  }

  const open = () => {
    const kernels = instantiate()
    const key = (kernels.__heap_base.value + 63) & ~63
    kernels.memory.grow(1)
    return { kernels, key, nonce: key + 64, at: key + 128, memory: new Uint8Array(kernels.memory.buffer) }
  }

  test(`${name}: buffers, keys and nonces at any address; nothing beside the box is touched`, () => {
    const { kernels, key, nonce, at, memory } = open()
    for (const size of SIZES) {
      for (let offset = 0; offset < 16; offset++) {
        const [secret, number, message] = [bytes(KEY_SIZE), bytes(NONCE_SIZE), bytes(size)]
        const box = nacl.secretbox(message, number, secret)
        const [keyAt, nonceAt, boxAt] = [key + (offset % 5), nonce + (offset % 7), at + MARGIN + offset]
        const around = memory.subarray(boxAt - MARGIN, boxAt + box.length + MARGIN)
        const expected = new Uint8Array(around.length).fill(MARK)
        memory.set(secret, keyAt)
        memory.set(number, nonceAt)

        around.fill(MARK)
        memory.set(message, boxAt + MAC_SIZE)
        kernels.secretbox_seal(keyAt, nonceAt, boxAt, size)
        expected.set(box, MARGIN)
        assert.equal(around, expected, `sealed: ${size} at ${offset}`)

        const forged = boxAt + ((size * 16 + offset) % box.length)
        memory[forged] = (memory[forged] ?? 0) ^ 0x10
        const before = around.slice()
        assert.is(kernels.secretbox_open(keyAt, nonceAt, boxAt, size), 0, `forged: ${size} at ${offset}`)
        assert.equal(around, before, `forged: ${size} at ${offset}`)

        memory.set(box, boxAt)
        assert.is(kernels.secretbox_open(keyAt, nonceAt, boxAt, size), 1, `opened: ${size} at ${offset}`)
        expected.set(message, MARGIN + MAC_SIZE)
        assert.equal(around, expected, `opened: ${size} at ${offset}`)
      }
    }
  })

  test(`${name}: nothing that was derived is left on the stack`, () => {
    for (const size of [...SIZES, ...LONG_SIZES]) {
      for (const how of ['sealed', 'opened', 'refused']) {
        const { kernels, key, nonce, at, memory } = open()
        const [secret, number, message] = [bytes(KEY_SIZE), bytes(NONCE_SIZE), bytes(size)]
        memory.set(secret, key)
        memory.set(number, nonce)
        if (how === 'sealed') {
          memory.set(message, at + MAC_SIZE)
          kernels.secretbox_seal(key, nonce, at, size)
        } else {
          memory.set(nacl.secretbox(message, number, secret), at)
          if (how === 'refused') memory[at] = (memory[at] ?? 0) ^ 1
          assert.is(kernels.secretbox_open(key, nonce, at, size), how === 'opened' ? 1 : 0)
        }
        assert.not(
          memory.subarray(0, STACK_SIZE).some(byte => byte !== 0),
          `${how}: ${size}`,
        )
      }
    }
  })
}

test.run()
