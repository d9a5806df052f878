import { expectInteger } from '../errors.ts'
import { MAC_SIZE, NONCE_SIZE, PUBLIC_KEY_SIZE } from './crypto.ts'
import { MAX_FRAME_BOX_SIZE } from './formats.ts'
import { HANDLE_LIMIT } from './handles.ts'
import type { Kernels } from './wasm-kernels.ts'

/** How many of each there may be at a time. Memory that is not used yet costs nothing but addresses. */
export interface Capacities {
  /** Secret keys. Default 147,456. */
  readonly secrets?: number
  /** Symmetric keys. Default 131,072. */
  readonly keys?: number
  /** Default 81,920. */
  readonly sessions?: number
  /** Default 16,384. */
  readonly streams?: number
  /** Derived keys that are cached, of all secrets together. Default 65,536. */
  readonly cachedKeys?: number
}

/** Of one peer, which may have 65,535; for each a secret to search it with, and one for the session with it. */
const FRIENDS = 65_536
/** For everything else, such as other peers. */
const OTHERS = 16_384

const DEFAULTS: Required<Capacities> = {
  secrets: 2 * FRIENDS + OTHERS,
  keys: 131_072,
  sessions: FRIENDS + OTHERS,
  streams: 16_384,
  cachedKeys: 65_536,
}

/** Bytes of the longest message that is sealed, opened, signed, verified or hashed. */
export const MESSAGE_LIMIT = 2 ** 24
/** Bytes of a relay connection that are taken in at a time. */
export const CHUNK_SIZE = 2 ** 16
/** Bytes of the largest packet or frame of any kind, with some room: views up to this size are kept. */
export const PACKET_SIZE = MAX_FRAME_BOX_SIZE + MAC_SIZE

/** Of the records in wasm/src/cache.rs and channel.rs. */
export const SECRET_RECORD = 80
const CACHE_RECORD = 96
export const CHANNEL_RECORD = 160
export const KEY_RECORD = 32

/** For what packets have before their tag. */
const HEADER_ROOM = 16
/** Vectors are loaded fastest from multiples of this. */
const ALIGNMENT = 16
const PAGE_SIZE = 2 ** 16
const POINTER_SIZE = 4

/** The engine does not give a module as much memory as it is to have. */
export class NoMemoryError extends Error {}

/**
 * The memory of a module, laid out once; it never grows again, because growing would make all views void.
 *
 * A message lies at `data`, aligned, with the room for its tag in front of it, and in front of that the nonce and the
 * public key. Packets that have something before the tag begin before it: what they carry is aligned.
 */
export class Arena {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly capacities: Required<Capacities>

  readonly secrets: number
  readonly keys: number
  readonly sessions: number
  readonly streams: number

  /** For small inputs and outputs: 64 bytes each. */
  readonly input: number
  readonly output: number
  /** An onion packet's sender: nonce and address; and its receiver's address. */
  readonly from: number
  readonly address: number
  /** A frame of a relay connection, tag first; and the chunk that frames are taken from. */
  readonly frame: number
  readonly chunk: number

  readonly publicKey: number
  readonly nonce: number
  readonly tag: number
  readonly data: number

  constructor(kernels: Kernels, options: Capacities) {
    const capacities = { ...DEFAULTS, ...options }
    this.capacities = capacities
    for (const [name, value] of Object.entries(capacities)) expectInteger(name, value, 1, HANDLE_LIMIT)

    let end = kernels.__heap_base.value
    const take = (size: number) => {
      const at = Math.ceil(end / ALIGNMENT) * ALIGNMENT
      end = at + size
      return at
    }
    this.input = take(64)
    this.output = take(64)
    this.from = take(48)
    this.address = take(32)
    this.frame = take(PACKET_SIZE)
    this.chunk = take(CHUNK_SIZE)

    this.secrets = take(capacities.secrets * SECRET_RECORD)
    this.keys = take(capacities.keys * KEY_RECORD)
    this.sessions = take(capacities.sessions * CHANNEL_RECORD)
    this.streams = take(capacities.streams * CHANNEL_RECORD)
    const entries = take(capacities.cachedKeys * CACHE_RECORD)
    // At most two thirds of the places of the hash table are taken.
    const places = 2 ** Math.ceil(Math.log2(1.5 * capacities.cachedKeys))
    const table = take(places * POINTER_SIZE)

    this.publicKey = take(PUBLIC_KEY_SIZE)
    this.nonce = take(NONCE_SIZE)
    take(HEADER_ROOM)
    this.tag = take(MAC_SIZE)
    this.data = take(MESSAGE_LIMIT)

    try {
      kernels.memory.grow(Math.ceil((end - kernels.memory.buffer.byteLength) / PAGE_SIZE))
    } catch (error) {
      throw new NoMemoryError(`WebAssembly: no memory of ${end} bytes`, { cause: error })
    }
    this.bytes = new Uint8Array(kernels.memory.buffer)
    this.view = new DataView(kernels.memory.buffer)
    kernels.keys_init(this.secrets, entries, capacities.cachedKeys, table, places - 1)
  }

  /** A new array of what is there. */
  copy(at: number, size: number): Uint8Array {
    return this.bytes.slice(at, at + size)
  }

  wipe(at: number, size: number): void {
    this.bytes.fill(0, at, at + size)
  }

  /** Gives views of `size` bytes that begin where `startOf` says: always the same object for a size up to `limit`. */
  views(limit: number, startOf: (size: number) => number): (size: number) => Uint8Array {
    const { bytes } = this
    let kept: (Uint8Array | undefined)[] | undefined
    return size => {
      if (size > limit) return bytes.subarray(startOf(size), startOf(size) + size)
      kept ??= Array(limit + 1).fill(undefined)
      let view = kept[size]
      if (view === undefined) {
        view = bytes.subarray(startOf(size), startOf(size) + size)
        kept[size] = view
      }
      return view
    }
  }
}

/** Throws unless a message of `size` bytes can be handled. */
export function expectMessage(title: string, size: number): void {
  if (size > MESSAGE_LIMIT) {
    throw new RangeError(`${title}: expected at most ${MESSAGE_LIMIT} bytes, got ${size}`)
  }
}
