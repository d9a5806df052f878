import { type Crypto, createCrypto, encodeToxId, equalBytes, ToxError, wipe } from '@ts-toxcore/core'
import { decodeSave, type SaveData } from '@ts-toxcore/messenger'
import { plainBytes } from './arguments.ts'

/** What a c-toxcore save holds. Throws ToxError `NEW_LOAD_ENCRYPTED` or `NEW_LOAD_BAD_FORMAT`. */
export function readSave(savedata: Uint8Array, crypto: Crypto): SaveData {
  // A copy, because what is decoded looks into these bytes, and keys are wiped in the end.
  const saved = decodeSave(plainBytes('savedata', savedata).slice())
  if ('error' in saved) {
    const encrypted = saved.error === 'NEW_LOAD_ENCRYPTED'
    throw new ToxError(
      saved.error,
      encrypted ? 'the save is encrypted' : 'this is no save of a Tox client, or it is damaged',
    )
  }
  const { identity } = saved
  if (identity && !equalBytes(crypto.publicKey(identity.secretKey), identity.publicKey)) {
    throw new ToxError('NEW_LOAD_BAD_FORMAT', 'the keys in the save do not belong together')
  }
  return saved
}

/** The Tox ID (38 bytes) of a save, without a peer. Undefined if the save holds no identity; throws as readSave. */
export function addressOfSave(savedata: Uint8Array, crypto = createCrypto()): Uint8Array | undefined {
  const { identity } = readSave(savedata, crypto)
  if (identity === undefined) return undefined
  wipe(identity.secretKey)
  return encodeToxId(identity)
}
