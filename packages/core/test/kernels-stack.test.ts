// What the seam cannot show: no kernel leaves anything of a secret on its stack, where no drop would wipe it.
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CHANNEL_RECORD, SECRET_RECORD } from '../src/crypto/wasm-arena.ts'
import { kernelModules, STACK_SIZE } from './kernel-modules.ts'

const CACHED_KEYS = 64
const CACHE_RECORD = 96

for (const { name, open: instantiate } of kernelModules()) {
  const random = new SeededRandom(11)

  const open = () => {
    const kernels = instantiate()
    let end = (kernels.__heap_base.value + 15) & ~15
    kernels.memory.grow(2)
    const memory = new Uint8Array(kernels.memory.buffer)
    const view = new DataView(kernels.memory.buffer)
    const take = (size: number) => {
      end += size
      return end - size
    }
    const takeRandom = (size: number) => {
      const at = take(size)
      random.fill(memory.subarray(at, at + size))
      return at
    }
    const [secret, entries, table] = [
      take(SECRET_RECORD),
      take(CACHED_KEYS * CACHE_RECORD),
      take(8 * CACHED_KEYS),
    ]
    kernels.keys_init(secret, entries, CACHED_KEYS, table, 2 * CACHED_KEYS - 1)
    random.fill(memory.subarray(secret, secret + 32))
    kernels.secret_init(secret, CACHED_KEYS)
    /** What on the stack is neither a pointer nor a number, nor of the bytes at `publics`. */
    const left = (publics: number, size: number): number[] => {
      const known = new Set<number>()
      for (let at = 0; at <= size - 4; at += 4) known.add(view.getUint32(publics + at))
      const words: number[] = []
      for (let at = 0; at < STACK_SIZE; at += 4) {
        const isSmall = view.getUint32(at, true) < memory.length
        if (!isSmall && !known.has(view.getUint32(at))) words.push(at)
      }
      return words
    }
    return { kernels, memory, view, secret, take, takeRandom, left }
  }

  test(`${name}: keys that are derived`, () => {
    const { kernels, view, memory, secret, takeRandom, left } = open()
    const [publics, nonce, message, out] = [
      takeRandom(320),
      takeRandom(24),
      takeRandom(1000),
      takeRandom(160),
    ]
    const expectNothing = (what: string) => assert.equal(left(nonce, 24), [], what)
    kernels.keys_derive(secret, publics, out)
    expectNothing('derived')
    kernels.box_seal(secret, publics, nonce, message, 900)
    expectNothing('sealed')
    kernels.box_open(secret, publics + 32, nonce, message, 900)
    expectNothing('refused')
    for (let i = 0; i < 3; i++) {
      const request = message + 40 * i
      view.setUint32(request, secret, true)
      view.setUint32(request + 4, out + 32 * i, true)
      memory.copyWithin(request + 8, publics + 64 + 32 * i, publics + 96 + 32 * i)
    }
    kernels.keys_derive_many(message, 3)
    expectNothing('several')
    kernels.keys_cache(secret, publics + 160, 5)
    expectNothing('cached')
  })

  test(`${name}: keys of sessions and streams, also when a nonce carries`, () => {
    for (const carries of [false, true]) {
      const { kernels, memory, takeRandom, left } = open()
      const [key, send, receive] = [takeRandom(32), takeRandom(24), takeRandom(24)]
      // The peer is one packet before the carry; of the next one we see the end of a nonce that has wrapped.
      if (carries) memory.fill(0xff, receive + 16, receive + 24)
      const expected = takeRandom(24)
      memory.copyWithin(expected, receive, receive + 24)
      const [ours, theirs] = [takeRandom(CHANNEL_RECORD), takeRandom(CHANNEL_RECORD)]
      for (const [channel, first, second] of [
        [ours, send, receive],
        [theirs, receive, send],
      ] as const) {
        memory.fill(0, channel, channel + CHANNEL_RECORD)
        memory.copyWithin(channel, key, key + 32)
        memory.copyWithin(channel + 32, first, first + 24)
        memory.copyWithin(channel + 56, second, second + 24)
      }
      const packet = takeRandom(1400)
      kernels.session_seal(theirs, packet, 1, 2, 1373)
      assert.equal(left(receive, 24), [], 'sealed')
      if (carries) kernels.session_seal(theirs, packet, 1, 3, 1373)
      // What the stack has of a nonce that was carried.
      if (carries) {
        memory.fill(0, expected + 16, expected + 24)
        let at = expected + 15
        while (++memory[at]! > 255) at--
      }
      assert.is.not(kernels.session_open(ours, packet, 1400), 0)
      assert.equal(left(expected, 24), [], 'opened')
    }
  })

  test(`${name}: public keys and signatures`, () => {
    const { kernels, memory, takeRandom, left } = open()
    const [seed, publicKey, secretKey, message] = [
      takeRandom(32),
      takeRandom(32),
      takeRandom(64),
      takeRandom(300),
    ]
    // What the tables are made of stays: it is public.
    kernels.x25519_base(publicKey, seed)
    memory.fill(0, 0, STACK_SIZE)
    kernels.x25519_base(publicKey, seed)
    assert.equal(left(seed, 0), [], 'public key')
    kernels.ed25519_key_pair(publicKey, secretKey, seed)
    assert.equal(left(seed, 0), [], 'key pair')
    kernels.ed25519_sign(message + 200, secretKey, message, 200)
    assert.equal(left(seed, 0), [], 'signed')
  })
}

test.run()
