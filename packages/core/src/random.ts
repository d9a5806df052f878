/** Randomness is injected into every engine: from the platform in production, from a seed in a simulation. */
export interface Random {
  /** Fills all of `bytes` with cryptographically secure random bytes (or, in a simulation, seeded ones). */
  fill(bytes: Uint8Array): void
}

export function randomBytes(random: Random, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  random.fill(bytes)
  return bytes
}

const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)

export function randomU32(random: Random): number {
  random.fill(scratch.subarray(0, 4))
  return scratchView.getUint32(0)
}

export function randomU64(random: Random): bigint {
  random.fill(scratch)
  return scratchView.getBigUint64(0)
}

/** A uniform integer in [0, limit), limit ≤ 2³². Rejection sampling: no modulo bias. */
export function randomBelow(random: Random, limit: number): number {
  const bound = 0x1_0000_0000 - (0x1_0000_0000 % limit)
  for (;;) {
    const value = randomU32(random)
    if (value < bound) return value % limit
  }
}

/** A uniform element; undefined if `items` is empty. */
export function randomPick<T>(random: Random, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : items[randomBelow(random, items.length)]
}

/** Shuffles in place (Fisher–Yates) and returns `items`. */
export function shuffle<T>(random: Random, items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = randomBelow(random, i + 1)
    const item = items[i]!
    items[i] = items[j]!
    items[j] = item
  }
  return items
}
