/**
 * Errors come in three kinds that are never mixed (ARCHITECTURE.md, "Errors"):
 * a caller's mistake is a TypeError or RangeError, a refused operation is a ToxError with c-toxcore's code, and
 * bad bytes from the network are no error at all: they are dropped and counted.
 */

/** A refused operation. `code` is c-toxcore's enum value without `TOX_ERR_`, e.g. `FRIEND_ADD_ALREADY_SENT`. */
export class ToxError extends Error {
  override readonly name = 'ToxError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Throws unless `value` is a Uint8Array of `size` bytes. */
export function expectBytes(title: string, value: unknown, size: number): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new TypeError(`${title}: expected Uint8Array, got ${typeof value}`)
  if (value.length !== size) throw new RangeError(`${title}: expected ${size} bytes, got ${value.length}`)
}

/** Throws unless `value` is an integer in [min, max]. */
export function expectInteger(
  title: string,
  value: unknown,
  min: number,
  max: number,
): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new TypeError(
      `${title}: expected an integer, got ${typeof value === 'number' ? value : typeof value}`,
    )
  }
  if (value < min || value > max) throw new RangeError(`${title}: expected ${min}–${max}, got ${value}`)
}

/** Packets that were dropped, by reason: reasons are literals in the code, so the table is bounded. */
export class DropCounter<Reason extends string> {
  readonly #counts = new Map<Reason, number>()

  count(reason: Reason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  /** A copy of the counts so far. */
  snapshot(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }
}
