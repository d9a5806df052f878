/** The metric of the DHT: XOR of public keys, read as big-endian integers (spec, "Distance"). */
import { PUBLIC_KEY_SIZE } from './crypto/crypto.ts'

/** Negative if `a` is closer to `base` than `b`, positive if it is farther, 0 if they are the same key. */
export function compareDistance(base: Uint8Array, a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < PUBLIC_KEY_SIZE; i++) {
    // XOR with the base keeps the first difference where it is and decides its sign.
    if (a[i] !== b[i]) return (a[i]! ^ base[i]!) - (b[i]! ^ base[i]!)
  }
  return 0
}

/** How many leading bits two keys share: 0 … 256 (spec, "Bucket Index"). */
export function sharedBits(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < PUBLIC_KEY_SIZE; i++) {
    const difference = a[i]! ^ b[i]!
    if (difference !== 0) return 8 * i + Math.clz32(difference) - 24
  }
  return 8 * PUBLIC_KEY_SIZE
}
