import { wipe } from '../bytes.ts'
import { expectBytes, expectInteger } from '../errors.ts'
import { incrementNonce } from '../keys.ts'
import { type KeyHandle, MAC_SIZE, NONCE_SIZE, type StreamCrypto, type StreamHandle } from './crypto.ts'
import { FRAME_LENGTH_SIZE, MAX_FRAME_BOX_SIZE, MAX_FRAME_PAYLOAD_SIZE } from './formats.ts'
import type { Secretbox } from './js-box.ts'
import { Slots } from './slots.ts'

interface Stream {
  readonly key: Uint8Array
  readonly sendNonce: Uint8Array
  readonly receiveNonce: Uint8Array
  /** Something came that its peer cannot have sent: from there on nothing can be understood. */
  broken: boolean
}

/** `takeKey` gives the key behind a handle and makes the handle void. */
export function createJsStreams(secretbox: Secretbox, takeKey: (key: KeyHandle) => Uint8Array): StreamCrypto {
  const streams = new Slots<Stream>('stream')
  const frame = new Uint8Array(FRAME_LENGTH_SIZE + MAX_FRAME_BOX_SIZE)
  const plain = new Uint8Array(MAX_FRAME_PAYLOAD_SIZE)

  return {
    addStream(key, sendNonce, receiveNonce) {
      expectBytes('sendNonce', sendNonce, NONCE_SIZE)
      expectBytes('receiveNonce', receiveNonce, NONCE_SIZE)
      return streams.add({
        key: takeKey(key),
        sendNonce: sendNonce.slice(),
        receiveNonce: receiveNonce.slice(),
        broken: false,
      }) as StreamHandle
    },

    dropStream(handle) {
      wipe(streams.take(handle).key)
    },

    sealFrame(handle, payload) {
      const { key, sendNonce } = streams.get(handle)
      expectInteger('payload.length', payload.length, 1, MAX_FRAME_PAYLOAD_SIZE)
      const size = MAC_SIZE + payload.length
      const sealed = frame.subarray(0, FRAME_LENGTH_SIZE + size)
      sealed[0] = size >> 8
      sealed[1] = size & 0xff
      secretbox.seal(key, sendNonce, payload, sealed.subarray(FRAME_LENGTH_SIZE))
      incrementNonce(sendNonce)
      return sealed
    },

    openFrames(handle, bytes, onFrame) {
      const stream = streams.get(handle)
      let at = 0
      while (!stream.broken && at + FRAME_LENGTH_SIZE <= bytes.length) {
        const size = bytes[at]! * 0x100 + bytes[at + 1]!
        if (size <= MAC_SIZE || size > MAX_FRAME_BOX_SIZE) {
          stream.broken = true
          break
        }
        const end = at + FRAME_LENGTH_SIZE + size
        if (end > bytes.length) break
        const payload = plain.subarray(0, size - MAC_SIZE)
        const box = bytes.subarray(at + FRAME_LENGTH_SIZE, end)
        if (!secretbox.open(stream.key, stream.receiveNonce, box, payload)) {
          stream.broken = true
          break
        }
        incrementNonce(stream.receiveNonce)
        at = end
        onFrame(payload)
      }
      return stream.broken ? -1 : at
    },
  }
}
