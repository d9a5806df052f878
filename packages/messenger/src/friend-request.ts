import { decode, encode, equalBytes, equalConstantTime, NOSPAM_SIZE } from '@ts-toxcore/core'
import { MAX_RECEIVED_STORED } from './constants.ts'
import { CRYPTO_PACKET_FRIEND_REQ, friendRequest, PACKET_ID_FRIEND_REQUESTS } from './packets.ts'

/**
 * Friend requests (spec, "Friend requests"). They need no key inside: whoever delivers one, the onion or a session,
 * has authenticated its sender.
 */

export function onionRequest(nospam: Uint8Array, message: Uint8Array): Uint8Array {
  return encode(friendRequest, { kind: CRYPTO_PACKET_FRIEND_REQ, nospam, message })
}

/** For a peer that we have a session with although it did not confirm that we are friends. */
export function sessionRequest(nospam: Uint8Array, message: Uint8Array): Uint8Array {
  return encode(friendRequest, { kind: PACKET_ID_FRIEND_REQUESTS, nospam, message })
}

export type RequestRefusal = 'malformed' | 'request_repeated' | 'request_nospam'

/** Decides which requests reach the user: those that know our nospam, and each sender's only once. */
export class RequestFilter {
  readonly #nospam = new Uint8Array(NOSPAM_SIZE)
  /** A ring: a request is sent again and again until it is accepted. */
  readonly #received: (Uint8Array | undefined)[] = new Array(MAX_RECEIVED_STORED).fill(undefined)
  #next = 0

  constructor(nospam: Uint8Array) {
    this.#nospam.set(nospam)
  }

  get nospam(): Uint8Array {
    return this.#nospam.slice()
  }

  set nospam(nospam: Uint8Array) {
    this.#nospam.set(nospam)
  }

  /** The message (a view into `data`), or why the user shall not see it. */
  admit(publicKey: Uint8Array, data: Uint8Array): { readonly message: Uint8Array } | RequestRefusal {
    const request = decode(friendRequest, data)
    if (request === undefined) return 'malformed'
    if (this.#indexOf(publicKey) !== -1) return 'request_repeated'
    // In constant time, or a stranger could find the nospam out byte by byte.
    if (!equalConstantTime(request.nospam, this.#nospam)) return 'request_nospam'
    this.#received[this.#next] = publicKey.slice()
    this.#next = (this.#next + 1) % MAX_RECEIVED_STORED
    return { message: request.message }
  }

  /** Lets the sender ask again, after the friendship has ended. */
  forget(publicKey: Uint8Array): void {
    const index = this.#indexOf(publicKey)
    if (index !== -1) this.#received[index] = undefined
  }

  #indexOf(publicKey: Uint8Array): number {
    return this.#received.findIndex(known => known !== undefined && equalBytes(known, publicKey))
  }
}
