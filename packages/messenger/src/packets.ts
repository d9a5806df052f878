import { bytes, type Codec, NOSPAM_SIZE, oneOf, rest, struct } from '@ts-toxcore/core'
import {
  MAX_MESSAGE_LENGTH,
  MAX_NAME_LENGTH,
  MAX_STATUSMESSAGE_LENGTH,
  ONION_CLIENT_MAX_DATA_SIZE,
} from './constants.ts'

/**
 * The packets that friends exchange over a session (spec, "Friend connection" and "Messenger"), and the friend
 * request, which travels through the onion as well (spec, "Friend requests"). The first byte is the packet id.
 */

/** Kind of an onion data packet that holds a friend request. */
export const CRYPTO_PACKET_FRIEND_REQ = 32

export const PACKET_ID_ALIVE = 16
export const PACKET_ID_FRIEND_REQUESTS = 18
export const PACKET_ID_ONLINE = 24
export const PACKET_ID_OFFLINE = 25
export const PACKET_ID_NICKNAME = 48
export const PACKET_ID_STATUSMESSAGE = 49
export const PACKET_ID_USERSTATUS = 50
export const PACKET_ID_TYPING = 51
export const PACKET_ID_MESSAGE = 64
export const PACKET_ID_ACTION = 65
/** Signalling of audio and video calls. Applications may send it as a custom packet too. */
export const PACKET_ID_MSI = 69

/** Lossless custom packets. */
export const PACKET_ID_RANGE_LOSSLESS_CUSTOM_START = 160
export const PACKET_ID_RANGE_LOSSLESS_CUSTOM_END = 191
/** Lossy packets, of which those below the custom ones carry audio and video. */
export const PACKET_ID_RANGE_LOSSY_START = 192
export const PACKET_ID_RANGE_LOSSY_CUSTOM_START = 200
export const PACKET_ID_RANGE_LOSSY_END = 254

/**
 * Friend request.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 32 in an onion data packet, 18 over a session |
 * | 4 | nospam of the receiver |
 * | 1–1016 | message |
 */
export const friendRequest = struct({
  kind: oneOf(CRYPTO_PACKET_FRIEND_REQ, PACKET_ID_FRIEND_REQUESTS),
  nospam: bytes(NOSPAM_SIZE),
  message: rest(1, ONION_CLIENT_MAX_DATA_SIZE - 1 - NOSPAM_SIZE),
})

/**
 * ALIVE, ONLINE, OFFLINE: the packet id says it all.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 16, 24, 25 |
 */
export const signal = struct({ kind: oneOf(PACKET_ID_ALIVE, PACKET_ID_ONLINE, PACKET_ID_OFFLINE) })

/**
 * NICKNAME.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 48 |
 * | 0–128 | name |
 */
export const nickname = struct({ kind: oneOf(PACKET_ID_NICKNAME), name: rest(0, MAX_NAME_LENGTH) })

/**
 * STATUSMESSAGE.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 49 |
 * | 0–1007 | status message |
 */
export const statusMessage = struct({
  kind: oneOf(PACKET_ID_STATUSMESSAGE),
  message: rest(0, MAX_STATUSMESSAGE_LENGTH),
})

/**
 * USERSTATUS.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 50 |
 * | 1 | 0: none, 1: away, 2: busy |
 */
export const userStatus = struct({ kind: oneOf(PACKET_ID_USERSTATUS), status: oneOf(0, 1, 2) })

/**
 * TYPING.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 51 |
 * | 1 | 0 or 1 |
 */
export const typing = struct({ kind: oneOf(PACKET_ID_TYPING), typing: oneOf(0, 1) })

/**
 * MESSAGE and ACTION.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 64: message, 65: action |
 * | 1–1372 | text |
 */
export const message: Codec<{ kind: 64 | 65; message: Uint8Array }> = struct({
  kind: oneOf(PACKET_ID_MESSAGE, PACKET_ID_ACTION),
  message: rest(1, MAX_MESSAGE_LENGTH),
})

export function isCustomLossless(kind: number): boolean {
  return kind >= PACKET_ID_RANGE_LOSSLESS_CUSTOM_START && kind <= PACKET_ID_RANGE_LOSSLESS_CUSTOM_END
}

export function isCustomLossy(kind: number): boolean {
  return kind >= PACKET_ID_RANGE_LOSSY_CUSTOM_START && kind <= PACKET_ID_RANGE_LOSSY_END
}

/** A packet of a session: the packet id, then the payload. */
export function packet(kind: number, payload: ArrayLike<number> = []): Uint8Array {
  const data = new Uint8Array(1 + payload.length)
  data[0] = kind
  data.set(payload, 1)
  return data
}
