/**
 * Packet requests (spec, "packet request packet"): which lossless packets are missing. After the packet id comes one
 * byte per missing packet: the distance (1 … 255) from the one before it, the first from the number before the
 * receiver's start; a 0 skips 255 packets, all of them received. Whatever lies before the last byte and is not
 * asked for has arrived; what lies behind it is unknown.
 */
import { PACKET_ID_REQUEST } from './constants.ts'

/** Whether the packet with this number has been received. */
type Received = (number: number) => boolean

/** Writes the packet id and the list for [start, end) into `out`, as far as it fits, and returns its length. */
export function encodePacketRequest(out: Uint8Array, start: number, end: number, received: Received): number {
  out[0] = PACKET_ID_REQUEST
  let size = 1
  let gap = 1
  for (let number = start; number !== end && size < out.length; number = (number + 1) >>> 0) {
    if (!received(number)) {
      out[size++] = gap
      gap = 0
    } else if (gap === 255) {
      out[size++] = 0
      gap = 0
    }
    gap++
  }
  return size
}

/**
 * Reads the list behind the packet id against the sender's [start, end). Puts the numbers of the missing packets, in
 * order, into `missing`, and returns the number up to which the list speaks. No list is malformed: every byte means
 * something wherever it stands.
 */
export function decodePacketRequest(list: Uint8Array, start: number, end: number, missing: number[]): number {
  missing.length = 0
  let at = 0
  let gap = 1
  let number = start
  for (; number !== end && at < list.length; number = (number + 1) >>> 0) {
    const isMissing = list[at] === gap
    if (isMissing) missing.push(number)
    if (isMissing || gap === 255) {
      at++
      gap = 1
    } else {
      gap++
    }
  }
  return number
}
