import { wipe } from '../bytes.ts'
import { expectBytes, expectInteger } from '../errors.ts'
import { addToNonce, incrementNonce } from '../keys.ts'
import {
  type KeyHandle,
  MAC_SIZE,
  NONCE_SIZE,
  type OpenedData,
  type SessionCrypto,
  type SessionHandle,
} from './crypto.ts'
import type { Secretbox } from './js-box.ts'
import { Slots } from './slots.ts'

const DATA_KIND = 0x1b
const MAX_PACKET_SIZE = 1400
const MAX_PAYLOAD_SIZE = 1373
/** Payloads are padded so that their sizes show in steps of so many bytes only. */
const PADDING_STEP = 8
/** A third of the numbers that two bytes can count: how far a base nonce moves at a time. */
const NONCE_STEP = 21_845

/** Kind and nonce bytes: what is in front of the box. */
const CLEAR_SIZE = 1 + 2
const PLAIN_START = CLEAR_SIZE + MAC_SIZE
const NUMBERS_SIZE = 4 + 4

interface Session {
  readonly key: Uint8Array
  /** Of the next packet that is sealed. */
  readonly sendNonce: Uint8Array
  /** Moves on behind the packets that are opened: never past one that may still come. */
  readonly receiveNonce: Uint8Array
}

/** `takeKey` gives the key behind a handle and makes the handle void. */
export function createJsSessions(
  secretbox: Secretbox,
  takeKey: (key: KeyHandle) => Uint8Array,
): SessionCrypto {
  const sessions = new Slots<Session>('session')
  const packet = new Uint8Array(MAX_PACKET_SIZE)
  const packetView = new DataView(packet.buffer)
  const plain = new Uint8Array(MAX_PACKET_SIZE)
  const plainView = new DataView(plain.buffer)
  const nonce = new Uint8Array(NONCE_SIZE)
  const data = { bufferStart: 0, packetNumber: 0, payload: plain.subarray(0, 0) }

  return {
    addSession(key, sendNonce, receiveNonce) {
      expectBytes('sendNonce', sendNonce, NONCE_SIZE)
      expectBytes('receiveNonce', receiveNonce, NONCE_SIZE)
      return sessions.add({
        key: takeKey(key),
        sendNonce: sendNonce.slice(),
        receiveNonce: receiveNonce.slice(),
      }) as SessionHandle
    },

    dropSession(handle) {
      wipe(sessions.take(handle).key)
    },

    sealData(handle, bufferStart, packetNumber, payload) {
      const { key, sendNonce } = sessions.get(handle)
      expectInteger('payload.length', payload.length, 1, MAX_PAYLOAD_SIZE)
      const padding = (MAX_PAYLOAD_SIZE - payload.length) % PADDING_STEP
      const payloadStart = PLAIN_START + NUMBERS_SIZE + padding
      const end = payloadStart + payload.length

      packet[0] = DATA_KIND
      packet[1] = sendNonce[NONCE_SIZE - 2]!
      packet[2] = sendNonce[NONCE_SIZE - 1]!
      packetView.setUint32(PLAIN_START, bufferStart)
      packetView.setUint32(PLAIN_START + 4, packetNumber)
      packet.fill(0, PLAIN_START + NUMBERS_SIZE, payloadStart)
      packet.set(payload, payloadStart)
      secretbox.seal(key, sendNonce, packet.subarray(PLAIN_START, end), packet.subarray(CLEAR_SIZE, end))
      incrementNonce(sendNonce)
      return packet.subarray(0, end)
    },

    openData(handle, datagram) {
      const { key, receiveNonce } = sessions.get(handle)
      const size = datagram.length - PLAIN_START
      if (size <= NUMBERS_SIZE || datagram.length > MAX_PACKET_SIZE) return false

      // The packet carries the last two bytes of its nonce: how far it is ahead of the base nonce, modulo 2¹⁶.
      const known = receiveNonce[NONCE_SIZE - 2]! * 0x100 + receiveNonce[NONCE_SIZE - 1]!
      const ahead = (datagram[1]! * 0x100 + datagram[2]! - known) & 0xffff
      nonce.set(receiveNonce)
      addToNonce(nonce, ahead)
      if (!secretbox.open(key, nonce, datagram.subarray(CLEAR_SIZE), plain.subarray(0, size))) return false
      // The base stays a third to two thirds of the range behind, so that late packets are understood, too.
      if (ahead > 2 * NONCE_STEP) addToNonce(receiveNonce, NONCE_STEP)

      let start = NUMBERS_SIZE
      while (start < size && plain[start] === 0) start++
      if (start === size) return false
      data.bufferStart = plainView.getUint32(0)
      data.packetNumber = plainView.getUint32(4)
      data.payload = plain.subarray(start, size)
      return true
    },

    data: data as OpenedData,
  }
}
