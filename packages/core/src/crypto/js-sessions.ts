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
import {
  DATA_CLEAR_SIZE,
  DATA_NUMBERS_SIZE,
  MAX_CRYPTO_DATA_SIZE,
  MAX_CRYPTO_PACKET_SIZE,
  paddingOf,
} from './formats.ts'
import type { Secretbox } from './js-box.ts'
import { Slots } from './slots.ts'

const DATA_KIND = 0x1b
/** c-toxcore's: a third of the numbers that two bytes can count; how far a base nonce moves at a time. */
const DATA_NUM_THRESHOLD = 21_845
const PLAIN_START = DATA_CLEAR_SIZE + MAC_SIZE

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
  const packet = new Uint8Array(MAX_CRYPTO_PACKET_SIZE)
  const packetView = new DataView(packet.buffer)
  const plain = new Uint8Array(MAX_CRYPTO_PACKET_SIZE)
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
      expectInteger('payload.length', payload.length, 1, MAX_CRYPTO_DATA_SIZE)
      const payloadStart = PLAIN_START + DATA_NUMBERS_SIZE + paddingOf(payload.length)
      const end = payloadStart + payload.length

      packet[0] = DATA_KIND
      packet[1] = sendNonce[NONCE_SIZE - 2]!
      packet[2] = sendNonce[NONCE_SIZE - 1]!
      packetView.setUint32(PLAIN_START, bufferStart)
      packetView.setUint32(PLAIN_START + 4, packetNumber)
      packet.fill(0, PLAIN_START + DATA_NUMBERS_SIZE, payloadStart)
      packet.set(payload, payloadStart)
      secretbox.seal(key, sendNonce, packet.subarray(PLAIN_START, end), packet.subarray(DATA_CLEAR_SIZE, end))
      incrementNonce(sendNonce)
      return packet.subarray(0, end)
    },

    openData(handle, datagram) {
      const { key, receiveNonce } = sessions.get(handle)
      const size = datagram.length - PLAIN_START
      if (size <= DATA_NUMBERS_SIZE || datagram.length > MAX_CRYPTO_PACKET_SIZE) return false

      // The packet carries the last two bytes of its nonce: how far it is ahead of the base nonce, modulo 2¹⁶.
      const known = receiveNonce[NONCE_SIZE - 2]! * 0x100 + receiveNonce[NONCE_SIZE - 1]!
      const ahead = (datagram[1]! * 0x100 + datagram[2]! - known) & 0xffff
      nonce.set(receiveNonce)
      addToNonce(nonce, ahead)
      if (!secretbox.open(key, nonce, datagram.subarray(DATA_CLEAR_SIZE), plain.subarray(0, size)))
        return false
      // The base stays a third to two thirds of the range behind, so that late packets are understood, too.
      if (ahead > 2 * DATA_NUM_THRESHOLD) addToNonce(receiveNonce, DATA_NUM_THRESHOLD)

      let start = DATA_NUMBERS_SIZE
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
