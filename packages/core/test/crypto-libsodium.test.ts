// libsodium itself as the third opinion: what tweetnacl and noble, and so crypto-js, may have wrong in common would show here.
// Its verdicts on malformed signatures are the ones that matter: Tox's other peers are made of it.
//   LIBSODIUM_COUNT=1000000 npm test -- crypto-libsodium      cases for each implementation, by hand
//   DIFFERENTIAL_SEED=…                                       replays a run
import { type Crypto, concatBytes, equalBytes, toHex } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import lowOrder from '../../../test-vectors/core/ed25519-low-order.json'
import speccheck from '../../../test-vectors/core/ed25519-speccheck.json'
import { createBackends } from './backends.ts'
import { hex } from './compliance/kit.ts'
import { findLibsodium, type Libsodium, type Request, requests as r } from './native/libsodium.ts'
import { malformedSignature } from './native/signatures.ts'

const COUNT = Number(process.env.LIBSODIUM_COUNT ?? 20_000)
const SEED = process.env.DIFFERENTIAL_SEED ?? String(Math.floor(Math.random() * 2 ** 32))
const BUNCH = 2000

/** One question to libsodium, and how to see whether an implementation gives the same answer. */
interface Case {
  readonly kind: string
  readonly request: Request
  agrees(crypto: Crypto, answer: Uint8Array): boolean
}

const libsodium = findLibsodium()
const random = new SeededRandom(SEED)
const bytes = (size: number) => {
  const out = new Uint8Array(size)
  random.fill(out)
  return out
}
/** Also scalars and points of few or many bits. */
const edgy = () => {
  const out = bytes(32)
  if (random.below(4) > 0) return out
  out.fill(random.below(2) * 0xff, random.below(32))
  if (random.below(2) === 0) out.fill(random.below(2) * 0xff, 1, 31)
  return out
}

const makers: readonly [share: number, make: () => Case][] = [
  [
    // The next lengths: 0 to 4200 in turn.
    30,
    () => {
      const [key, nonce, message] = [bytes(32), bytes(24), bytes(length++ % 4201)]
      return {
        kind: 'box sealed',
        request: r.seal(key, nonce, message),
        agrees: sealsAs(key, nonce, message),
      }
    },
  ],
  [
    15,
    () => {
      const [key, nonce, box] = [bytes(32), bytes(24), bytes(16 + random.below(2000))]
      return {
        kind: 'box of noise refused',
        request: r.open(key, nonce, box),
        agrees: (crypto, answer) => {
          const handle = crypto.addKey(key)
          const opened = crypto.open(handle, nonce, box, new Uint8Array(box.length - 16))
          crypto.dropKey(handle)
          return opened === (answer[0] === 1)
        },
      }
    },
  ],
  [
    10,
    () => {
      const [secretKey, point] = [edgy(), edgy()]
      return {
        kind: 'X25519 and key derived',
        request: r.beforenm(secretKey, point),
        agrees: (crypto, answer) => {
          const secret = crypto.addSecret(secretKey, 1)
          const key = crypto.deriveKey(secret, point)
          crypto.dropSecret(secret)
          if (key === undefined || answer[0] === 0) return key === undefined && answer[0] === 0
          const known = crypto.addKey(answer.subarray(1))
          const [one, other] = [key, known].map(handle => {
            const out = new Uint8Array(24)
            crypto.seal(handle, NONCE, out.subarray(16), out)
            crypto.dropKey(handle)
            return out
          })
          return equalBytes(one!, other!)
        },
      }
    },
  ],
  [
    5,
    () => {
      const scalar = edgy()
      return {
        kind: 'X25519 public key',
        request: r.publicKey(scalar),
        agrees: (crypto, answer) => equalBytes(crypto.publicKey(scalar), answer),
      }
    },
  ],
  [
    5,
    () => {
      const seed = edgy()
      return {
        kind: 'Ed25519 key pair',
        request: r.signatureKeyPair(seed),
        agrees: (crypto, answer) => {
          const { publicKey, secretKey } = crypto.signatureKeyPair(seed)
          return equalBytes(concatBytes(publicKey, secretKey), answer)
        },
      }
    },
  ],
  [
    5,
    () => {
      // Whether the halves of the key belong together or not: libsodium does not look.
      const [secretKey, message] = [bytes(64), bytes(random.below(300))]
      return {
        kind: 'signature',
        request: r.sign(secretKey, message),
        agrees: (crypto, answer) => equalBytes(crypto.sign(secretKey, message), answer),
      }
    },
  ],
  [
    20,
    () => {
      const { publicKey, message, signature } = malformedSignature(random)
      return {
        kind: 'verdict on a malformed signature',
        request: r.verify(publicKey, message, signature),
        agrees: verifiesAs(publicKey, message, signature),
      }
    },
  ],
  [
    10,
    () => {
      const [key, data] = [bytes(32), bytes(random.below(1000))]
      const kind = random.below(3)
      return {
        kind: 'hash',
        request: [r.sha256(data), r.sha512(data), r.hmacSha256(key, data)][kind]!,
        agrees: (crypto, answer) =>
          equalBytes([crypto.sha256(data), crypto.sha512(data), crypto.hmacSha256(key, data)][kind]!, answer),
      }
    },
  ],
]
let length = 0
const NONCE = new Uint8Array(24)

