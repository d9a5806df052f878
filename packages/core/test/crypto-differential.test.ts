// Every implementation against tweetnacl and noble on random cases: boxes of every length from 0 to 4200 sealed, opened and
// forged, in place and at any alignment; X25519, public keys and Ed25519. What the oracles compute serves all of them.
//   DIFFERENTIAL_COUNT=1000000 npm test -- crypto-differential      cases for each implementation, by hand
//   DIFFERENTIAL_SEED=…                                             replays a run
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { type Crypto, equalBytes, MAC_SIZE, NONCE_SIZE, toHex } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import nacl from 'tweetnacl'
import { test } from 'uvu'
import { createBackends } from './backends.ts'
import { hsalsa20 } from './compliance/kit.ts'

const COUNT = Number(process.env.DIFFERENTIAL_COUNT ?? 20_000)
const SEED = process.env.DIFFERENTIAL_SEED ?? String(Math.floor(Math.random() * 2 ** 32))
const LENGTHS = 4201
/** Coprime to the number of lengths: each comes up as often as any other. */
const LENGTH_STEP = 1303

const backends = createBackends()
const random = new SeededRandom(SEED)
const counts = new Map<string, number>()

/** Uniform bytes; one time in eight with runs of zeros and ones, which carries find hard. */
function bytes(size: number): Uint8Array {
  const out = new Uint8Array(size)
  random.fill(out)
  if (random.below(8) === 0) {
    for (let at = 0; at < size; ) {
      const end = at + 1 + random.below(12)
      if (random.below(3) > 0) out.fill(random.below(2) * 0xff, at, end)
      at = end
    }
  }
  return out
}

/** Counts cases of one kind, and says of a wrong one how to see it again. */
function expect(fine: boolean, kind: string, crypto: Crypto, ...details: Uint8Array[]): void {
  if (fine) return
  throw new Error(
    `${crypto.backend}: ${kind}, after ${total()} cases of DIFFERENTIAL_SEED=${SEED}\n${details.map(toHex).join('\n')}`,
  )
}
const count = (kind: string, cases: number) => counts.set(kind, (counts.get(kind) ?? 0) + cases)
const total = () => [...counts.values()].reduce((sum, cases) => sum + cases, 0)

let lengthIndex = 0

/** A message sealed, opened and forged by each: three cases. */
function boxes(): void {
  const size = (lengthIndex++ * LENGTH_STEP) % LENGTHS
  const [key, nonce, message] = [bytes(32), bytes(NONCE_SIZE), bytes(size)]
  const box = nacl.secretbox(message, nonce, key)
  const forged = box.slice()
  const forgedNonce = nonce.slice()
  const victim = random.below(8) === 0 ? forgedNonce : forged
  victim[random.below(random.below(4) === 0 ? Math.min(victim.length, 16) : victim.length)]! ^=
    1 << random.below(8)
  const [offset, outOffset, inPlace] = [random.below(17), random.below(17), random.below(2) === 0]
  const beside = 5
  for (const crypto of backends) {
    const handle = crypto.addKey(key)
    const memory = new Uint8Array(offset + box.length + beside)
    const view = memory.subarray(offset, offset + box.length)
    const plain = view.subarray(MAC_SIZE)
    const elsewhere = new Uint8Array(outOffset + box.length).subarray(outOffset)
    const intact = () => memory.subarray(0, offset).every(isZero) && memory.subarray(-beside).every(isZero)

    plain.set(message)
    const sealed = inPlace ? view : elsewhere
    crypto.seal(handle, nonce, plain, sealed)
    expect(equalBytes(sealed, box) && intact(), `seal ${size}`, crypto, key, nonce, message)

    view.set(box)
    const opened = inPlace ? plain : elsewhere.subarray(MAC_SIZE)
    const authentic = crypto.open(handle, nonce, view, opened)
    expect(authentic && equalBytes(opened, message) && intact(), `open ${size}`, crypto, key, nonce, box)

    view.set(forged)
    if (!inPlace) opened.fill(0x55)
    const accepted = crypto.open(handle, forgedNonce, view, opened)
    const untouched = equalBytes(view, forged) && (inPlace || opened.every(byte => byte === 0x55))
    expect(!accepted && untouched && intact(), `forged ${size}`, crypto, key, forgedNonce, forged)
    crypto.dropKey(handle)
  }
  count('boxes sealed', 1)
  count('boxes opened', 1)
  count('forged boxes', 1)
}
const isZero = (byte: number) => byte === 0

/** What of a product shows outside: a message sealed with the key that is derived from it. */
function marker(product: Uint8Array): Uint8Array | undefined {
  return product.every(isZero) ? undefined : nacl.secretbox(MARK, NO_NONCE, hsalsa20(product))
}
const MARK = new Uint8Array(8)
const NO_NONCE = new Uint8Array(NONCE_SIZE)

