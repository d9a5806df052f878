import {
  bytes,
  type Codec,
  counted,
  type Decoded,
  decode,
  encode,
  oneOf,
  Reader,
  repeated,
  rest,
  struct,
  u8,
  u16,
  u32,
  u64,
  Writer,
} from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const of = (...values: number[]) => Uint8Array.from(values)

/** Encodings, and what they encode; then what is no encoding of that codec. */
function check<T>(title: string, codec: Codec<T>, valid: [Uint8Array, T][], invalid: Uint8Array[]): void {
  test(title, () => {
    for (const [encoding, value] of valid) {
      assert.equal(encode(codec, value), encoding)
      assert.equal(decode(codec, encoding), value)
      assert.ok(encoding.length >= codec.min && encoding.length <= codec.max)
    }
    for (const input of invalid) assert.is(decode(codec, input), undefined, `[${input}]`)
  })
}

check(
  'u8',
  u8,
  [
    [of(0), 0],
    [of(255), 255],
  ],
  [of(), of(1, 2)],
)
check(
  'u16 is big-endian',
  u16,
  [
    [of(1, 2), 0x0102],
    [of(255, 255), 0xffff],
  ],
  [of(), of(1), of(1, 2, 3)],
)
check(
  'u32 is big-endian and unsigned',
  u32,
  [
    [of(1, 2, 3, 4), 0x01020304],
    [of(255, 255, 255, 255), 0xffff_ffff],
  ],
  [of(), of(1, 2, 3), of(1, 2, 3, 4, 5)],
)
check(
  'u64 is big-endian and unsigned',
  u64,
  [
    [of(1, 2, 3, 4, 5, 6, 7, 8), 0x0102030405060708n],
    [of(255, 255, 255, 255, 255, 255, 255, 255), 2n ** 64n - 1n],
    [of(0, 0, 0, 0, 0, 0, 0, 0), 0n],
  ],
  [of(), of(1, 2, 3, 4, 5, 6, 7), of(1, 2, 3, 4, 5, 6, 7, 8, 9)],
)
check(
  'oneOf',
  oneOf(0, 2, 255),
  [
    [of(2), 2],
    [of(0), 0],
    [of(255), 255],
  ],
  [of(), of(1), of(254), of(2, 2)],
)
check('bytes', bytes(3), [[of(1, 2, 3), of(1, 2, 3)]], [of(), of(1, 2), of(1, 2, 3, 4)])
check('no bytes', bytes(0), [[of(), of()]], [of(0)])
check(
  'rest',
  rest(1, 3),
  [
    [of(1), of(1)],
    [of(1, 2, 3), of(1, 2, 3)],
  ],
  [of(), of(1, 2, 3, 4)],
)
check(
  'counted',
  counted(u16, 2),
  [
    [of(0), []],
    [of(2, 0, 1, 0, 2), [1, 2]],
  ],
  [of(), of(1), of(1, 0), of(1, 0, 1, 0), of(2, 0, 1), of(3, 0, 1, 0, 2, 0, 3)],
)
check(
  'repeated',
  repeated(u16, 2),
  [
    [of(), []],
    [of(0, 1, 0, 2), [1, 2]],
  ],
  [of(0), of(0, 1, 0), of(0, 1, 0, 2, 0, 3)],
)

const packet = struct({
  kind: oneOf(0x20),
  flags: counted(u8, 4),
  key: bytes(2),
  sendback: u64,
  data: rest(1, 5),
})

check(
  'struct: fields in order, nothing between them',
  packet,
  [
    [
      of(0x20, 2, 9, 8, 1, 2, 0, 0, 0, 0, 0, 0, 0, 7, 42),
      { kind: 0x20, flags: [9, 8], key: of(1, 2), sendback: 7n, data: of(42) },
    ],
  ],
  [
    of(),
    of(0x21, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 7, 42),
    of(0x20, 5, 1, 1, 1, 1, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 7, 42),
    of(0x20, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 7),
    of(0x20, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6),
  ],
)

test('a struct knows its sizes', () => {
  assert.is(packet.min, 1 + 1 + 2 + 8 + 1)
  assert.is(packet.max, 1 + 5 + 2 + 8 + 5)
})

test('structs nest', () => {
  const inner = struct({ a: u8, b: u8 })
  const outer = struct({ list: counted(inner, 3), last: inner })
  const value: Decoded<typeof outer> = { list: [{ a: 1, b: 2 }], last: { a: 3, b: 4 } }
  assert.equal(encode(outer, value), of(1, 1, 2, 3, 4))
  assert.equal(decode(outer, of(1, 1, 2, 3, 4)), value)
  assert.is(decode(outer, of(1, 1, 2, 3)), undefined)
})

