/** The lossless packets that we receive: put into order, each delivered once. */
import { CRYPTO_PACKET_BUFFER_SIZE } from './constants.ts'
import { distance, PacketArray } from './packet-array.ts'
import { encodePacketRequest } from './packet-request.ts'

export class Receiver {
  readonly #packets: PacketArray<Uint8Array>
  /** How many packets wait behind a gap. */
  #waiting = 0
  /** The number after the highest packet that has come. */
  #seen: number
  /** What `accept` got, if it is the packet that was awaited. */
  #next: Uint8Array | undefined
  readonly #has = (number: number): boolean => this.#packets.has(number)

  constructor(firstNumber = 0) {
    this.#packets = new PacketArray(CRYPTO_PACKET_BUFFER_SIZE, firstNumber)
    this.#seen = firstNumber
  }

  /** The first packet that is awaited: all before have been delivered. */
  get start(): number {
    return this.#packets.start
  }

  /** Whether packets are missing before one that has come: these were lost, or overtaken. */
  get hasGaps(): boolean {
    return distance(this.#packets.start, this.#seen) > this.#waiting
  }

  /**
   * Whether the peer has named packets behind all that have come. They may be on their way, or not even sent: c-toxcore
   * counts what still waits in its queue.
   */
  get hasTail(): boolean {
    return this.#seen !== this.#packets.end
  }

  /**
   * Takes a packet: 'fresh' if it is the next after all that came, 'gap' if some between are missing, 'repair' if it
   * was missing, 'duplicate' if it was here before, 'too_far' if its number cannot be. What has to wait is copied; the
   * packet that was awaited is not, and must be taken by `shift` before the next call.
   */
  accept(number: number, payload: Uint8Array): 'fresh' | 'gap' | 'repair' | 'duplicate' | 'too_far' {
    const offset = distance(this.#packets.start, number)
    if (offset >= 0x8000_0000) return 'duplicate'
    if (this.#packets.has(number)) return 'duplicate'
    if (offset >= CRYPTO_PACKET_BUFFER_SIZE) return 'too_far'
    const seen = distance(this.#packets.start, this.#seen)
    if (offset === 0) {
      this.#packets.pass()
      this.#next = payload
    } else {
      this.#packets.insert(number, payload.slice())
      this.#waiting++
    }
    if (offset < seen) return 'repair'
    this.#seen = (number + 1) >>> 0
    return offset > seen ? 'gap' : 'fresh'
  }

  /** The peer has sent all packets before `end`. True if some of them were not known to exist. */
  extend(end: number): boolean {
    return this.#packets.extend(end)
  }

  /** The next packet in order, if it is here. */
  shift(): Uint8Array | undefined {
    const next = this.#next
    if (next !== undefined) {
      this.#next = undefined
      return next
    }
    const payload = this.#packets.shift()
    if (payload !== undefined) this.#waiting--
    return payload
  }

  /** Writes a request packet, packet id included, that asks for what is said, and returns its length. */
  writeRequest(out: Uint8Array, wanted: 'nothing' | 'gaps' | 'all'): number {
    const isWanted = wanted === 'all' || (wanted === 'gaps' && this.hasGaps)
    const end = !isWanted ? this.start : wanted === 'all' ? this.#packets.end : this.#seen
    return encodePacketRequest(out, this.start, end, this.#has)
  }
}
