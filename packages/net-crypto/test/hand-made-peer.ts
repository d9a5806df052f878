import type { Crypto, Endpoint, Instant, Random, SessionHandle } from '@ts-toxcore/core'
import { CookieJar, createCookieRequest, type Identity, openCookieResponse } from '../src/cookie.ts'
import { createHandshake, openHandshake } from '../src/handshake.ts'
import type { NetCrypto } from '../src/index.ts'

/** A peer made by hand, which can seal any payload. What it returns makes a new session with `victim`, whose engine is `engine`. */
export function createHandMadePeer(options: {
  readonly crypto: Crypto
  readonly random: Random
  readonly engine: NetCrypto
  readonly victim: Identity
  readonly from: Endpoint
  readonly onDatagram?: (data: Uint8Array) => void
}): (now: Instant) => SessionHandle {
  const { crypto, random, engine, victim, from, onDatagram } = options
  const pair = () => {
    const { publicKey, secretKey } = crypto.keyPair(random)
    return { publicKey, secret: crypto.addSecret(secretKey, 4) }
  }
  const [longTerm, dht] = [pair(), pair()]
  const context = { crypto, random, longTerm, dht, jar: new CookieJar(crypto, random) }
  const baseNonce = new Uint8Array(24)

  const ask = (now: Instant, packet: Uint8Array): Uint8Array[] => {
    engine.handleDatagram(now, from, packet)
    const answers: Uint8Array[] = []
    for (let output = engine.poll(); output !== undefined; output = engine.poll()) {
      if (output.type === 'incoming') engine.accept(now, output.token)
      if (output.type !== 'datagram') continue
      onDatagram?.(output.data.slice())
      answers.push(output.data.slice())
    }
    return answers
  }
  return now => {
    const sessionKey = pair()
    const [response] = ask(now, createCookieRequest(context, victim.dhtPublicKey, new Uint8Array(8))!)
    const { cookie } = openCookieResponse(context, victim.dhtPublicKey, response!)!
    const ours = { baseNonce, sessionPublicKey: sessionKey.publicKey }
    const answer = ask(now, createHandshake(context, now, victim, ours, cookie)!).find(
      ([kind]) => kind === 0x1a,
    )
    const theirs = openHandshake(context, now, answer!)
    if (typeof theirs === 'string') throw new Error(theirs)
    const key = crypto.deriveKey(sessionKey.secret, theirs.sessionPublicKey)!
    crypto.dropSecret(sessionKey.secret)
    return crypto.addSession(key, baseNonce, theirs.baseNonce)
  }
}
