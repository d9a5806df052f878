import { toHex } from '@ts-toxcore/core'
import { SeededRandom } from './random.ts'

/** A damaged copy of `bytes`, at most `MAX_MUTANT` long. `other` is what is spliced in. */
export function mutate(random: SeededRandom, bytes: Uint8Array, other: Uint8Array = bytes): Uint8Array {
  const mutation = MUTATIONS[random.below(MUTATIONS.length)]!
  return mutation(random, bytes, other).subarray(0, MAX_MUTANT)
}

/** Somewhat more than Tox's largest datagram (2,048 bytes), so that the limit itself is tested. */
export const MAX_MUTANT = 2200

type Mutation = (random: SeededRandom, bytes: Uint8Array, other: Uint8Array) => Uint8Array

const truncate: Mutation = (random, bytes) => bytes.slice(0, random.below(bytes.length + 1))

const extend: Mutation = (random, bytes) => {
  const out = new Uint8Array(bytes.length + 1 + random.below(random.chance(0.1) ? MAX_MUTANT : 16))
  random.fill(out)
  out.set(bytes)
  return out
}

const flipBits: Mutation = (random, bytes) => {
  const out = bytes.slice()
  if (out.length === 0) return out
  for (let n = 1 + random.below(8); n > 0; n--) out[random.below(out.length)]! ^= 1 << random.below(8)
  return out
}

/** Values at which lengths, counts and signs break. */
const AWKWARD = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff]

const overwrite: Mutation = (random, bytes) => {
  const out = bytes.slice()
  if (out.length === 0) return out
  const at = random.below(out.length)
  const run = out.subarray(at, at + 1 + random.below(8))
  if (random.chance(0.5)) random.fill(run)
  else run.fill(AWKWARD[random.below(AWKWARD.length)]!)
  return out
}

/** The beginning of one and the end of the other, or a piece of the other in the midst of the one. */
const splice: Mutation = (random, bytes, other) => {
  const start = random.below(other.length + 1)
  const piece = other.subarray(start, random.chance(0.5) ? other.length : start + random.below(64))
  const at = random.below(bytes.length + 1)
  const resume = random.chance(0.5) ? bytes.length : at + piece.length
  const rest = bytes.subarray(Math.min(resume, bytes.length))
  const out = new Uint8Array(at + piece.length + rest.length)
  out.set(bytes.subarray(0, at))
  out.set(piece, at)
  out.set(rest, at + piece.length)
  return out
}

/** Keeps the first byte, the packet kind: otherwise nobody would read the rest. */
const scramble: Mutation = (random, bytes) => {
  const out = new Uint8Array(random.chance(0.5) ? bytes.length : random.below(256))
  random.fill(out)
  if (out.length > 0 && bytes.length > 0 && random.chance(0.8)) out[0] = bytes[0]!
  return out
}

const MUTATIONS: readonly Mutation[] = [
  truncate,
  extend,
  flipBits,
  flipBits,
  overwrite,
  overwrite,
  splice,
  scramble,
]

export interface FuzzOptions {
  readonly title: string
  /** Valid inputs. */
  readonly corpus: readonly Uint8Array[]
  /** How many inputs are made, unless `env.FUZZ_COUNT` says otherwise. */
  readonly count: number
  /**
   * Handles one input and returns how many bytes were sent because of it (nothing is none). `random` is for the
   * caller's own choices, so that they replay with the seed.
   */
  handle(input: Uint8Array, random: SeededRandom): number | undefined
  /** What the input may cause to be sent, in bytes. Default: as many as it has. */
  maxReply?(input: Uint8Array): number
  /**
   * A range of bytes that all but one in 16 inputs keep intact: a public key, say, of which each new one costs
   * half a millisecond and is then found not to fit.
   */
  readonly keep?: readonly [start: number, end: number]
  /** The environment: FUZZ_SEED and FUZZ_COUNT. */
  readonly env: { readonly [name: string]: string | undefined }
  /** Is told the seed, as `SEED n`. */
  readonly print: (line: string) => void
}

/**
 * Feeds mutants of the corpus to `handle`, and throws, with what it takes to see it again, at the first one that
 * makes it throw or send more than it may. Each input is valid itself once in 16 times, so that state builds up.
 */
export function fuzz(options: FuzzOptions): { readonly seed: number; readonly count: number } {
  const { title, corpus, keep, env } = options
  if (corpus.length === 0) throw new RangeError('corpus: expected at least one input, got none')
  const seed = Number(env.FUZZ_SEED ?? DEFAULT_SEED)
  const count = Number(env.FUZZ_COUNT ?? options.count)
  options.print(`SEED ${seed} (${title}, ${count} inputs)`)
  const random = new SeededRandom(seed).fork(title)

  for (let i = 0; i < count; i++) {
    const original = corpus[random.below(corpus.length)]!
    const other = corpus[random.below(corpus.length)]!
    const input = random.chance(1 / 16) ? original.slice() : mutate(random, original, other)
    if (keep && input.length >= keep[1] && original.length >= keep[1] && !random.chance(1 / 16)) {
      input.set(original.subarray(keep[0], keep[1]), keep[0])
    }
    // The handler may decrypt in place: the message needs what was sent.
    const sent = input.slice()
    const fail = (what: string, cause?: unknown): never => {
      const text = `${title}: ${what} at input ${i} with FUZZ_SEED=${seed}: ${toHex(sent)}`
      throw new Error(text, { cause })
    }
    let reply = 0
    try {
      reply = options.handle(input, random) ?? 0
    } catch (error) {
      fail(`threw ${error instanceof Error ? error.message : String(error)}`, error)
    }
    const limit = options.maxReply?.(sent) ?? sent.length
    if (reply > limit) fail(`${reply} bytes were sent because of ${sent.length}, allowed are ${limit},`)
  }
  return { seed, count }
}

const DEFAULT_SEED = 20260731
