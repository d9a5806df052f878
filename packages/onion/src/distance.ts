/** The DHT's XOR metric: whether `a` is closer to `target` than `b` is. All are 32-byte keys. */
export function isCloser(target: Uint8Array, a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < target.length; i++) {
    const distanceA = target[i]! ^ a[i]!
    const distanceB = target[i]! ^ b[i]!
    if (distanceA !== distanceB) return distanceA < distanceB
  }
  return false
}
