/** Packets whose keys and nonces are known to the kernels: one call for each, no allocation. */
import { expectBytes, expectInteger } from '../errors.ts'
import { PADDED_ADDRESS_SIZE } from '../node-info.ts'
import {
  type KeyHandle,
  MAC_SIZE,
  NONCE_SIZE,
  type OnionCrypto,
  PUBLIC_KEY_SIZE,
  type SessionCrypto,
  type SessionHandle,
  type StreamCrypto,
  type StreamHandle,
} from './crypto.ts'
import {
  DATA_CLEAR_SIZE,
  DATA_NUMBERS_SIZE,
  FRAME_LENGTH_SIZE,
  MAX_CRYPTO_DATA_SIZE,
  MAX_CRYPTO_PACKET_SIZE,
  MAX_FRAME_PAYLOAD_SIZE,
  ONION_HEADER_SIZE,
  ONION_LAST_KIND,
  ONION_LAYER_SIZE,
  ONION_LAYERS,
  ONION_MAX_PACKET_SIZE,
  paddingOf,
} from './formats.ts'
import { Handles } from './handles.ts'
import { type Arena, CHANNEL_RECORD, CHUNK_SIZE, PACKET_SIZE } from './wasm-arena.ts'
import type { Kernels } from './wasm-kernels.ts'
import type { WasmKeys } from './wasm-keys.ts'

/** A key and a nonce for each direction, in the arena (wasm/src/channel.rs). */
class Channels {
  readonly #arena: Arena
  readonly #keys: WasmKeys
  readonly #handles: Handles
  readonly #start: number

  constructor(arena: Arena, keys: WasmKeys, title: 'session' | 'stream') {
    this.#arena = arena
    this.#keys = keys
    this.#handles = new Handles(title, arena.capacities[`${title}s`])
    this.#start = arena[`${title}s`]
  }

  add(key: KeyHandle, sendNonce: Uint8Array, receiveNonce: Uint8Array): number {
    expectBytes('sendNonce', sendNonce, NONCE_SIZE)
    expectBytes('receiveNonce', receiveNonce, NONCE_SIZE)
    this.#keys.keyAt(key)
    const handle = this.#handles.add()
    const at = this.at(handle)
    this.#keys.moveKey(key, at)
    this.#arena.bytes.set(sendNonce, at + 32)
    this.#arena.bytes.set(receiveNonce, at + 32 + NONCE_SIZE)
    return handle
  }

  at(handle: number): number {
    return this.#start + CHANNEL_RECORD * this.#handles.place(handle)
  }

  drop(handle: number): void {
    this.#arena.wipe(this.#start + CHANNEL_RECORD * this.#handles.drop(handle), CHANNEL_RECORD)
  }

  isOpen(handle: number): boolean {
    return this.#handles.has(handle)
  }
}

/** What is before the padding of a data packet. */
const DATA_OVERHEAD = DATA_CLEAR_SIZE + MAC_SIZE + DATA_NUMBERS_SIZE

export function createWasmSessions(kernels: Kernels, arena: Arena, keys: WasmKeys): SessionCrypto {
  const { session_seal, session_open } = kernels
  const { bytes, view } = arena
  const sessions = new Channels(arena, keys, 'session')
  const numbers = arena.data
  const packet = arena.tag - DATA_CLEAR_SIZE
  const datagrams = arena.views(MAX_CRYPTO_PACKET_SIZE, () => packet)
  const payloads = arena.views(MAX_CRYPTO_DATA_SIZE, size => packet + DATA_OVERHEAD + paddingOf(size))
  const opened = { bufferStart: 0, packetNumber: 0, payload: bytes.subarray(0, 0) }

  return {
    addSession: (key, sendNonce, receiveNonce) => sessions.add(key, sendNonce, receiveNonce) as SessionHandle,
    dropSession: session => sessions.drop(session),

    sealData(session, bufferStart, packetNumber, payload) {
      const at = sessions.at(session)
      const size = payload.length
      expectInteger('payload.length', size, 1, MAX_CRYPTO_DATA_SIZE)
      const start = DATA_OVERHEAD + paddingOf(size)
      bytes.set(payload, packet + start)
      session_seal(at, packet, bufferStart, packetNumber, size)
      return datagrams(start + size)
    },

    openData(session, datagram) {
      const at = sessions.at(session)
      const size = datagram.length
      if (size > MAX_CRYPTO_PACKET_SIZE) return false
      bytes.set(datagram, packet)
      const start = session_open(at, packet, size)
      if (start === 0) return false
      opened.bufferStart = view.getUint32(numbers)
      opened.packetNumber = view.getUint32(numbers + 4)
      // Nobody has to pad as we do, but everybody does.
      const payloadSize = size - start
      opened.payload =
        start === DATA_OVERHEAD + paddingOf(payloadSize)
          ? payloads(payloadSize)
          : bytes.subarray(packet + start, packet + size)
      return true
    },

    data: opened,
  }
}

