/**
 * The handshake packet (spec, "Handshake packet"): proves the long-term key, carries the session key and the base
 * nonce, and is bound to the cookie beside it by that cookie's hash.
 */
import {
  type Crypto,
  decode,
  encode,
  equalConstantTime,
  type Instant,
  MAC_SIZE,
  NONCE_SIZE,
  type Random,
  randomBytes,
} from '@ts-toxcore/core'
import type { Cookie, CookieJar, Identity, LocalKey } from './cookie.ts'
import { handshake, handshakePlain, NET_PACKET_CRYPTO_HS } from './packets.ts'

export interface HandshakeContext {
  readonly crypto: Crypto
  readonly random: Random
  readonly longTerm: LocalKey
  readonly jar: CookieJar
}

/** What a peer's handshake says. All byte fields are copies. */
export interface Handshake extends Cookie {
  /** Of the peer's data packets: 24 bytes. */
  readonly baseNonce: Uint8Array
  readonly sessionPublicKey: Uint8Array
  /** With it we may answer, without a cookie request: 112 bytes. */
  readonly otherCookie: Uint8Array
}

/** 385 bytes, or undefined if the peer's public key is degenerate. `cookie` is one that the peer made. */
export function createHandshake(
  { crypto, random, longTerm, jar }: HandshakeContext,
  now: Instant,
  peer: Identity,
  ours: { readonly baseNonce: Uint8Array; readonly sessionPublicKey: Uint8Array },
  cookie: Uint8Array,
): Uint8Array | undefined {
  const nonce = randomBytes(random, NONCE_SIZE)
  const plain = encode(handshakePlain, {
    ...ours,
    cookieHash: crypto.sha512(cookie),
    otherCookie: jar.seal(now, peer),
  })
  const box = new Uint8Array(plain.length + MAC_SIZE)
  if (!crypto.sealBox(longTerm.secret, peer.publicKey, nonce, plain, box)) return undefined
  return encode(handshake, { kind: NET_PACKET_CRYPTO_HS, cookie, nonce, box })
}

export function openHandshake(
  { crypto, longTerm, jar }: HandshakeContext,
  now: Instant,
  packet: Uint8Array,
): Handshake | 'malformed' | 'bad_cookie' | 'not_authentic' {
  const outer = decode(handshake, packet)
  if (outer === undefined) return 'malformed'
  // The cookie first: a handshake from somebody who never got one costs no X25519.
  const cookie = jar.open(now, outer.cookie)
  if (cookie === undefined) return 'bad_cookie'
  const opened = new Uint8Array(handshakePlain.max)
  if (!crypto.openBox(longTerm.secret, cookie.publicKey, outer.nonce, outer.box, opened))
    return 'not_authentic'
  const { baseNonce, sessionPublicKey, cookieHash, otherCookie } = decode(handshakePlain, opened)!
  if (!equalConstantTime(cookieHash, crypto.sha512(outer.cookie))) return 'bad_cookie'
  return { ...cookie, baseNonce, sessionPublicKey, otherCookie }
}
