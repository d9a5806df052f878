import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@ts-toxcore/core'
import type { SeededRandom } from '@ts-toxcore/sim'

const { Point } = ed25519
const { BASE, Fn } = Point
type Point = typeof BASE

const P = Point.Fp.ORDER
const L = Fn.ORDER

export interface SignedMessage {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** The eight points of small order: multiples of the second. */
const TORSION: readonly Point[] = (() => {
  const generator = Point.fromBytes(
    encode(0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n),
  )
  const points = [Point.ZERO]
  while (points.length < 8) points.push(points[points.length - 1]!.add(generator))
  return points
})()

/** Encodings of y, and of y + p where that has 255 bits, each with both signs: points and bytes that are none. */
const ODD_ENCODINGS: readonly Uint8Array[] = [
  ...TORSION.map(point => bytesToNumberLE(point.toBytes()) & (2n ** 255n - 1n)),
  ...Array.from({ length: 25 }, (_, y) => BigInt(y)),
  ...Array.from({ length: 21 }, (_, y) => P - 2n + BigInt(y)),
].flatMap(y => [encode(y), encode(y + 2n ** 255n)])

const ODD_SCALARS: readonly bigint[] = [
  0n,
  1n,
  L - 1n,
  L,
  L + 1n,
  2n * L,
  8n * L,
  15n * L,
  2n ** 252n - 1n,
  2n ** 252n,
  2n ** 253n,
  2n ** 255n,
  2n ** 256n - 1n,
]

/**
 * What implementations disagree on: signatures that are right but for a part of small order in key or R, or would be if
 * S or an encoding were another; and pieces of which nobody would make a signature.
 */
export function malformedSignature(random: SeededRandom): SignedMessage {
  const message = new Uint8Array(8)
  random.fill(message)
  const kind = random.below(8)
  if (kind === 0) {
    return {
      publicKey: oddEncoding(random),
      message,
      signature: concatBytes(oddEncoding(random), oddScalar(random)),
    }
  }
  const [a, r] = [randomScalar(random), randomScalar(random)]
  // Points of small order alone, and added to others, in key or R or both.
  const torsionA = kind === 3 ? 0 : random.below(8)
  const smallA = kind === 1
  const smallR = kind === 2
  const pointA = (smallA ? Point.ZERO : BASE.multiply(a)).add(TORSION[torsionA]!)
  const publicKey = kind === 5 ? oddEncoding(random) : pointA.toBytes()
  const challenge = (encodedR: Uint8Array) =>
    Fn.create(bytesToNumberLE(sha512(concatBytes(encodedR, publicKey, message))))
  const candidates = TORSION.map(torsion => (smallR ? Point.ZERO : BASE.multiply(r)).add(torsion).toBytes())
  // Without the cofactor it is only right if the parts of small order cancel out: half of the time they do, if they can.
  const cancelling = candidates.findIndex(
    (encoded, i) => (BigInt(i) + challenge(encoded) * BigInt(torsionA)) % 8n === 0n,
  )
  const torsionR = random.below(2) === 0 && cancelling >= 0 ? cancelling : random.below(8)
  const encodedR = kind === 6 ? oddEncoding(random) : candidates[kind === 4 ? 0 : torsionR]!
  const s = Fn.create((smallR ? 0n : r) + challenge(encodedR) * (smallA ? 0n : a))
  // As far as 256 bits reach, S plus any multiple of the group order fulfils the same equation.
  const multiple = random.below(4) === 0 ? BigInt(random.below(16)) : 0n
  const scalar = kind === 7 ? oddScalar(random) : encode(s + multiple * L)
  return { publicKey, message, signature: concatBytes(encodedR, scalar) }
}

function oddEncoding(random: SeededRandom): Uint8Array {
  if (random.below(4) > 0) return ODD_ENCODINGS[random.below(ODD_ENCODINGS.length)]!
  const noise = new Uint8Array(32)
  random.fill(noise)
  return noise
}

function oddScalar(random: SeededRandom): Uint8Array {
  return encode(ODD_SCALARS[random.below(ODD_SCALARS.length)]!)
}

function randomScalar(random: SeededRandom): bigint {
  const bytes = new Uint8Array(64)
  random.fill(bytes)
  return Fn.create(bytesToNumberLE(bytes))
}

/** 32 bytes, little endian. */
function encode(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
}
