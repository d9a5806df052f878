import { type Crypto, Endpoint, type Instant, type SessionHandle } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { NetCrypto } from '../src/index.ts'
import { createHandMadePeer } from './hand-made-peer.ts'

const BATCH = 1024
const START: Instant = 1_700_000_000_000

/** An engine with a session, and what its peer sends: all there is between a socket and the owner of the engine. */
export class Receiving {
  readonly engine: NetCrypto
  delivered = 0
  deliveredBytes = 0
  /** Datagrams that the engine sent: acknowledgements. */
  answers = 0
  prepared = 0
  /** At first undefined, so that V8 keeps it as the object that each call is given. */
  #now: Instant | undefined
  readonly #from = Endpoint.parse('192.0.2.1', 33445)!
  readonly #crypto: Crypto
  readonly #session: SessionHandle
  readonly #payload: Uint8Array
  readonly #batch: Uint8Array[] = []

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

  get now(): Instant {
    return this.#now ?? START
  }

  /** A datagram with memory of its own. */
  seal(number: number, payload: Uint8Array): Uint8Array {
    return this.#crypto.sealData(this.#session, 0, number, payload).slice()
  }

  /** The engine handles a datagram, and nobody asks it for what follows. */
  give(datagram: Uint8Array): void {
    this.engine.handleDatagram(this.now, this.#from, datagram)
  }

  /** Seals the next packets, each another one, into memory that is used again. */
  prepare(): void {
    for (let i = 0; i < BATCH; i++) {
      const datagram = this.#crypto.sealData(this.#session, 0, this.prepared, this.#payload)
      this.prepared = (this.prepared + 1) >>> 0
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
