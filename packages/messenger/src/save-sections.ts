import { concatBytes } from '@ts-toxcore/core'

/**
 * The list of sections that saves consist of (spec, "State Format"). Integers are little-endian, unlike on the wire.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 4 | size of the section's data |
 * | 2 | type |
 * | 2 | cookie: what kind of list this is |
 * | … | data |
 */
export interface SavedSection {
  readonly type: number
  readonly data: Uint8Array
}

const HEAD_SIZE = 8

export function encodeSections(sections: readonly SavedSection[], cookie: number): Uint8Array {
  return concatBytes(
    ...sections.map(({ type, data }) => {
      const head = new Uint8Array(HEAD_SIZE)
      const view = new DataView(head.buffer)
      view.setUint32(0, data.length, true)
      view.setUint16(4, type, true)
      view.setUint16(6, cookie, true)
      return concatBytes(head, data)
    }),
  )
}

/** Views into `bytes`, up to and without the section of type `end`; undefined if they are garbled or cut off. */
export function decodeSections(bytes: Uint8Array, cookie: number, end?: number): SavedSection[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const sections: SavedSection[] = []
  let at = 0
  while (bytes.length - at >= HEAD_SIZE) {
    const size = view.getUint32(at, true)
    const type = view.getUint16(at + 4, true)
    if (view.getUint16(at + 6, true) !== cookie) return undefined
    at += HEAD_SIZE
    // Behind the end c-toxcore leaves what it reserved and did not need.
    if (type === end) return size === 0 ? sections : undefined
    sections.push({ type, data: bytes.subarray(at, at + size) })
    at += size
  }
  // A section that was cut off leads past the end.
  return at === bytes.length ? sections : undefined
}