function randomCase(): Case {
  let at = random.below(100)
  for (const [share, make] of makers) {
    if (at < share) return make()
    at -= share
  }
  throw new Error('shares that are not 100')
}

function sealsAs(key: Uint8Array, nonce: Uint8Array, message: Uint8Array) {
  return (crypto: Crypto, answer: Uint8Array) => {
    const handle = crypto.addKey(key)
    const box = new Uint8Array(message.length + 16)
    crypto.seal(handle, nonce, message, box)
    const opened = crypto.open(handle, nonce, answer, new Uint8Array(message.length))
    crypto.dropKey(handle)
    return opened && equalBytes(box, answer)
  }
}

function verifiesAs(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) {
  return (crypto: Crypto, answer: Uint8Array) =>
    crypto.verify(publicKey, message, signature) === (answer[0] === 1)
}

/** Returns how many answers were "yes", of those that are verdicts. */
function compare(sodium: Libsodium, cases: readonly Case[], backends: readonly Crypto[]): number {
  const answers = sodium.ask(cases.map(({ request }) => request))
  let valid = 0
  for (const [i, { kind, request, agrees }] of cases.entries()) {
    if (answers[i]!.length === 1) valid += answers[i]![0]!
    for (const crypto of backends) {
      if (!agrees(crypto, answers[i]!)) {
        assert.unreachable(
          `${crypto.backend}: ${kind}; DIFFERENTIAL_SEED=${SEED}\nasked ${toHex(request.bytes)}\nlibsodium says ${toHex(answers[i]!)}`,
        )
      }
    }
  }
  return valid
}

if ('reason' in libsodium) {
  console.log(`SKIP libsodium as the third opinion: ${libsodium.reason}`)
  test.skip('libsodium as the third opinion', () => {})
} else {
  const backends = createBackends()
  const names = backends.map(({ backend }) => backend).join(', ')

  test(`libsodium ${libsodium.version}: ${COUNT.toLocaleString('en')} random cases each by ${names}`, () => {
    console.log(`SEED DIFFERENTIAL_SEED=${SEED}`)
    const counts = new Map<string, number>()
    let valid = 0
    for (let done = 0; done < COUNT; done += BUNCH) {
      const cases = Array.from({ length: Math.min(BUNCH, COUNT - done) }, randomCase)
      valid += compare(libsodium, cases, backends)
      for (const { kind } of cases) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
    const mix = [...counts].map(([kind, cases]) => `${cases.toLocaleString('en')} × ${kind}`).join(', ')
    console.log(`NOTE libsodium ${libsodium.version}: ${mix} (${valid.toLocaleString('en')} of them valid)`)
    assert.ok(COUNT < 2000 || valid > 0, 'malformed signatures that libsodium accepts are among them')
  })

  test(`libsodium ${libsodium.version}: its verdicts are those in the vectors`, () => {
    const published = [
      ...speccheck.cases.map(({ publicKey, message, signature, valid }) => ({
        args: [hex(publicKey), hex(message), hex(signature)] as const,
        valid,
      })),
      ...(lowOrder.cases as [number, string, string, string, boolean][]).map(
        ([, publicKey, signature, message, valid]) => ({
          args: [hex(publicKey), new TextEncoder().encode(message), hex(signature)] as const,
          valid,
        }),
      ),
    ]
    const answers = libsodium.ask(published.map(({ args }) => r.verify(...args)))
    for (const [i, { valid }] of published.entries()) assert.is(answers[i]![0] === 1, valid, `${i}`)
  })
}

test.run()