/** 8 multiplications: 4 of points that may be anything, 4 between key pairs, of which two and two agree. */
function curve(): void {
  const pairs = Array.from({ length: 4 }, () => {
    const scalar = bytes(32)
    return { scalar, publicKey: x25519.getPublicKey(scalar) }
  }) as [KeyPair, KeyPair, KeyPair, KeyPair]
  const [a, b, c, d] = pairs
  const [ab, cd] = [nacl.scalarMult(a.scalar, b.publicKey), nacl.scalarMult(c.scalar, d.publicKey)]
  const cases: [scalar: Uint8Array, point: Uint8Array, product: Uint8Array][] = [
    [a.scalar, b.publicKey, ab],
    [b.scalar, a.publicKey, ab],
    [c.scalar, d.publicKey, cd],
    [d.scalar, c.publicKey, cd],
  ]
  for (const { scalar } of pairs) {
    const point = bytes(32)
    cases.push([scalar, point, nacl.scalarMult(scalar, point)])
  }
  const expected = cases.map(([, , product]) => marker(product))
  for (const crypto of backends) {
    for (const { scalar, publicKey } of pairs) {
      expect(equalBytes(crypto.publicKey(scalar), publicKey), 'public key', crypto, scalar)
    }
    const inputs = cases.map(([scalar, point]) => [crypto.addSecret(scalar, 1), point] as const)
    // Half of them one at a time, half of them together: other code, where there are pairs.
    const together = crypto.deriveKeys(inputs.slice(0, 4).reverse()).reverse()
    const keys = [...together, ...inputs.slice(4).map(([secret, point]) => crypto.deriveKey(secret, point))]
    for (const [i, key] of keys.entries()) {
      const [scalar, point, product] = cases[i]!
      const sealed = new Uint8Array(MARK.length + MAC_SIZE)
      if (key !== undefined) {
        crypto.seal(key, NO_NONCE, MARK, sealed)
        crypto.dropKey(key)
      }
      const wanted = expected[i]
      const fine = wanted === undefined ? key === undefined : key !== undefined && equalBytes(sealed, wanted)
      expect(fine, 'X25519', crypto, scalar, point, product)
    }
    for (const [secret] of inputs) crypto.dropSecret(secret)
  }
  count('X25519', cases.length)
  count('public keys', pairs.length)
}
interface KeyPair {
  readonly scalar: Uint8Array
  readonly publicKey: Uint8Array
}

/** A key pair, a signature, its verification, and that of a forged one: four cases. */
function signatures(): void {
  const [seed, message] = [bytes(32), bytes(random.below(300))]
  const publicKey = ed25519.getPublicKey(seed)
  const signature = ed25519.sign(message, seed)
  const [forged, forgedKey, forgedMessage] = [signature.slice(), publicKey.slice(), message.slice()]
  const victim = [forged, forged, forgedKey, forgedMessage][random.below(4)]!
  if (victim.length === 0) forged[0]! ^= 1
  else victim[random.below(victim.length)]! ^= 1 << random.below(8)
  for (const crypto of backends) {
    const pair = crypto.signatureKeyPair(seed)
    expect(equalBytes(pair.publicKey, publicKey), 'Ed25519 public key', crypto, seed)
    expect(equalBytes(crypto.sign(pair.secretKey, message), signature), 'sign', crypto, seed, message)
    expect(crypto.verify(publicKey, message, signature), 'verify', crypto, publicKey, message, signature)
    const accepted = crypto.verify(forgedKey, forgedMessage, forged)
    expect(!accepted, 'forged signature', crypto, forgedKey, forgedMessage, forged)
  }
  count('Ed25519 key pairs', 1)
  count('signatures', 1)
  count('verifications', 1)
  count('forged signatures', 1)
}

/** Three cases. */
function hashes(): void {
  const [data, key] = [bytes(random.below(2000)), bytes(random.below(150))]
  const expected = [sha256(data), sha512(data), hmac(sha256, key, data)]
  for (const crypto of backends) {
    const digests = [crypto.sha256(data), crypto.sha512(data), crypto.hmacSha256(key, data)]
    for (const [i, digest] of digests.entries()) {
      expect(equalBytes(digest, expected[i]!), ['SHA-256', 'SHA-512', 'HMAC'][i]!, crypto, key, data)
    }
  }
  count('hashes', 3)
}

test(`${COUNT.toLocaleString('en')} cases, each by ${backends.map(({ backend }) => backend).join(', ')}`, () => {
  console.log(`SEED DIFFERENTIAL_SEED=${SEED}`)
  // Of 400 cases 300 are boxes, 60 multiplications, 28 signatures, 12 hashes: the oracles are slow on curves.
  while (total() < COUNT) {
    for (let i = 0; i < 100; i++) boxes()
    for (let i = 0; i < 5; i++) curve()
    for (let i = 0; i < 7; i++) signatures()
    for (let i = 0; i < 4; i++) hashes()
  }
  const mix = [...counts].map(([kind, cases]) => `${cases.toLocaleString('en')} ${kind}`).join(', ')
  console.log(`NOTE ${total().toLocaleString('en')} cases each: ${mix}`)
})

test.run()
