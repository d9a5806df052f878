import { type Crypto, Endpoint, type Instant, type Random, type SessionHandle } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { CookieJar, createCookieRequest, type Identity, openCookieResponse } from '../src/cookie.ts'
import { createHandshake, openHandshake } from '../src/handshake.ts'
import { NetCrypto } from '../src/index.ts'

/** A peer made by hand, which can seal any payload. What it returns makes a new session with `victim`, whose engine is `engine`. */
export function createHandMadePeer(options: {
  readonly crypto: Crypto
  readonly random: Random
  readonly engine: NetCrypto
  readonly victim: Identity
  readonly from: Endpoint
}): (now: Instant) => SessionHandle {
  const { crypto, random, engine, victim, from } = options
  const pair = () => {
    const { publicKey, secretKey } = crypto.keyPair(random)
    return { publicKey, secret: crypto.addSecret(secretKey, 4) }
  }
  const [longTerm, dht, sessionKey] = [pair(), pair(), pair()]
  const context = { crypto, random, longTerm, dht, jar: new CookieJar(crypto, random) }
  const baseNonce = new Uint8Array(24)

  const ask = (now: Instant, packet: Uint8Array): Uint8Array[] => {
    engine.handleDatagram(now, from, packet)
    const answers: Uint8Array[] = []
    for (let output = engine.poll(); output !== undefined; output = engine.poll()) {
      if (output.type === 'incoming') engine.accept(now, output.token)
      if (output.type === 'datagram') answers.push(output.data.slice())
    }
    return answers
  }
  return now => {
    const [response] = ask(now, createCookieRequest(context, victim.dhtPublicKey, new Uint8Array(8))!)
    const { cookie } = openCookieResponse(context, victim.dhtPublicKey, response!)!
    const ours = { baseNonce, sessionPublicKey: sessionKey.publicKey }
    const [answer] = ask(now, createHandshake(context, now, victim, ours, cookie)!)
    const theirs = openHandshake(context, now, answer!)
    if (typeof theirs === 'string') throw new Error(theirs)
    const key = crypto.deriveKey(sessionKey.secret, theirs.sessionPublicKey)!
    return crypto.addSession(key, baseNonce, theirs.baseNonce)
  }
}

const BATCH = 1024
const START: Instant = 1_700_000_000_000

/** An engine with a session, and what its peer sends: all there is between a socket and the owner of the engine. */
export class Receiving {
  readonly engine: NetCrypto
  delivered = 0
  deliveredBytes = 0
  /** Datagrams that the engine sent: acknowledgements. */
  answers = 0
  /** At first undefined, so that V8 keeps it as the object that each call is given. */
  #now: Instant | undefined
  readonly #from = Endpoint.parse('192.0.2.1', 33445)!
  readonly #crypto: Crypto
  readonly #session: SessionHandle
  readonly #payload: Uint8Array
  readonly #batch: Uint8Array[] = []
  #number = 0

  /** `crypto` receives, `peerCrypto` seals: one that is shared would be seen by engines of one process alone. */
  constructor(crypto: Crypto, peerCrypto: Crypto, payloadSize: number) {
    const random = new SeededRandom('receiving')
    const pair = () => {
      const { publicKey, secretKey } = crypto.keyPair(random)
      return { publicKey, secret: crypto.addSecret(secretKey, 4) }
    }
    const [longTerm, dht] = [pair(), pair()]
    this.engine = new NetCrypto({ crypto, random, longTerm, dht })
    this.#crypto = peerCrypto
    this.#payload = new Uint8Array(payloadSize).fill(160)
    const victim = { publicKey: longTerm.publicKey, dhtPublicKey: dht.publicKey }
    const begin = createHandMadePeer({
      crypto: peerCrypto,
      random,
      engine: this.engine,
      victim,
      from: this.#from,
    })
    this.#session = begin(START)
    for (let i = 0; i < BATCH; i++) this.#batch.push(new Uint8Array(1400))
  }

  /** Seals the next packets, each another one, into memory that is used again. */
  prepare(): void {
    for (let i = 0; i < BATCH; i++) {
      const datagram = this.#crypto.sealData(this.#session, 0, this.#number, this.#payload)
      this.#number = (this.#number + 1) >>> 0
      if (this.#batch[i]!.length !== datagram.length) this.#batch[i] = new Uint8Array(datagram.length)
      this.#batch[i]!.set(datagram)
    }
  }

  /** The engine handles what was prepared, as a driver makes it do: one datagram, then all outputs. Gives their number. */
  handle(): number {
    const { engine } = this
    this.#now = (this.#now ?? START) + BATCH / 500
    const from = this.#from
    for (let i = 0; i < BATCH; i++) {
      engine.handleDatagram(this.#now, from, this.#batch[i]!)
      for (let output = engine.poll(); output !== undefined; output = engine.poll()) {
        if (output.type === 'data') {
          this.delivered++
          this.deliveredBytes += output.data.length
        } else if (output.type === 'datagram') this.answers++
      }
    }
    return BATCH
  }
}
