// What issue 3 demands of the kernels, as ratios, and what it aims at.

export interface Floor {
  readonly candidate: string
  readonly operation: string
  readonly against: string
  /** The other's operation, if it is not the same one. */
  readonly againstOperation?: string
  readonly floor: number
  readonly aim?: number
}

const WASM = 'ours, WASM'
const RELAXED = 'ours, relaxed'
const NATIVE = 'native libsodium'
const WRAPPERS = 'libsodium-wrappers'

const boxes = [64, 256, 1024, 1373, 2048].flatMap(size => [`seal-${size}`, `open-${size}`])

export const FLOORS: readonly Floor[] = [
  ...boxes.map(operation => {
    const small = Number(operation.split('-')[1]) <= 1024
    const [floor, aim] = small ? [1.05, 1.1] : [0.82, 0.9]
    return { candidate: WASM, operation, against: NATIVE, floor: floor!, aim: aim! }
  }),
  ...curve(WASM, { single: [0.46, 0.5], paired: [0.58, 0.65], sign: [0.55, 0.6], verify: [0.5, 0.6] }),
  ...curve(RELAXED, { single: [0.7], paired: [0.9], sign: [0.85], verify: [0.8] }),
  { candidate: WASM, operation: 'base', against: 'sodium-native', floor: 0.58 },
  ...boxes.map(operation => ({ candidate: WASM, operation, against: WRAPPERS, floor: 3 })),
  { candidate: WASM, operation: 'derive', against: WRAPPERS, floor: 1.5 },
]

type FloorAndAim = readonly [floor: number, aim?: number]

function curve(candidate: string, of: Record<'single' | 'paired' | 'sign' | 'verify', FloorAndAim>): Floor[] {
  const line = (operation: string, [floor, aim = floor]: FloorAndAim) => ({
    candidate,
    operation,
    against: NATIVE,
    floor,
    aim,
  })
  return [
    line('derive', of.single),
    // Stricter: ours includes HSalsa20 and keeping the key, native X25519 does not.
    { ...line('derive', of.single), againstOperation: 'x25519' },
    line('derive2', of.paired),
    { ...line('derive2', of.paired), againstOperation: 'x25519' },
    line('sign', of.sign),
    line('verify', of.verify),
  ]
}
