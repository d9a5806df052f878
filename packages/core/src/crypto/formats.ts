/**
 * Sizes of the packets that a `Crypto` makes and takes apart, in bytes: once for all who speak TypeScript. The kernels have
 * them in wasm/src (session.rs, onion.rs, stream.rs); the compliance suite has the spec's own, and holds all to them.
 */
import { PADDED_ADDRESS_SIZE } from '../node-info.ts'
import { MAC_SIZE, NONCE_SIZE, PUBLIC_KEY_SIZE } from './crypto.ts'

// ——— Net-crypto data packets (spec, "Net crypto"; names are c-toxcore's) ———

/** Of the largest datagram. */
export const MAX_CRYPTO_PACKET_SIZE = 1400
/** Of the largest payload of a data packet, its packet id included. */
export const MAX_CRYPTO_DATA_SIZE = 1373
/** Kind and nonce bytes: what is in front of the box. */
export const DATA_CLEAR_SIZE = 1 + 2
/** What is before the payload inside of the box, and before the padding. */
export const DATA_NUMBERS_SIZE = 4 + 4

/** Payloads are padded so that their sizes show in steps of so many bytes only (CRYPTO_MAX_PADDING). */
const PADDING_STEP = 8

/** How many zeros stand before a payload of `size` bytes. */
export function paddingOf(size: number): number {
  return (MAX_CRYPTO_DATA_SIZE - size) % PADDING_STEP
}

// ——— Onion (spec, "Onion") ———

export const ONION_MAX_PACKET_SIZE = 1400
export const ONION_LAYERS = 3
/** Kind and nonce. */
export const ONION_HEADER_SIZE = 1 + NONCE_SIZE
export const ONION_LAYER_SIZE = PUBLIC_KEY_SIZE + MAC_SIZE + PADDED_ADDRESS_SIZE
/** One way back: nonce, MAC, sealed address; inside the next one come those that the packet brought. */
export const ONION_RETURN_SIZE = NONCE_SIZE + MAC_SIZE + PADDED_ADDRESS_SIZE
/** The kinds of packets as they leave the sender, and as they reach the last node. */
export const ONION_FIRST_KIND = 0x80
export const ONION_LAST_KIND = ONION_FIRST_KIND + ONION_LAYERS - 1

// ——— Frames of a relay connection (spec, "TCP server") ———

/** Of the length that a frame begins with. */
export const FRAME_LENGTH_SIZE = 2
/** Of MAC and payload: c-toxcore's MAX_PACKET_SIZE. */
export const MAX_FRAME_BOX_SIZE = 2048
export const MAX_FRAME_PAYLOAD_SIZE = MAX_FRAME_BOX_SIZE - MAC_SIZE
