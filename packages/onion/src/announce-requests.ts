import {
  type Crypto,
  type Datagram,
  decode,
  encode,
  type Instant,
  MAC_SIZE,
  NONCE_SIZE,
  type NodeInfo,
  type Random,
  randomBytes,
} from '@ts-toxcore/core'
import { MAX_SENT_NODES, ONION_PING_ID_SIZE } from './constants.ts'
import type { AnnounceAnswer, Lookup, PendingRequest } from './lookup.ts'
import {
  ANNOUNCE_REQUEST_OLD,
  ANNOUNCE_RESPONSE,
  announceRequest,
  announceRequestContents,
  announceResponse,
  announceResponseContents,
  unpackNodes,
} from './packets.ts'
import type { OnionPath } from './path.ts'
import { PendingRequests } from './pending-requests.ts'

/** Where packets to send go. */
export interface DatagramSink {
  push(datagram: Datagram): void
}

/** How a request reaches a node: by the path of that number, or by any but it. */
export type PathChoice = { readonly same: number } | { readonly other: number | undefined }

/** Sends announce requests and recognises the answers. */
export class AnnounceRequests {
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #outputs: DatagramSink
  readonly #pending: PendingRequests<PendingRequest>

  constructor(crypto: Crypto, random: Random, outputs: DatagramSink) {
    this.#crypto = crypto
    this.#random = random
    this.#outputs = outputs
    this.#pending = new PendingRequests(random)
  }

  /** Requests in flight. */
  get size(): number {
    return this.#pending.size
  }

  /** The number of the path it took; undefined if there is no path. */
  send(
    now: Instant,
    lookup: Lookup,
    node: NodeInfo,
    choice: PathChoice,
    pingId: Uint8Array = NO_PING_ID,
  ): number | undefined {
    const path =
      'same' in choice ? lookup.paths.take(now, choice.same) : lookup.paths.takeAny(now, choice.other)
    if (path === undefined) return undefined
    const storing = pingId !== NO_PING_ID
    const sendback = this.#pending.add(now, { lookup, node, path: path.number, storing })
    const request = this.#request(lookup, node, pingId, sendback)
    if (request === undefined) return undefined
    this.#push(path, node, request)
    return path.number
  }

  /** The answer in a packet of kind 0x84 or 0x88; a request is answered once. */
  receive(now: Instant, packet: Uint8Array): AnnounceAnswer | 'malformed' | 'not_asked' | 'not_authentic' {
    const response = decode(announceResponse, packet)
    if (response === undefined) return 'malformed'
    const request = this.#pending.find(now, response.sendback)
    if (request === undefined) return 'not_asked'
    const { lookup, node } = request
    const plain = new Uint8Array(response.box.length - MAC_SIZE)
    if (!this.#crypto.openBox(lookup.identity.secret, node.publicKey, response.nonce, response.box, plain)) {
      return 'not_authentic'
    }
    this.#pending.remove(response.sendback)
    const contents = decode(announceResponseContents, plain)
    if (contents === undefined) return 'malformed'
    return {
      request,
      stored: contents.stored,
      pingIdOrKey: contents.pingIdOrKey,
      nodes:
        response.kind === ANNOUNCE_RESPONSE
          ? unpackNodes(contents.tail.subarray(1), Math.min(contents.tail[0] ?? 0, MAX_SENT_NODES))
          : unpackNodes(contents.tail),
    }
  }

  /** Answers for `lookup` are not awaited any more. */
  forget(lookup: Lookup): void {
    this.#pending.removeIf(request => request.lookup === lookup)
  }

  #request(lookup: Lookup, node: NodeInfo, pingId: Uint8Array, sendback: bigint): Uint8Array | undefined {
    const plain = encode(announceRequestContents, {
      pingId,
      target: lookup.target,
      dataPublicKey: lookup.dataPublicKey,
      sendback,
      extra: NO_PING_ID.subarray(0, 0),
    })
    const { publicKey, secret } = lookup.identity
    const nonce = randomBytes(this.#random, NONCE_SIZE)
    const box = new Uint8Array(plain.length + MAC_SIZE)
    if (!this.#crypto.sealBox(secret, node.publicKey, nonce, plain, box)) return undefined
    return encode(announceRequest, { kind: ANNOUNCE_REQUEST_OLD, nonce, publicKey, box })
  }

  #push(path: OnionPath, node: NodeInfo, request: Uint8Array): void {
    this.#outputs.push({ type: 'datagram', to: path.entry, data: path.wrap(node.endpoint, request) })
  }
}

/** No node gives out this ping id. */
const NO_PING_ID = new Uint8Array(ONION_PING_ID_SIZE)
