/** The packets of net-crypto (spec, "Net crypto"). Data packets are hot: the Crypto makes and opens them. */
import { bytes, MAC_SIZE, NONCE_SIZE, oneOf, PUBLIC_KEY_SIZE, publicKey, struct, u64 } from '@ts-toxcore/core'

export const NET_PACKET_COOKIE_REQUEST = 0x18
export const NET_PACKET_COOKIE_RESPONSE = 0x19
export const NET_PACKET_CRYPTO_HS = 0x1a
export const NET_PACKET_CRYPTO_DATA = 0x1b

export const ECHO_ID_SIZE = 8
const SHA512_SIZE = 64

/**
 * What is sealed in a cookie, 72 bytes. Only its maker reads it: ours count milliseconds where c-toxcore counts
 * seconds, so that of two cookies the newer one can be told.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 8 | time of making, unix milliseconds |
 * | 32 | long-term public key of the peer it is given to |
 * | 32 | DHT public key of that peer |
 */
export const cookieContents = struct({ time: u64, publicKey, dhtPublicKey: publicKey })

/** Nonce, then the box: 112 bytes. */
export const COOKIE_SIZE = NONCE_SIZE + cookieContents.max + MAC_SIZE

/**
 * Encrypted part of the cookie request, 72 bytes.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 32 | sender's long-term public key |
 * | 32 | padding: zeros |
 * | 8 | echo id |
 */
export const cookieRequestPlain = struct({
  publicKey,
  padding: bytes(PUBLIC_KEY_SIZE),
  echoId: bytes(ECHO_ID_SIZE),
})

/**
 * Cookie request, 145 bytes.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0x18 |
 * | 32 | sender's DHT public key |
 * | 24 | nonce |
 * | 88 | box, from the sender's DHT key to the receiver's |
 */
export const cookieRequest = struct({
  kind: oneOf(NET_PACKET_COOKIE_REQUEST),
  dhtPublicKey: publicKey,
  nonce: bytes(NONCE_SIZE),
  box: bytes(cookieRequestPlain.max + MAC_SIZE),
})

/**
 * Encrypted part of the cookie response, 120 bytes.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 112 | cookie |
 * | 8 | echo id of the request |
 */
export const cookieResponsePlain = struct({ cookie: bytes(COOKIE_SIZE), echoId: bytes(ECHO_ID_SIZE) })

/**
 * Cookie response, 161 bytes.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0x19 |
 * | 24 | nonce |
 * | 136 | box, under the key of the request |
 */
export const cookieResponse = struct({
  kind: oneOf(NET_PACKET_COOKIE_RESPONSE),
  nonce: bytes(NONCE_SIZE),
  box: bytes(cookieResponsePlain.max + MAC_SIZE),
})

/**
 * Encrypted part of the handshake, 232 bytes.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 24 | base nonce of the sender's data packets |
 * | 32 | sender's session public key |
 * | 64 | SHA-512 of the cookie outside the box |
 * | 112 | other cookie, with which the receiver may answer |
 */
export const handshakePlain = struct({
  baseNonce: bytes(NONCE_SIZE),
  sessionPublicKey: publicKey,
  cookieHash: bytes(SHA512_SIZE),
  otherCookie: bytes(COOKIE_SIZE),
})

/**
 * Handshake, 385 bytes.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0x1a |
 * | 112 | cookie that the receiver made |
 * | 24 | nonce |
 * | 248 | box, between the long-term keys |
 */
export const handshake = struct({
  kind: oneOf(NET_PACKET_CRYPTO_HS),
  cookie: bytes(COOKIE_SIZE),
  nonce: bytes(NONCE_SIZE),
  box: bytes(handshakePlain.max + MAC_SIZE),
})
