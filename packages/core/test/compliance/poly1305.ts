import { concatBytes, equalBytes, KEY_SIZE, MAC_SIZE, NONCE_SIZE } from '@ts-toxcore/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Kit, lowlevel } from './kit.ts'

const P = 2n ** 130n - 5n
const TOP = 2n ** 128n
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn

/**
 * Where carries and the last reduction go wrong in implementations: at the ends of the field, of limbs of 26, 32, 44 and
 * 64 bits, and of the 128 bits that are left. Values up to 4 are also p to p + 4 when they are not reduced.
 */
const EDGES = [26n, 32n, 44n, 52n, 64n, 78n, 88n, 96n, 104n, 128n, 129n, 130n].flatMap(bits => [
  2n ** bits - 1n,
  2n ** bits,
  2n ** bits + 1n,
])
const TARGETS = [0n, 1n, 2n, 3n, 4n, 5n, 6n, P - 1n, P - 2n, P - 3n, P - 4n, P - 5n, P - 6n, ...EDGES].map(
  edge => edge % P,
)

/**
 * Poly1305 inside of secretbox. Its key comes out of the stream cipher and cannot be chosen, so published vectors with
 * special keys do not apply; but the sealed bytes can: block by block they are chosen so that the accumulator is at an edge.
 */
export function poly1305Compliance({ name, crypto, random, bytes }: Kit): void {
  const test = suite(`${name}: Poly1305`)

  test('accumulators at the edges of field and limbs, after every block', () => {
    let edges = 0
    for (let round = 0; round < 60; round++) {
      const authenticator = randomAuthenticator()
      const blocks: Uint8Array[] = []
      for (let count = 1 + random.below(70); blocks.length < count; ) {
        const block = authenticator.blockTo(TARGETS[random.below(TARGETS.length)]!)
        if (block !== undefined) edges++
        blocks.push(
          authenticator.add(block ?? [0, 0xff].map(byte => new Uint8Array(16).fill(byte))[round & 1]!),
        )
      }
      authenticator.check(blocks)
    }
    assert.ok(edges > 500, `${edges}`)
  })

  test('each edge as the last accumulator, at every place among the blocks', () => {
    for (const target of TARGETS) {
      // A first block is never 0 modulo p: it has a bit above it.
      for (const count of [target === 0n ? 6 : 1, 2, 3, 4, 5, 8, 13, 16, 17, 20, 64, 85]) {
        for (;;) {
          const authenticator = randomAuthenticator()
          const blocks = Array.from({ length: count - 1 }, () => authenticator.add(bytes(16)))
          const last = authenticator.blockTo(target)
          if (last === undefined) continue
          authenticator.check([...blocks, authenticator.add(last)])
          break
        }
      }
    }
  })

  test('the sum with the second half of the key at the ends of its 128 bits', () => {
    for (const sum of [0n, 1n, TOP - 1n, TOP - 2n, 2n ** 32n - 1n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 96n]) {
      for (const high of [0n, 1n, 2n, 3n]) {
        for (let done = false; !done; ) {
          const authenticator = randomAuthenticator()
          const blocks = [authenticator.add(bytes(16)), authenticator.add(bytes(16))]
          const target = ((sum - authenticator.s + TOP) % TOP) + high * TOP
          if (target >= P) continue
          const last = authenticator.blockTo(target)
          if (last === undefined) continue
          assert.is(littleEndian(authenticator.check([...blocks, authenticator.add(last)])), sum)
          done = true
        }
      }
    }
  })

  test('blocks of zeros and of ones, whole and in part', () => {
    for (const byte of [0, 0xff]) {
      for (let size = 1; size <= 600; size++) {
        const authenticator = randomAuthenticator()
        authenticator.check([new Uint8Array(size).fill(byte)], false)
      }
    }
  })

  function randomAuthenticator() {
    const [key, nonce] = [bytes(KEY_SIZE), bytes(NONCE_SIZE)]
    const oneTimeKey = new Uint8Array(32)
    lowlevel.crypto_stream(oneTimeKey, 0, 32, nonce, key)
    const r = littleEndian(oneTimeKey.subarray(0, 16)) & CLAMP
    const s = littleEndian(oneTimeKey.subarray(16))
    const inverse = power(r, P - 2n)
    let accumulator = 0n

    return {
      s,
      /** The block after which the accumulator is `target`, if there is one: it has 128 bits, not 130. */
      blockTo(target: bigint): Uint8Array | undefined {
        const block = (target * inverse - accumulator - TOP + 3n * P) % P
        return block < TOP ? toLittleEndian(block) : undefined
      },
      add(block: Uint8Array): Uint8Array {
        accumulator = ((accumulator + littleEndian(block) + TOP) * r) % P
        return block
      },
      /** The MAC: seals what gives these blocks and opens it, and refuses MACs that are near it. */
      check(blocks: readonly Uint8Array[], modelled = true): Uint8Array {
        const sealed = concatBytes(...blocks)
        const mac = new Uint8Array(16)
        lowlevel.crypto_onetimeauth(mac, 0, sealed, 0, sealed.length, oneTimeKey)
        if (modelled) assert.equal(mac, toLittleEndian((accumulator + s) % TOP))
        const handle = crypto.addKey(key)
        const box = concatBytes(mac, sealed)
        const message = new Uint8Array(sealed.length)
        assert.is(crypto.open(handle, nonce, box, message), true)
        const again = new Uint8Array(box.length)
        crypto.seal(handle, nonce, message, again)
        assert.ok(equalBytes(again, box))
        // What a slip in the last reduction or its carry would give.
        for (const slip of [5n, TOP - 5n, 1n, TOP - 1n, 2n ** 64n, 2n ** 32n]) {
          box.set(toLittleEndian((littleEndian(mac) + slip) % TOP))
          assert.is(crypto.open(handle, nonce, box, box.subarray(MAC_SIZE)), false)
        }
        crypto.dropKey(handle)
        return mac
      },
    }
  }

  test.run()
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n)
}

function toLittleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
}

/** Modulo p. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let [square, bits] = [base, exponent]; bits > 0n; bits >>= 1n, square = (square * square) % P) {
    if (bits & 1n) result = (result * square) % P
  }
  return result
}
