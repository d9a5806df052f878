// A caller's mistakes: TypeError or RangeError, "expected …, got …" (ARCHITECTURE.md, "Errors").
import { expectBytes, expectInteger, fromHex, utf8 } from '@ts-toxcore/core'

/** Keys, ids and addresses are accepted as bytes or as hexadecimal text. */
export type Hexable = Uint8Array | string

/** `size` bytes, given as such or in hexadecimal. */
export function toBytes(title: string, value: Hexable, size: number): Uint8Array {
  const bytes = typeof value === 'string' ? fromHex(value) : value
  if (bytes === undefined) {
    throw new TypeError(`${title}: expected ${2 * size} hexadecimal digits or ${size} bytes, got other text`)
  }
  expectBytes(title, bytes, size)
  return plainBytes(title, bytes)
}

/** The same bytes as a plain Uint8Array: slice() of a Buffer is no copy, and engines keep bytes by slice(). */
export function plainBytes(title: string, value: Uint8Array): Uint8Array {
  expectUint8Array(title, value)
  return new Uint8Array(value.buffer, value.byteOffset, value.length)
}

/** Text as UTF-8. */
export function toUtf8(title: string, value: string): Uint8Array {
  if (typeof value !== 'string') throw new TypeError(`${title}: expected text, got ${typeof value}`)
  return utf8(value)
}

export function expectFriendNumber(value: number): void {
  expectInteger('friendNumber', value, 0, 0xffffffff)
}

export function expectBoolean(title: string, value: boolean): void {
  if (typeof value !== 'boolean') throw new TypeError(`${title}: expected true or false, got ${typeof value}`)
}

export function expectOneOf(title: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value))
    throw new TypeError(`${title}: expected ${allowed.join(' or ')}, got ${value}`)
}

export function expectFunction(title: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${title}: expected a function, got ${typeof value}`)
}

function expectUint8Array(title: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(`${title}: expected Uint8Array, got ${typeof value}`)
  }
}