export function createWasmOnion(kernels: Kernels, arena: Arena, keys: WasmKeys): OnionCrypto {
  const { onion_wrap, onion_peel } = kernels
  const { bytes, data, from, address } = arena
  /** Begins before the tag, so that what is sealed is aligned. */
  const packet = data - ONION_HEADER_SIZE - PUBLIC_KEY_SIZE - MAC_SIZE
  const content = data + PADDED_ADDRESS_SIZE
  const packets = arena.views(ONION_MAX_PACKET_SIZE, () => packet)
  const forwarded = arena.views(ONION_MAX_PACKET_SIZE, () => content - ONION_HEADER_SIZE)
  const leaving = arena.views(ONION_MAX_PACKET_SIZE, () => content)
  const peeled = {
    address: bytes.subarray(address, address + PADDED_ADDRESS_SIZE),
    kind: 0,
    packet: leaving(0),
  }

  return {
    wrapOnion(layerKeys, plain) {
      const { length } = plain
      if (length < ONION_HEADER_SIZE + ONION_LAYERS * ONION_LAYER_SIZE || length > ONION_MAX_PACKET_SIZE) {
        throw new RangeError(`packet: expected an onion packet, got ${length} bytes`)
      }
      const first = keys.keyAt(layerKeys[0])
      const second = keys.keyAt(layerKeys[1])
      const third = keys.keyAt(layerKeys[2])
      bytes.set(plain, packet)
      onion_wrap(first, second, third, packet, length)
      plain.set(packets(length))
    },

    peelOnion(secret, returnKey, sealed, sender) {
      const secretAt = keys.secretAt(secret)
      const returnKeyAt = keys.keyAt(returnKey)
      expectBytes('from', sender, NONCE_SIZE + PADDED_ADDRESS_SIZE)
      if (sealed.length > ONION_MAX_PACKET_SIZE) return false
      bytes.set(sender, from)
      bytes.set(sealed, packet)
      const size = onion_peel(secretAt, returnKeyAt, packet, sealed.length, from, address)
      if (size === 0) return false
      peeled.kind = bytes[content]!
      peeled.packet = sealed[0] === ONION_LAST_KIND ? leaving(size) : forwarded(size)
      return true
    },

    peeled,
  }
}

const FRAME_OVERHEAD = FRAME_LENGTH_SIZE + MAC_SIZE

export function createWasmStreams(kernels: Kernels, arena: Arena, keys: WasmKeys): StreamCrypto {
  const { stream_seal, stream_open } = kernels
  const { bytes, data, chunk, frame } = arena
  const streams = new Channels(arena, keys, 'stream')
  const sealed = data - FRAME_OVERHEAD
  const frames = arena.views(PACKET_SIZE, () => sealed)
  const payloads = arena.views(PACKET_SIZE, () => frame + MAC_SIZE)
  let isOpening = false

  /** Of a chunk that is in the arena. */
  function openChunk(handle: StreamHandle, size: number, onFrame: (payload: Uint8Array) => void): number {
    let at = 0
    for (;;) {
      const opened = stream_open(streams.at(handle), chunk + at, size - at, frame)
      if (opened <= 0) return opened < 0 ? -1 : at
      at += FRAME_OVERHEAD + opened
      onFrame(payloads(opened))
      // It may have been dropped for what it said.
      if (!streams.isOpen(handle)) return -1
    }
  }

  return {
    addStream: (key, sendNonce, receiveNonce) => streams.add(key, sendNonce, receiveNonce) as StreamHandle,
    dropStream: stream => streams.drop(stream),

    sealFrame(stream, payload) {
      const at = streams.at(stream)
      const size = payload.length
      expectInteger('payload.length', size, 1, MAX_FRAME_PAYLOAD_SIZE)
      bytes.set(payload, data)
      stream_seal(at, sealed, size)
      return frames(FRAME_OVERHEAD + size)
    },

    openFrames(stream, input, onFrame) {
      streams.at(stream)
      if (isOpening) throw new Error('openFrames: called while it hands out a frame')
      isOpening = true
      try {
        let at = 0
        for (;;) {
          const part = input.length <= CHUNK_SIZE ? input : input.subarray(at, at + CHUNK_SIZE)
          bytes.set(part, chunk)
          const taken = openChunk(stream, part.length, onFrame)
          if (taken < 0) return -1
          at += taken
          if (at + part.length - taken >= input.length) return at
        }
      } finally {
        isOpening = false
      }
    },
  }
}
