/**
 * Declarative codecs: a packet is described once, field order is wire order, the type is inferred. Numbers are
 * big-endian unless their name says otherwise. Decoding gives a value or undefined and never throws on input;
 * a decoded byte field is a view into the input, valid as long as that is.
 */
export interface Codec<T> {
  /** The fewest and the most bytes an encoding can take. */
  readonly min: number
  readonly max: number
  write(out: Writer, value: T): void
  /** Undefined if the input does not hold a valid encoding at this place. */
  read(from: Reader): T | undefined
}

/** The value type of a codec. */
export type Decoded<C> = C extends Codec<infer T> ? T : never

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer(codec.min)
  codec.write(writer, value)
  return writer.bytes()
}

/** Decodes all of `bytes`; undefined if they are malformed or too many. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T | undefined {
  const reader = new Reader(bytes)
  const value = codec.read(reader)
  return reader.left === 0 ? value : undefined
}

export class Writer {
  #bytes: Uint8Array
  #view: DataView
  #size = 0

  constructor(sizeHint = 64) {
    this.#bytes = new Uint8Array(Math.max(16, sizeHint))
    this.#view = new DataView(this.#bytes.buffer)
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  put(bytes: Uint8Array): void {
    const at = this.#claim(bytes.length)
    this.#bytes.set(bytes, at)
  }
  u8(value: number): void {
    const at = this.#claim(1)
    this.#bytes[at] = value
  }
  u16(value: number): void {
    const at = this.#claim(2)
    this.#view.setUint16(at, value)
  }
  u32(value: number): void {
    const at = this.#claim(4)
    this.#view.setUint32(at, value)
  }
  u64(value: bigint): void {
    const at = this.#claim(8)
    this.#view.setBigUint64(at, value)
  }

  /** Where the next `size` bytes go. May replace the buffer: look at that only afterwards. */
  #claim(size: number): number {
    const at = this.#size
    if (at + size > this.#bytes.length) {
      const grown = new Uint8Array(2 * (at + size))
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#size = at + size
    return at
  }
}

export class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** How many bytes have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  take(size: number): Uint8Array | undefined {
    if (size > this.left) return undefined
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }
  u8(): number | undefined {
    return this.left < 1 ? undefined : this.#bytes[this.#at++]
  }
  u16(): number | undefined {
    const b = this.take(2)
    return b && b[0]! * 0x100 + b[1]!
  }
  u32(): number | undefined {
    const b = this.take(4)
    return b && b[0]! * 0x1000000 + b[1]! * 0x10000 + b[2]! * 0x100 + b[3]!
  }
  u64(): bigint | undefined {
    const high = this.u32()
    const low = this.u32()
    return high === undefined || low === undefined ? undefined : (BigInt(high) << 32n) | BigInt(low)
  }
}

export const u8: Codec<number> = {
  min: 1,
  max: 1,
  write: (out, value) => out.u8(value),
  read: from => from.u8(),
}
export const u16: Codec<number> = {
  min: 2,
  max: 2,
  write: (out, value) => out.u16(value),
  read: from => from.u16(),
}
export const u32: Codec<number> = {
  min: 4,
  max: 4,
  write: (out, value) => out.u32(value),
  read: from => from.u32(),
}
export const u64: Codec<bigint> = {
  min: 8,
  max: 8,
  write: (out, value) => out.u64(value),
  read: from => from.u64(),
}

/** One byte out of a set: a kind, a flag, an enum. Anything else is malformed. */
export function oneOf<const T extends number>(...allowed: readonly T[]): Codec<T> {
  return {
    min: 1,
    max: 1,
    write: (out, value) => out.u8(value),
    read(from) {
      const value = from.u8()
      return allowed.includes(value as T) ? (value as T) : undefined
    },
  }
}

/** Exactly `size` bytes. */
export function bytes(size: number): Codec<Uint8Array> {
  return {
    min: size,
    max: size,
    write(out, value) {
      if (value.length !== size) throw new RangeError(`bytes: expected ${size}, got ${value.length}`)
      out.put(value)
    },
    read: from => from.take(size),
  }
}

/** All bytes up to the end of the packet, between `min` and `max` of them. */
export function rest(min: number, max: number): Codec<Uint8Array> {
  return {
    min,
    max,
    write(out, value) {
      if (value.length < min || value.length > max) {
        throw new RangeError(`rest: expected ${min}–${max} bytes, got ${value.length}`)
      }
      out.put(value)
    },
    read: from => (from.left < min || from.left > max ? undefined : from.take(from.left)),
  }
}

/** A count byte, then that many items; more than `max` are malformed. */
export function counted<T>(item: Codec<T>, max: number): Codec<T[]> {
  return {
    min: 1,
    max: 1 + max * item.max,
    write(out, values) {
      if (values.length > max) throw new RangeError(`counted: expected at most ${max}, got ${values.length}`)
      out.u8(values.length)
      for (const value of values) item.write(out, value)
    },
    read(from) {
      const count = from.u8()
      if (count === undefined || count > max) return undefined
      const values: T[] = []
      for (let i = 0; i < count; i++) {
        const value = item.read(from)
        if (value === undefined) return undefined
        values.push(value)
      }
      return values
    },
  }
}

/** Items up to the end of the packet, at most `max`. */
export function repeated<T>(item: Codec<T>, max: number): Codec<T[]> {
  return {
    min: 0,
    max: max * item.max,
    write(out, values) {
      if (values.length > max) throw new RangeError(`repeated: expected at most ${max}, got ${values.length}`)
      for (const value of values) item.write(out, value)
    },
    read(from) {
      const values: T[] = []
      while (from.left > 0) {
        const value = values.length < max ? item.read(from) : undefined
        if (value === undefined) return undefined
        values.push(value)
      }
      return values
    },
  }
}

type Fields = { readonly [name: string]: Codec<unknown> }
type FieldsCodec = { readonly [name: string]: { readonly min: number; readonly max: number } }
type StructOf<F> = { -readonly [K in keyof F]: Decoded<F[K]> }

/** Fields one after another, in the order in which they are written down. */
export function struct<const F extends FieldsCodec>(fields: F): Codec<StructOf<F>> {
  const entries = Object.entries(fields as unknown as Fields)
  return {
    min: entries.reduce((sum, [, codec]) => sum + codec.min, 0),
    max: entries.reduce((sum, [, codec]) => sum + codec.max, 0),
    write(out, value) {
      for (const [name, codec] of entries) codec.write(out, (value as Record<string, unknown>)[name])
    },
    read(from) {
      const value: Record<string, unknown> = {}
      for (const [name, codec] of entries) {
        const field = codec.read(from)
        if (field === undefined) return undefined
        value[name] = field
      }
      return value as StructOf<F>
    },
  }
}