test('every truncation and every extension of an encoding is malformed', () => {
  const fixed = struct({ kind: u8, key: bytes(32), list: counted(u16, 10), number: u64 })
  const encoding = encode(fixed, { kind: 1, key: new Uint8Array(32).fill(7), list: [1, 2, 3], number: 5n })
  for (let size = 0; size < encoding.length; size++) {
    assert.is(decode(fixed, encoding.subarray(0, size)), undefined, `${size} bytes`)
  }
  assert.is(decode(fixed, Uint8Array.of(...encoding, 0)), undefined)
  assert.ok(decode(fixed, encoding))
})

test('random values survive encoding and decoding', () => {
  const random = new SeededRandom(1)
  const some = (size: number) => {
    const out = new Uint8Array(size)
    random.fill(out)
    return out
  }
  for (let i = 0; i < 5000; i++) {
    const value: Decoded<typeof packet> = {
      kind: 0x20,
      flags: [...some(random.below(5))],
      key: some(2),
      sendback: (BigInt(random.u32()) << 32n) | BigInt(random.u32()),
      data: some(1 + random.below(5)),
    }
    const encoding = encode(packet, value)
    assert.equal(decode(packet, encoding), value)
    // And there is one encoding for each value.
    assert.equal(encode(packet, decode(packet, encoding)!), encoding)
  }
})

test('decoded bytes are views: nothing is copied', () => {
  const input = of(1, 2, 3)
  const value = decode(struct({ kind: u8, data: rest(0, 9) }), input)!
  input[2] = 99
  assert.is(value.data[1], 99)
  assert.is(value.data.buffer, input.buffer)
})

test('decoding works inside of a larger buffer', () => {
  const large = of(9, 9, 0x01, 0x02, 0x03, 0x04, 0, 0, 0, 0, 0, 0, 0, 1, 9)
  const codec = struct({ a: u32, b: u64 })
  assert.equal(decode(codec, large.subarray(2, 14)), { a: 0x01020304, b: 1n })
})

test('encoding what does not fit is the caller’s mistake', () => {
  assert.throws(() => encode(bytes(2), of(1)), RangeError)
  assert.throws(() => encode(bytes(2), of(1, 2, 3)), RangeError)
  assert.throws(() => encode(rest(1, 2), of()), RangeError)
  assert.throws(() => encode(rest(1, 2), of(1, 2, 3)), RangeError)
  assert.throws(() => encode(counted(u8, 1), [1, 2]), RangeError)
  assert.throws(() => encode(repeated(u8, 1), [1, 2]), RangeError)
})

test('a writer grows at whatever write comes to its end', () => {
  const writes: [(writer: Writer) => void, number[]][] = [
    [writer => writer.u8(1), [1]],
    [writer => writer.u16(0x0203), [2, 3]],
    [writer => writer.u32(0x04050607), [4, 5, 6, 7]],
    [writer => writer.u64(0x08090a0b0c0d0e0fn), [8, 9, 10, 11, 12, 13, 14, 15]],
    [writer => writer.put(of(16, 17, 18)), [16, 17, 18]],
  ]
  for (const [write, encoding] of writes) {
    for (let before = 0; before < 70; before++) {
      const writer = new Writer(0)
      for (let i = 0; i < before; i++) writer.u8(0xee)
      write(writer)
      assert.equal(writer.bytes(), of(...new Array<number>(before).fill(0xee), ...encoding))
    }
  }
})

test('a writer grows as far as it must', () => {
  const writer = new Writer(1)
  const expected: number[] = []
  for (let i = 0; i < 1000; i++) {
    writer.u8(i & 0xff)
    writer.u16(i)
    writer.u64(BigInt(i))
    writer.put(of(1, 2, 3))
    expected.push(i & 0xff, i >> 8, i & 0xff, 0, 0, 0, 0, 0, 0, i >> 8, i & 0xff, 1, 2, 3)
  }
  writer.u32(0xdeadbeef)
  assert.equal(writer.bytes(), Uint8Array.of(...expected, 0xde, 0xad, 0xbe, 0xef))
})

test('a reader gives nothing beyond the end, and counts what is left', () => {
  const reader = new Reader(of(1, 2, 3))
  assert.is(reader.left, 3)
  assert.is(reader.u16(), 0x0102)
  assert.is(reader.u16(), undefined)
  assert.is(reader.left, 1)
  assert.is(reader.take(2), undefined)
  assert.is(reader.u8(), 3)
  assert.is(reader.u8(), undefined)
  assert.is(reader.u32(), undefined)
  assert.is(reader.u64(), undefined)
  assert.equal(reader.take(0), of())
})

test.run()
