// What is measured, and on what: the same inputs for every candidate.
import { ed25519 } from '@noble/curves/ed25519.js'
import nacl from 'tweetnacl'

export type Kind = 'seal' | 'open' | 'derive' | 'derive2' | 'x25519' | 'base' | 'sign' | 'verify'

export interface Operation {
  readonly id: string
  readonly kind: Kind
  /** Bytes of the message. */
  readonly size: number
  readonly title: string
}

const SIZES = [64, 256, 1024, 1373, 2048]
const SIGNED_SIZE = 128

export const OPERATIONS: readonly Operation[] = [
  ...SIZES.map(size => box('seal', size)),
  ...SIZES.map(size => box('open', size)),
  { id: 'derive', kind: 'derive', size: 0, title: 'key of a peer (X25519, HSalsa20)' },
  { id: 'derive2', kind: 'derive2', size: 0, title: 'keys of two peers at once, per key' },
  { id: 'x25519', kind: 'x25519', size: 0, title: 'X25519 alone' },
  { id: 'base', kind: 'base', size: 0, title: 'X25519 public key' },
  { id: 'sign', kind: 'sign', size: SIGNED_SIZE, title: `Ed25519 sign ${SIGNED_SIZE}` },
  { id: 'verify', kind: 'verify', size: SIGNED_SIZE, title: `Ed25519 verify ${SIGNED_SIZE}` },
]

function box(kind: 'seal' | 'open', size: number): Operation {
  return { id: `${kind}-${size}`, kind, size, title: `${kind} ${size}` }
}

/** Something that does operations. Each loop is the candidate's own, so that engines can optimize it for it alone. */
export interface Candidate {
  readonly name: string
  /** Version, or what else tells which one it is. */
  readonly detail: string
  readonly loops: Partial<Record<Kind, (count: number, inputs: Inputs) => void>>
}

export interface Inputs {
  readonly secretKey: Uint8Array
  /** Many: a candidate that remembers the last one gains nothing. */
  readonly publicKeys: readonly Uint8Array[]
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  readonly message: Uint8Array
  /** Sealed `message`: who opens it agrees with everybody else. */
  readonly box: Uint8Array
  readonly signSecretKey: Uint8Array
  readonly signPublicKey: Uint8Array
  readonly signature: Uint8Array
}

const PEERS = 64

export function inputsOf(operation: Operation): Inputs {
  const key = bytes(32, 1)
  const nonce = bytes(24, 2)
  const message = bytes(operation.size, 3)
  const seed = bytes(32, 4)
  const signPublicKey = ed25519.getPublicKey(seed)
  return {
    secretKey: bytes(32, 5),
    publicKeys: Array.from({ length: PEERS }, (_, i) => nacl.scalarMult.base(bytes(32, 6 + i))),
    key,
    nonce,
    message,
    box: nacl.secretbox(message, nonce, key),
    signSecretKey: new Uint8Array([...seed, ...signPublicKey]),
    signPublicKey,
    signature: ed25519.sign(message, seed),
  }
}

/** Bytes without a pattern, the same in every run. */
function bytes(length: number, seed: number): Uint8Array {
  let state = seed * 0x9e3779b1
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  })
}

export function expect(fine: boolean | null, what: string): void {
  if (!fine) throw new Error(`${what} failed`)
}
