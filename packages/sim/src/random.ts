import type { Random } from '@ts-toxcore/core'

/**
 * Randomness out of a seed: xoshiro128** (Blackman and Vigna), whose state is a hash of the seed's text. Fast and
 * well distributed, and of course not secret: for simulations and tests only.
 */
export class SeededRandom implements Random {
  readonly seed: string
  readonly #state: Uint32Array

  constructor(seed: number | string) {
    this.seed = String(seed)
    this.#state = hashedState(this.seed)
  }

  /**
   * A stream of its own, which depends on the seed and the label alone and not on how much was drawn before: so
   * one more host, or one more packet, does not change what the other hosts draw.
   */
  fork(label: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${label}`)
  }

  fill(bytes: Uint8Array): void {
    const whole = bytes.length & ~3
    let i = 0
    while (i < whole) {
      const word = this.u32()
      bytes[i++] = word
      bytes[i++] = word >>> 8
      bytes[i++] = word >>> 16
      bytes[i++] = word >>> 24
    }
    if (i === bytes.length) return
    for (let word = this.u32(); i < bytes.length; word >>>= 8) bytes[i++] = word
  }

  /** A uniform integer in [0, 2³²). */
  u32(): number {
    const s = this.#state
    const [a, b, c, d] = [s[0]!, s[1]!, s[2]!, s[3]!]
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    s[0] = a ^ d ^ b
    s[1] = b ^ c ^ a
    s[2] = c ^ a ^ (b << 9)
    s[3] = rotateLeft(d ^ b, 11)
    return result
  }

  /** A uniform number in [0, 1). */
  float(): number {
    return this.u32() / 0x1_0000_0000
  }

  /** A uniform integer in [0, limit); the bias of 2³² mod `limit` does not matter to a simulation. */
  below(limit: number): number {
    return Math.floor(this.float() * limit)
  }

  /** True with this probability; draws nothing when it is 0. */
  chance(probability: number): boolean {
    return probability > 0 && this.float() < probability
  }
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits))
}

/** Four words that differ in about half of their bits when the text differs in one: FNV-1a with Murmur3's finish. */
function hashedState(text: string): Uint32Array {
  const state = new Uint32Array(4)
  for (let lane = 0; lane < 4; lane++) {
    let hash = Math.imul(0x811c9dc5, 2 * lane + 1)
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    // Never all zero, which xoshiro could not leave.
    state[lane] = (hash ^ (hash >>> 16)) | (lane === 3 ? 1 : 0)
  }
  return state
}
