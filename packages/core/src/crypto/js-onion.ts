import { expectBytes } from '../errors.ts'
import {
  type KeyHandle,
  MAC_SIZE,
  NONCE_SIZE,
  type OnionCrypto,
  type PeeledOnion,
  PUBLIC_KEY_SIZE,
  type SecretHandle,
} from './crypto.ts'
import type { Secretbox } from './js-box.ts'
import type { JsSecret } from './js-key-cache.ts'

/** Of the packet that comes from the sender; each node makes the next one of it. */
const FIRST_KIND = 0x80
const LAYERS = 3
const MAX_PACKET_SIZE = 1400
const ADDRESS_SIZE = 19

const HEADER_SIZE = 1 + NONCE_SIZE
const LAYER_SIZE = PUBLIC_KEY_SIZE + MAC_SIZE + ADDRESS_SIZE
/** One way back: nonce, MAC, sealed address; inside the next one come those that the packet brought. */
const RETURN_SIZE = NONCE_SIZE + MAC_SIZE + ADDRESS_SIZE
const FROM_SIZE = NONCE_SIZE + ADDRESS_SIZE

export function createJsOnion(
  secretbox: Secretbox,
  getSecret: (secret: SecretHandle) => JsSecret,
  getKey: (key: KeyHandle) => Uint8Array,
): OnionCrypto {
  const plain = new Uint8Array(MAX_PACKET_SIZE)
  const out = new Uint8Array(MAX_PACKET_SIZE + RETURN_SIZE)
  const peeled = { address: plain.subarray(0, 0), kind: 0, packet: plain.subarray(0, 0) }

  return {
    wrapOnion(keys, packet) {
      if (packet.length < HEADER_SIZE + LAYERS * LAYER_SIZE || packet.length > MAX_PACKET_SIZE) {
        throw new RangeError(`packet: expected an onion packet, got ${packet.length} bytes`)
      }
      const nonce = packet.subarray(1, HEADER_SIZE)
      for (let i = LAYERS - 1; i >= 0; i--) {
        const box = packet.subarray(HEADER_SIZE + i * LAYER_SIZE + PUBLIC_KEY_SIZE)
        secretbox.seal(getKey(keys[i]!), nonce, box.subarray(MAC_SIZE), box)
      }
    },

    peelOnion(secret, returnKey, packet, from) {
      expectBytes('from', from, FROM_SIZE)
      const { length } = packet
      /** How many nodes it has passed. */
      const hops = packet[0]! - FIRST_KIND
      if (!(hops >= 0 && hops < LAYERS)) return false
      const returnsAt = length - hops * RETURN_SIZE
      // At least one byte for the addressee.
      if (returnsAt <= HEADER_SIZE + (LAYERS - hops) * LAYER_SIZE || length > MAX_PACKET_SIZE) return false

      const nonce = packet.subarray(1, HEADER_SIZE)
      const publicKey = packet.subarray(HEADER_SIZE, HEADER_SIZE + PUBLIC_KEY_SIZE)
      const box = packet.subarray(HEADER_SIZE + PUBLIC_KEY_SIZE, returnsAt)
      const opened = plain.subarray(0, box.length - MAC_SIZE)
      const key = getSecret(secret).derived(publicKey)
      if (key === undefined || !secretbox.open(key, nonce, box, opened)) return false

      let end = 0
      if (hops < LAYERS - 1) {
        out[0] = packet[0]! + 1
        out.set(nonce, 1)
        end = HEADER_SIZE
      }
      out.set(opened.subarray(ADDRESS_SIZE), end)
      end += opened.length - ADDRESS_SIZE

      const returns = packet.subarray(returnsAt)
      const wayBack = out.subarray(end, end + RETURN_SIZE + returns.length)
      const sealed = wayBack.subarray(NONCE_SIZE)
      wayBack.set(from.subarray(0, NONCE_SIZE))
      sealed.set(from.subarray(NONCE_SIZE), MAC_SIZE)
      sealed.set(returns, MAC_SIZE + ADDRESS_SIZE)
      secretbox.seal(getKey(returnKey), wayBack.subarray(0, NONCE_SIZE), sealed.subarray(MAC_SIZE), sealed)

      peeled.address = opened.subarray(0, ADDRESS_SIZE)
      peeled.kind = opened[ADDRESS_SIZE]!
      peeled.packet = out.subarray(0, end + wayBack.length)
      return true
    },

    peeled: peeled as PeeledOnion,
  }
}
