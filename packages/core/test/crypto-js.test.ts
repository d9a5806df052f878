// What only shows from inside: which derived keys are kept. tweetnacl's scalar multiplication is counted.
import { createJsCrypto, NONCE_SIZE, type SecretHandle } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import nacl from 'tweetnacl'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const crypto = createJsCrypto()
const random = new SeededRandom(1)

function strangers(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => crypto.keyPair(random).publicKey)
}

/** Seals to each peer in turn; returns how many keys had to be derived. */
function derivations(secret: SecretHandle, peers: readonly Uint8Array[]): number {
  const original = nacl.scalarMult
  let count = 0
  nacl.scalarMult = Object.assign((...args: Parameters<typeof original>) => {
    count++
    return original(...args)
  }, original)
  try {
    for (const peer of peers) {
      crypto.sealBox(secret, peer, new Uint8Array(NONCE_SIZE), new Uint8Array(1), new Uint8Array(17))
    }
  } finally {
    nacl.scalarMult = original
  }
  return count
}

test('as many keys are kept as the quota allows, and a flood at one secret evicts nothing of another', () => {
  const quota = 8
  const [mine, other] = [1, 2].map(seed =>
    crypto.addSecret(crypto.keyPair(new SeededRandom(seed)).secretKey, quota),
  )
  const peers = strangers(quota)
  assert.is(derivations(mine!, peers), quota)
  assert.is(derivations(mine!, peers), 0)
  assert.is(derivations(other!, peers), quota)
  assert.is(derivations(mine!, strangers(3 * quota)), 3 * quota)
  assert.is(derivations(mine!, peers), quota)
  assert.is(derivations(other!, peers), 0)
})

test('what is used often stays, however many others come and go', () => {
  const secret = crypto.addSecret(crypto.keyPair(random).secretKey, 2)
  const [friend] = strangers(1)
  derivations(secret, [friend!])
  for (const passer of strangers(20)) {
    assert.is(derivations(secret, [friend!]), 0)
    assert.is(derivations(secret, [passer]), 1)
  }
})

test.run()
