// How much work strangers can make us do, and how long what it left behind is kept.
import {
  type Backend,
  type Crypto,
  createJsCrypto,
  IdleKeys,
  type Instant,
  KEYS_TIMEOUT,
  KeyBudget,
  MAC_SIZE,
  MINUTE,
  NEVER,
  NONCE_SIZE,
  type SecretHandle,
} from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const NOW: Instant = 1_700_000_000_000
const random = new SeededRandom(1)

/** A Crypto that knows the public keys that begin with 1. */
function stub(backend: Backend): Crypto {
  return { ...createJsCrypto(), backend, isCached: (_, publicKey) => publicKey[0] === 1 }
}
const SECRET = 1 as SecretHandle
const known = new Uint8Array(32).fill(1)
const stranger = new Uint8Array(32).fill(2)

function admitted(budget: KeyBudget, now: Instant, count: number): number {
  let admitted = 0
  for (let i = 0; i < count; i++) if (budget.admits(now, SECRET, stranger)) admitted++
  return admitted
}

for (const [backend, rate] of [
  ['js', 1000],
  ['wasm', 8000],
  ['wasm-relaxed', 12_000],
] as const) {
  test(`${backend}: ${rate} keys of strangers a second, and known ones always`, () => {
    const budget = new KeyBudget(stub(backend))
    assert.is(admitted(budget, NOW, 3 * rate), rate, 'a burst')
    assert.ok(budget.admits(NOW, SECRET, known))
    assert.is(admitted(budget, NOW, 1), 0, 'known keys take no token')
    assert.is(admitted(budget, NOW + 100, rate), rate / 10)
    let total = 0
    for (let ms = 101; ms <= 1100; ms++) total += admitted(budget, NOW + ms, rate)
    assert.ok(Math.abs(total - rate) <= 1, `${total} in a second`)
    assert.is(admitted(budget, NOW + 60_000, 3 * rate), rate, 'no more than a second is saved up')
  })
}

test('keys that are not used for ten minutes are wiped, and then there is nothing to wake for', () => {
  const crypto = createJsCrypto()
  const secret = crypto.addSecret(crypto.keyPair(random).secretKey, 8)
  const [friend, passer] = [crypto.keyPair(random).publicKey, crypto.keyPair(random).publicKey]
  const idle = new IdleKeys(crypto, [secret])
  const use = (now: Instant, publicKey: Uint8Array) => {
    idle.used(now)
    crypto.sealBox(
      secret,
      publicKey,
      new Uint8Array(NONCE_SIZE),
      new Uint8Array(1),
      new Uint8Array(1 + MAC_SIZE),
    )
  }
  assert.is(idle.deadline(), NEVER)
  use(NOW, friend)
  use(NOW + 1, passer)
  assert.is(idle.deadline(), NOW + KEYS_TIMEOUT)
  idle.tick(NOW + KEYS_TIMEOUT - 1)
  idle.tick(NOW + KEYS_TIMEOUT)
  assert.ok(crypto.isCached(secret, passer), 'used since the last time')
  use(NOW + 15 * MINUTE, friend)
  idle.tick(NOW + 2 * KEYS_TIMEOUT)
  assert.equal(
    [friend, passer].map(key => crypto.isCached(secret, key)),
    [true, false],
  )
  idle.tick(NOW + 3 * KEYS_TIMEOUT)
  assert.not.ok(crypto.isCached(secret, friend))
  assert.is(idle.deadline(), NEVER)
})

test.run()
