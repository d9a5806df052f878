/**
 * Cookies (spec, "Net crypto"): whoever wants a session first asks for a cookie, and so shows that it can receive
 * at its address. The asked side remembers nothing: what it needs to know comes back sealed in the cookie.
 */
import {
  type Crypto,
  decode,
  encode,
  type Instant,
  type KeyHandle,
  MAC_SIZE,
  NONCE_SIZE,
  type Random,
  randomBytes,
  type SecretHandle,
  wipe,
} from '@ts-toxcore/core'
import { COOKIE_REQUEST_MAX_TOKENS, COOKIE_REQUEST_TOKEN_INTERVAL, COOKIE_TIMEOUT } from './constants.ts'
import {
  COOKIE_SIZE,
  cookieContents,
  cookieRequest,
  cookieRequestPlain,
  cookieResponse,
  cookieResponsePlain,
  NET_PACKET_COOKIE_REQUEST,
  NET_PACKET_COOKIE_RESPONSE,
} from './packets.ts'

/** Keys by which a peer is known: 32 bytes each. */
export interface Identity {
  readonly publicKey: Uint8Array
  readonly dhtPublicKey: Uint8Array
}

export interface Cookie extends Identity {
  /** When we made it. */
  readonly time: Instant
}

/** Seals and opens our cookies, under a key that nobody else has and that dies with us. */
export class CookieJar {
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #key: KeyHandle

  constructor(crypto: Crypto, random: Random) {
    this.#crypto = crypto
    this.#random = random
    const key = randomBytes(random, 32)
    this.#key = crypto.addKey(key)
    wipe(key)
  }

  /** A cookie for `peer`: 112 bytes. */
  seal(now: Instant, peer: Identity): Uint8Array {
    const cookie = randomBytes(this.#random, COOKIE_SIZE)
    const nonce = cookie.subarray(0, NONCE_SIZE)
    const contents = encode(cookieContents, { ...peer, time: BigInt(Math.floor(now)) })
    this.#crypto.seal(this.#key, nonce, contents, cookie.subarray(NONCE_SIZE))
    return cookie
  }

  /** Undefined unless we made it within `COOKIE_TIMEOUT`. */
  open(now: Instant, cookie: Uint8Array): Cookie | undefined {
    const plain = new Uint8Array(cookieContents.max)
    const box = cookie.subarray(NONCE_SIZE)
    if (!this.#crypto.open(this.#key, cookie.subarray(0, NONCE_SIZE), box, plain)) return undefined
    const { time, publicKey, dhtPublicKey } = decode(cookieContents, plain)!
    const age = Math.floor(now) - Number(time)
    if (age < 0 || age > COOKIE_TIMEOUT) return undefined
    return { time: Number(time), publicKey, dhtPublicKey }
  }

  dispose(): void {
    this.#crypto.dropKey(this.#key)
  }
}

/** Our key pair, its secret half behind a handle. */
export interface LocalKey {
  readonly publicKey: Uint8Array
  readonly secret: SecretHandle
}

export interface CookieContext {
  readonly crypto: Crypto
  readonly random: Random
  readonly dht: LocalKey
  readonly longTerm: LocalKey
}

/** Undefined if the DHT public key is degenerate. `echoId`: 8 bytes that must come back. */
export function createCookieRequest(
  { crypto, random, dht, longTerm }: CookieContext,
  peerDhtKey: Uint8Array,
  echoId: Uint8Array,
): Uint8Array | undefined {
  const nonce = randomBytes(random, NONCE_SIZE)
  const plain = encode(cookieRequestPlain, {
    publicKey: longTerm.publicKey,
    padding: new Uint8Array(32),
    echoId,
  })
  const box = new Uint8Array(plain.length + MAC_SIZE)
  if (!crypto.sealBox(dht.secret, peerDhtKey, nonce, plain, box)) return undefined
  return encode(cookieRequest, {
    kind: NET_PACKET_COOKIE_REQUEST,
    dhtPublicKey: dht.publicKey,
    nonce,
    box,
  })
}

/** The response to a cookie request, or why there is none. */
export function answerCookieRequest(
  { crypto, random, dht }: CookieContext,
  jar: CookieJar,
  now: Instant,
  packet: Uint8Array,
): Uint8Array | 'malformed' | 'not_authentic' {
  const request = decode(cookieRequest, packet)
  if (request === undefined) return 'malformed'
  const { dhtPublicKey } = request
  const opened = new Uint8Array(cookieRequestPlain.max)
  if (!crypto.openBox(dht.secret, dhtPublicKey, request.nonce, request.box, opened)) return 'not_authentic'
  const { publicKey, echoId } = decode(cookieRequestPlain, opened)!

  const nonce = randomBytes(random, NONCE_SIZE)
  const plain = encode(cookieResponsePlain, { cookie: jar.seal(now, { publicKey, dhtPublicKey }), echoId })
  const box = new Uint8Array(plain.length + MAC_SIZE)
  crypto.sealBox(dht.secret, dhtPublicKey, nonce, plain, box)
  return encode(cookieResponse, { kind: NET_PACKET_COOKIE_RESPONSE, nonce, box })
}

/** The cookie (112 bytes) and echo id out of a response from the peer with this DHT key. */
export function openCookieResponse(
  { crypto, dht }: CookieContext,
  peerDhtKey: Uint8Array,
  packet: Uint8Array,
): { cookie: Uint8Array; echoId: Uint8Array } | undefined {
  const response = decode(cookieResponse, packet)
  if (response === undefined) return undefined
  const plain = new Uint8Array(cookieResponsePlain.max)
  if (!crypto.openBox(dht.secret, peerDhtKey, response.nonce, response.box, plain)) return undefined
  return decode(cookieResponsePlain, plain)
}

/** A token bucket: each request of a stranger costs an X25519, which a flood must not be able to buy. */
export class CookieLimiter {
  #tokens = COOKIE_REQUEST_MAX_TOKENS
  #filledAt: Instant = 0

  /** Takes a token; false if there is none. */
  take(now: Instant): boolean {
    const earned = Math.floor((now - this.#filledAt) / COOKIE_REQUEST_TOKEN_INTERVAL)
    if (this.#tokens + earned >= COOKIE_REQUEST_MAX_TOKENS) {
      this.#tokens = COOKIE_REQUEST_MAX_TOKENS
      this.#filledAt = now
    } else if (earned > 0) {
      this.#tokens += earned
      this.#filledAt += earned * COOKIE_REQUEST_TOKEN_INTERVAL
    }
    if (this.#tokens === 0) return false
    this.#tokens--
    return true
  }
}
