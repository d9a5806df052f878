import { expectBytes } from '../errors.ts'
import { PADDED_ADDRESS_SIZE } from '../node-info.ts'
import {
  type KeyHandle,
  MAC_SIZE,
  NONCE_SIZE,
  type OnionCrypto,
  type PeeledOnion,
  PUBLIC_KEY_SIZE,
  type SecretHandle,
} from './crypto.ts'
import {
  ONION_FIRST_KIND,
  ONION_HEADER_SIZE,
  ONION_LAYER_SIZE,
  ONION_LAYERS,
  ONION_MAX_PACKET_SIZE,
  ONION_RETURN_SIZE,
} from './formats.ts'
import type { Secretbox } from './js-box.ts'
import type { JsSecret } from './js-key-cache.ts'

export function createJsOnion(
  secretbox: Secretbox,
  getSecret: (secret: SecretHandle) => JsSecret,
  getKey: (key: KeyHandle) => Uint8Array,
): OnionCrypto {
  const plain = new Uint8Array(ONION_MAX_PACKET_SIZE)
  const out = new Uint8Array(ONION_MAX_PACKET_SIZE + ONION_RETURN_SIZE)
  const peeled = { address: plain.subarray(0, 0), kind: 0, packet: plain.subarray(0, 0) }

  return {
    wrapOnion(keys, packet) {
      if (
        packet.length < ONION_HEADER_SIZE + ONION_LAYERS * ONION_LAYER_SIZE ||
        packet.length > ONION_MAX_PACKET_SIZE
      ) {
        throw new RangeError(`packet: expected an onion packet, got ${packet.length} bytes`)
      }
      const nonce = packet.subarray(1, ONION_HEADER_SIZE)
      for (let i = ONION_LAYERS - 1; i >= 0; i--) {
        const box = packet.subarray(ONION_HEADER_SIZE + i * ONION_LAYER_SIZE + PUBLIC_KEY_SIZE)
        secretbox.seal(getKey(keys[i]!), nonce, box.subarray(MAC_SIZE), box)
      }
    },

    peelOnion(secret, returnKey, packet, from) {
      expectBytes('from', from, NONCE_SIZE + PADDED_ADDRESS_SIZE)
      const { length } = packet
      /** How many nodes it has passed. */
      const hops = packet[0]! - ONION_FIRST_KIND
      if (!(hops >= 0 && hops < ONION_LAYERS)) return false
      const returnsAt = length - hops * ONION_RETURN_SIZE
      // At least one byte for the addressee.
      if (
        returnsAt <= ONION_HEADER_SIZE + (ONION_LAYERS - hops) * ONION_LAYER_SIZE ||
        length > ONION_MAX_PACKET_SIZE
      )
        return false

      const nonce = packet.subarray(1, ONION_HEADER_SIZE)
      const publicKey = packet.subarray(ONION_HEADER_SIZE, ONION_HEADER_SIZE + PUBLIC_KEY_SIZE)
      const box = packet.subarray(ONION_HEADER_SIZE + PUBLIC_KEY_SIZE, returnsAt)
      const opened = plain.subarray(0, box.length - MAC_SIZE)
      const key = getSecret(secret).derived(publicKey)
      if (key === undefined || !secretbox.open(key, nonce, box, opened)) return false

      let end = 0
      if (hops < ONION_LAYERS - 1) {
        out[0] = packet[0]! + 1
        out.set(nonce, 1)
        end = ONION_HEADER_SIZE
      }
      out.set(opened.subarray(PADDED_ADDRESS_SIZE), end)
      end += opened.length - PADDED_ADDRESS_SIZE

      const returns = packet.subarray(returnsAt)
      const wayBack = out.subarray(end, end + ONION_RETURN_SIZE + returns.length)
      const sealed = wayBack.subarray(NONCE_SIZE)
      wayBack.set(from.subarray(0, NONCE_SIZE))
      sealed.set(from.subarray(NONCE_SIZE), MAC_SIZE)
      sealed.set(returns, MAC_SIZE + PADDED_ADDRESS_SIZE)
      secretbox.seal(getKey(returnKey), wayBack.subarray(0, NONCE_SIZE), sealed.subarray(MAC_SIZE), sealed)

      peeled.address = opened.subarray(0, PADDED_ADDRESS_SIZE)
      peeled.kind = opened[PADDED_ADDRESS_SIZE]!
      peeled.packet = out.subarray(0, end + wayBack.length)
      return true
    },

    peeled: peeled as PeeledOnion,
  }
}
