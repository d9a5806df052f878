/**
 * Sealing and opening of data packets (spec, "Encrypted packets"), the hot path: no codec, no copy, no allocation but
 * the views.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0x1b |
 * | 2 | last 2 bytes of the nonce |
 * | 16 | MAC |
 * | 4 | number of the first lossless packet that the sender of this still awaits |
 * | 4 | lossless: its packet number; else the number of the next lossless packet |
 * | 0 – 7 | padding: zeros |
 * | 1 – 1373 | payload; its first byte is the packet id, never 0 |
 */
import {
  addToNonce,
  type Crypto,
  incrementNonce,
  type KeyHandle,
  MAC_SIZE,
  NONCE_SIZE,
} from '@ts-toxcore/core'
import {
  CRYPTO_MAX_PADDING,
  DATA_NUM_THRESHOLD,
  MAX_CRYPTO_DATA_SIZE,
  MAX_CRYPTO_PACKET_SIZE,
} from './constants.ts'
import { NET_PACKET_CRYPTO_DATA } from './packets.ts'

/** Kind and nonce bytes: what is in front of the box. */
const CLEAR_SIZE = 1 + 2
const PLAIN_START = CLEAR_SIZE + MAC_SIZE
const NUMBERS_SIZE = 4 + 4

/** Memory for one packet, shared by all sessions of an engine. */
export class PacketScratch {
  readonly packet = new Uint8Array(MAX_CRYPTO_PACKET_SIZE)
  readonly packetView = new DataView(this.packet.buffer)
  readonly plain = new Uint8Array(MAX_CRYPTO_PACKET_SIZE)
  readonly plainView = new DataView(this.plain.buffer)
  readonly nonce = new Uint8Array(NONCE_SIZE)
  /** Where the next request packet is put together. */
  readonly request = new Uint8Array(MAX_CRYPTO_DATA_SIZE)

  /** The packet that was opened last. `payload` is a view: valid until the next one is opened. */
  bufferStart = 0
  number = 0
  payload = this.plain
}

/** Both directions of an established key: one key, a base nonce for each direction. */
export class SecureChannel {
  readonly #crypto: Crypto
  readonly #scratch: PacketScratch
  readonly #key: KeyHandle
  readonly #sendNonce: Uint8Array
  readonly #receiveNonce: Uint8Array

  /** Owns `key`. `sendNonce` is counted up in place, `receiveNonce` (the peer's base nonce) is copied. */
  constructor(
    crypto: Crypto,
    scratch: PacketScratch,
    key: KeyHandle,
    sendNonce: Uint8Array,
    receiveNonce: Uint8Array,
  ) {
    this.#crypto = crypto
    this.#scratch = scratch
    this.#key = key
    this.#sendNonce = sendNonce
    this.#receiveNonce = receiveNonce.slice()
  }

  /** The datagram, in the scratch memory: valid until the next one is sealed. `payload`: 1 – 1373 bytes. */
  seal(bufferStart: number, number: number, payload: Uint8Array): Uint8Array {
    const { packet, packetView } = this.#scratch
    const nonce = this.#sendNonce
    const padding = (MAX_CRYPTO_DATA_SIZE - payload.length) % CRYPTO_MAX_PADDING
    const payloadStart = PLAIN_START + NUMBERS_SIZE + padding
    const end = payloadStart + payload.length

    packet[0] = NET_PACKET_CRYPTO_DATA
    packet[1] = nonce[NONCE_SIZE - 2]!
    packet[2] = nonce[NONCE_SIZE - 1]!
    packetView.setUint32(PLAIN_START, bufferStart)
    packetView.setUint32(PLAIN_START + 4, number)
    packet.fill(0, PLAIN_START + NUMBERS_SIZE, payloadStart)
    packet.set(payload, payloadStart)
    this.#crypto.seal(this.#key, nonce, packet.subarray(PLAIN_START, end), packet.subarray(CLEAR_SIZE, end))
    incrementNonce(nonce)
    return packet.subarray(0, end)
  }

  /** Opens a datagram into the scratch memory; false if it is not authentic or has no payload. */
  open(packet: Uint8Array): boolean {
    const { plain, plainView, nonce } = this.#scratch
    const size = packet.length - PLAIN_START
    if (size <= NUMBERS_SIZE || packet.length > MAX_CRYPTO_PACKET_SIZE) return false

    const base = this.#receiveNonce
    const saved = base[NONCE_SIZE - 2]! * 0x100 + base[NONCE_SIZE - 1]!
    const ahead = (packet[1]! * 0x100 + packet[2]! - saved) & 0xffff
    nonce.set(base)
    addToNonce(nonce, ahead)
    if (!this.#crypto.open(this.#key, nonce, packet.subarray(CLEAR_SIZE), plain.subarray(0, size)))
      return false
    if (ahead > 2 * DATA_NUM_THRESHOLD) addToNonce(base, DATA_NUM_THRESHOLD)

    let start = NUMBERS_SIZE
    while (start < size && plain[start] === 0) start++
    if (start === size) return false
    this.#scratch.bufferStart = plainView.getUint32(0)
    this.#scratch.number = plainView.getUint32(4)
    this.#scratch.payload = plain.subarray(start, size)
    return true
  }

  dispose(): void {
    this.#crypto.dropKey(this.#key)
  }
}
