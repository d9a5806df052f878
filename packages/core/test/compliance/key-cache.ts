import { equalBytes, type SecretHandle, utf8 } from '@ts-toxcore/core'
import nacl from 'tweetnacl'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import smallOrder from '../../../../test-vectors/core/small-order-keys.json'
import { hex, type Kit } from './kit.ts'

export function keyCacheCompliance({ name, crypto, random, bytes, sealed, boxed }: Kit): void {
  const test = suite(`${name}: key cache`)
  const strangers = (count: number) => Array.from({ length: count }, () => nacl.scalarMult.base(bytes(32)))
  const cachedOf = (secret: SecretHandle, peers: readonly Uint8Array[]) =>
    peers.map(peer => crypto.isCached(secret, peer))
  const use = (secret: SecretHandle, peer: Uint8Array) => boxed(secret, peer, bytes(24), utf8('x'))

  test('what was sealed or opened with is cached; asking is not', () => {
    const secret = crypto.addSecret(bytes(32), 4)
    const [sealedTo, openedFrom, asked, derivedApart] = strangers(4)
    use(secret, sealedTo!)
    crypto.openBox(secret, openedFrom!, bytes(24), bytes(20), new Uint8Array(4))
    crypto.isCached(secret, asked!)
    crypto.dropKey(crypto.deriveKey(secret, derivedApart!)!)
    assert.is(crypto.isCached(secret, sealedTo!), true)
    assert.is(crypto.isCached(secret, openedFrom!), true)
    assert.is(crypto.isCached(secret, asked!), false)
    crypto.dropSecret(secret)
  })

  test('keys derived ahead, any number of them, are the right ones', () => {
    const mine = bytes(32)
    for (const count of [0, 1, 2, 3, 4, 5, 8, 17]) {
      const secret = crypto.addSecret(mine, 20)
      const peers = strangers(count)
      crypto.cacheKeys(secret, peers)
      assert.equal(cachedOf(secret, peers), Array(count).fill(true))
      for (const peer of peers) {
        const nonce = bytes(24)
        assert.equal(boxed(secret, peer, nonce, utf8('x')), nacl.box(utf8('x'), nonce, peer, mine))
      }
      crypto.dropSecret(secret)
    }
  })

  test('ahead: degenerate ones, repeated ones and those that are there already', () => {
    const mine = bytes(32)
    const secret = crypto.addSecret(mine, 30)
    const [a, b, c] = strangers(3) as [Uint8Array, Uint8Array, Uint8Array]
    use(secret, b)
    const small = smallOrder.cases.map(({ publicKey }) => hex(publicKey))
    crypto.cacheKeys(secret, [small[0]!, a, small[1]!, small[2]!, b, a, ...small.slice(3), c])
    assert.equal(cachedOf(secret, [a, b, c]), [true, true, true])
    assert.equal(
      cachedOf(secret, small),
      small.map(() => false),
    )
    for (const peer of [a, b, c]) {
      const nonce = bytes(24)
      assert.equal(boxed(secret, peer, nonce, utf8('x')), nacl.box(utf8('x'), nonce, peer, mine))
    }
    crypto.dropSecret(secret)
  })

  test('never more than the quota, and a flood at one secret evicts nothing of another', () => {
    const [flooded, other] = [crypto.addSecret(bytes(32), 8), crypto.addSecret(bytes(32), 8)]
    const [friends, flood] = [strangers(8), strangers(40)]
    crypto.cacheKeys(other, friends)
    crypto.cacheKeys(flooded, flood)
    assert.is(cachedOf(flooded, flood).filter(Boolean).length, 8)
    for (const peer of flood) {
      crypto.openBox(flooded, peer, bytes(24), bytes(20), new Uint8Array(4))
      assert.is(crypto.isCached(flooded, peer), true)
    }
    assert.is(cachedOf(flooded, flood).filter(Boolean).length, 8)
    assert.equal(cachedOf(other, friends), Array(8).fill(true))
    crypto.dropSecret(flooded)
    assert.equal(cachedOf(other, friends), Array(8).fill(true))
    crypto.dropSecret(other)
  })

  test('what is used often stays, however many others come and go', () => {
    const secret = crypto.addSecret(bytes(32), 4)
    const [friend] = strangers(1)
    use(secret, friend!)
    for (const passer of strangers(20)) {
      assert.is(crypto.isCached(secret, friend!), true)
      use(secret, friend!)
      use(secret, passer)
    }
    crypto.dropSecret(secret)
  })

  test('the one that was not used for longest goes first', () => {
    const quota = 5
    const secret = crypto.addSecret(bytes(32), quota)
    const peers = strangers(12)
    let order: Uint8Array[] = []
    for (let i = 0; i < 300; i++) {
      const peer = peers[random.below(peers.length)]!
      use(secret, peer)
      order = [peer, ...order.filter(each => each !== peer)].slice(0, quota)
      assert.equal(
        cachedOf(secret, peers),
        peers.map(each => order.includes(each)),
      )
    }
    crypto.dropSecret(secret)
  })

  test('idle keys are forgotten: those not used between two calls', () => {
    const secret = crypto.addSecret(bytes(32), 8)
    const peers = strangers(6)
    const [a, b, c, d, e, f] = peers as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const expect = (...expected: Uint8Array[]) =>
      assert.equal(
        cachedOf(secret, peers),
        peers.map(peer => expected.includes(peer)),
      )
    use(secret, a)
    use(secret, b)
    crypto.cacheKeys(secret, [c, d])
    crypto.forgetIdleKeys(secret)
    expect(a, b, c, d)
    use(secret, a)
    crypto.openBox(secret, c, bytes(24), bytes(20), new Uint8Array(4))
    use(secret, e)
    crypto.forgetIdleKeys(secret)
    expect(a, c, e)
    use(secret, f)
    crypto.forgetIdleKeys(secret)
    expect(f)
    crypto.forgetIdleKeys(secret)
    expect()
    // Forgotten, not banned; and there is room again.
    for (const peer of peers) use(secret, peer)
    expect(...peers)
    crypto.dropSecret(secret)
  })

  test('more peers than the quota: evicted keys are derived again, rightly', () => {
    const mine = bytes(32)
    const secret = crypto.addSecret(mine, 3)
    const peers = strangers(8)
    for (let i = 0; i < 100; i++) {
      const [peer, nonce] = [peers[random.below(peers.length)]!, bytes(24)]
      assert.equal(boxed(secret, peer, nonce, utf8('x')), nacl.box(utf8('x'), nonce, peer, mine))
      if (random.chance(0.05)) crypto.forgetIdleKeys(secret)
      if (random.chance(0.05)) crypto.cacheKeys(secret, [peers[random.below(8)]!, peers[random.below(8)]!])
    }
    crypto.dropSecret(secret)
  })

  test('a quota of a thousand, and a hundred owners', () => {
    const many = crypto.addSecret(bytes(32), 1000)
    const owners = Array.from({ length: 100 }, () => crypto.addSecret(bytes(32), 4))
    const peers = strangers(4)
    for (const owner of owners) crypto.cacheKeys(owner, peers)
    // Any 32 bytes are a point: no need to multiply for them.
    const crowd = Array.from({ length: 1000 }, () => bytes(32))
    crypto.cacheKeys(many, crowd)
    assert.ok(cachedOf(many, crowd).every(Boolean))
    for (const owner of owners) {
      assert.ok(cachedOf(owner, peers).every(Boolean))
      crypto.dropSecret(owner)
    }
    crypto.dropSecret(many)
  })

  test('several derived at once, of several secrets: as one at a time', () => {
    const secretKeys = [bytes(32), bytes(32), bytes(32)]
    const secrets = secretKeys.map(key => crypto.addSecret(key, 1))
    const degenerate = hex(smallOrder.cases[3]!.publicKey)
    for (const count of [0, 1, 2, 3, 4, 7]) {
      for (const bad of [-1, 0, 1, count - 1]) {
        const pairs = Array.from({ length: count }, (_, i) => {
          const of = random.below(3)
          return { of, publicKey: i === bad ? degenerate : nacl.scalarMult.base(bytes(32)) }
        })
        const keys = crypto.deriveKeys(pairs.map(({ of, publicKey }) => [secrets[of]!, publicKey] as const))
        assert.is(keys.length, count)
        for (const [i, { of, publicKey }] of pairs.entries()) {
          const key = keys[i]
          if (i === bad) {
            assert.is(key, undefined)
            continue
          }
          const nonce = bytes(24)
          const expected = nacl.box(utf8('x'), nonce, publicKey, secretKeys[of]!)
          assert.ok(equalBytes(sealed(key!, nonce, utf8('x')), expected), `${i} of ${count}`)
          crypto.dropKey(key!)
        }
      }
    }
    assert.throws(() => crypto.deriveKeys([[secrets[0]!, bytes(31)]]), RangeError)
    assert.throws(() => crypto.cacheKeys(secrets[0]!, [bytes(33)]), RangeError)
    for (const secret of secrets) crypto.dropSecret(secret)
  })

  test.run()
}
