/** The lossless packets that we receive: put into order, each delivered once. */
import { CRYPTO_PACKET_BUFFER_SIZE } from './constants.ts'
import { distance, PacketArray } from './packet-array.ts'
import { encodePacketRequest } from './packet-request.ts'

export class Receiver {
  readonly #packets: PacketArray<Uint8Array>
  /** How many packets wait behind a gap. */
  #waiting = 0

  constructor(firstNumber = 0) {
    this.#packets = new PacketArray(CRYPTO_PACKET_BUFFER_SIZE, firstNumber)
  }

  /** The first packet that is awaited: all before have been delivered. */
  get start(): number {
    return this.#packets.start
  }

  /** Whether packets are known to exist that have not come. */
  get hasGaps(): boolean {
    return this.#packets.size > this.#waiting
  }

  /**
   * Takes a packet (a copy of its payload): 'gap' if numbers before it are missing that were not known to be, 'fresh'
   * if not, 'duplicate' if it was here before, 'too_far' if its number cannot be.
   */
  accept(number: number, payload: Uint8Array): 'fresh' | 'gap' | 'duplicate' | 'too_far' {
    const offset = distance(this.#packets.start, number)
    if (offset >= 0x8000_0000) return 'duplicate'
    if (this.#packets.has(number)) return 'duplicate'
    if (offset >= CRYPTO_PACKET_BUFFER_SIZE) return 'too_far'
    const isAhead = offset > this.#packets.size
    this.#packets.insert(number, payload.slice())
    this.#waiting++
    return isAhead ? 'gap' : 'fresh'
  }

  /** The peer has sent all packets before `end`. True if some of them were not known to exist. */
  extend(end: number): boolean {
    return this.#packets.extend(end)
  }

  /** The next packet in order, if it is here. */
  shift(): Uint8Array | undefined {
    const payload = this.#packets.shift()
    if (payload !== undefined) this.#waiting--
    return payload
  }

  /** Writes a request packet, packet id included, and returns its length. */
  writeRequest(out: Uint8Array): number {
    if (!this.hasGaps) return encodePacketRequest(out, this.start, this.start, () => true)
    return encodePacketRequest(out, this.start, this.#packets.end, number => this.#packets.has(number))
  }
}
