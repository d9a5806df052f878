/**
 * Data through the onion (spec, "Data to Route"): sealed twice, so that the node that passes it on learns
 * nothing of the sender, and only the receiver learns who it is.
 */
import {
  type Crypto,
  concatBytes,
  decode,
  encode,
  type Instant,
  KeyBudget,
  MAC_SIZE,
  NONCE_SIZE,
  type NodeInfo,
  type Random,
  randomBytes,
  type SecretHandle,
  wipe,
} from '@ts-toxcore/core'
import {
  DHTPK,
  type DhtKeyPacket,
  dataContents,
  dataRequest,
  dataResponse,
  dhtKeyPacket,
  dhtKeyRequest,
  ONION_DATA_REQUEST,
  packNodes,
} from './packets.ts'
import type { Identity } from './path.ts'

/** Data and the long-term key of who sealed it. */
export interface OpenedData {
  readonly publicKey: Uint8Array
  /** The first byte is the kind. */
  readonly data: Uint8Array
}

export class DataSealer {
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #longTerm: Identity
  readonly #budget: KeyBudget

  constructor(crypto: Crypto, random: Random, longTerm: Identity, budget = new KeyBudget(crypto)) {
    this.#budget = budget
    this.#crypto = crypto
    this.#random = random
    this.#longTerm = longTerm
  }

  /** The data request with `data` for `receiver`, one for each of its data public keys; fewer if keys are degenerate. */
  requests(receiver: Uint8Array, dataPublicKeys: readonly Uint8Array[], data: Uint8Array): Uint8Array[] {
    const nonce = randomBytes(this.#random, NONCE_SIZE)
    const box = this.#sealForFriend(receiver, nonce, data)
    if (box === undefined) return []
    const contents = encode(dataContents, { publicKey: this.#longTerm.publicKey, box })
    const requests: Uint8Array[] = []
    for (const key of dataPublicKeys) {
      const sealed = this.#sealTemporarily(key, nonce, contents)
      if (sealed === undefined) continue
      const body = concatBytes(nonce, sealed)
      requests.push(encode(dataRequest, { kind: ONION_DATA_REQUEST, target: receiver, body }))
    }
    return requests
  }

  /** What a data response holds. `dataSecret` is what we announced. */
  open(
    now: Instant,
    dataSecret: SecretHandle,
    packet: Uint8Array,
  ): OpenedData | 'malformed' | 'not_authentic' | 'key_budget' {
    const response = decode(dataResponse, packet)
    if (response === undefined) return 'malformed'
    if (!this.#budget.admits(now, dataSecret, response.publicKey)) return 'key_budget'
    const plain = new Uint8Array(response.box.length - MAC_SIZE)
    if (!this.#crypto.openBox(dataSecret, response.publicKey, response.nonce, response.box, plain)) {
      return 'not_authentic'
    }
    const contents = decode(dataContents, plain)
    if (contents === undefined) return 'malformed'
    // Whoever knows our data key can put anybody's key in here.
    if (!this.#budget.admits(now, this.#longTerm.secret, contents.publicKey)) return 'key_budget'
    return this.#openFromFriend(contents.publicKey, response.nonce, contents.box)
  }

  /** `packet` as the data of a DHT request. */
  sealDhtRequest(receiver: Uint8Array, packet: Uint8Array): Uint8Array | undefined {
    const nonce = randomBytes(this.#random, NONCE_SIZE)
    const box = this.#sealForFriend(receiver, nonce, packet)
    return box && encode(dhtKeyRequest, { publicKey: this.#longTerm.publicKey, nonce, box })
  }

  /** `isFriend` is asked first: a key that is derived for nobody is the dearest part of all this. */
  openDhtRequest(
    data: Uint8Array,
    isFriend: (publicKey: Uint8Array) => boolean,
  ): OpenedData | 'malformed' | 'not_authentic' | 'stranger' {
    const request = decode(dhtKeyRequest, data)
    if (request === undefined) return 'malformed'
    if (!isFriend(request.publicKey)) return 'stranger'
    return this.#openFromFriend(request.publicKey, request.nonce, request.box)
  }

  #sealForFriend(receiver: Uint8Array, nonce: Uint8Array, data: Uint8Array): Uint8Array | undefined {
    const box = new Uint8Array(data.length + MAC_SIZE)
    return this.#crypto.sealBox(this.#longTerm.secret, receiver, nonce, data, box) ? box : undefined
  }

  #openFromFriend(publicKey: Uint8Array, nonce: Uint8Array, box: Uint8Array): OpenedData | 'not_authentic' {
    const data = new Uint8Array(box.length - MAC_SIZE)
    if (!this.#crypto.openBox(this.#longTerm.secret, publicKey, nonce, box, data)) return 'not_authentic'
    return { publicKey: publicKey.slice(), data }
  }

  /** A fresh public key and the box sealed with it: nothing links two requests. */
  #sealTemporarily(publicKey: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Uint8Array | undefined {
    const pair = this.#crypto.keyPair(this.#random)
    const secret = this.#crypto.addSecret(pair.secretKey, 1)
    wipe(pair.secretKey)
    const box = new Uint8Array(plain.length + MAC_SIZE)
    const sealed = this.#crypto.sealBox(secret, publicKey, nonce, plain, box)
    this.#crypto.dropSecret(secret)
    return sealed ? concatBytes(pair.publicKey, box) : undefined
  }
}

/** `seconds`: unix time, the no_replay number. */
export function encodeDhtKeyPacket(
  seconds: number,
  dhtPublicKey: Uint8Array,
  nodes: readonly NodeInfo[],
): Uint8Array {
  return encode(dhtKeyPacket, {
    kind: DHTPK,
    noReplay: BigInt(seconds),
    dhtPublicKey,
    nodes: packNodes(nodes),
  })
}

export function decodeDhtKeyPacket(data: Uint8Array): DhtKeyPacket | undefined {
  return decode(dhtKeyPacket, data)
}
