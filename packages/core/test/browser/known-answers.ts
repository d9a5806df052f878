import { type Backend, type CryptoOptions, equalBytes, fromHex, loadCrypto } from '@ts-toxcore/core'
import boxes from '../../../../test-vectors/core/box.json'
import ed25519 from '../../../../test-vectors/core/ed25519-rfc8032.json'
import hmacs from '../../../../test-vectors/core/hmac-sha256.json'
import secretboxes from '../../../../test-vectors/core/secretbox.json'
import hashes from '../../../../test-vectors/core/sha2.json'
import smallOrder from '../../../../test-vectors/core/small-order-keys.json'

/** What a page or a worker tells the test. */
export interface Outcome {
  readonly backend: Backend
  /** Milliseconds that the first `loadCrypto()` took. */
  readonly ready: number
  readonly right: number
  /** What was wrong. */
  readonly wrong: readonly string[]
}

/** Loads the crypto for the first time, and asks it what is known. The compliance suite has the rest. */
export async function knownAnswers(options: CryptoOptions): Promise<Outcome> {
  const start = performance.now()
  const crypto = await loadCrypto(options)
  const ready = performance.now() - start

  let right = 0
  const wrong: string[] = []
  const check = (what: string, fine: boolean) => {
    if (fine) right++
    else wrong.push(what)
  }
  const same = (what: string, bytes: Uint8Array, expected: string) =>
    check(what, equalBytes(bytes, hex(expected)))

  for (const { comment, key, nonce, message, box } of secretboxes.cases) {
    const handle = crypto.addKey(hex(key))
    const sealed = new Uint8Array(box.length / 2)
    crypto.seal(handle, hex(nonce), hex(message), sealed)
    same(`seal: ${comment}`, sealed, box)
    const opened = new Uint8Array(message.length / 2)
    check(`open: ${comment}`, crypto.open(handle, hex(nonce), hex(box), opened))
    same(`opened: ${comment}`, opened, message)
    sealed[0]! ^= 1
    check(`forged: ${comment}`, !crypto.open(handle, hex(nonce), sealed, opened))
    crypto.dropKey(handle)
  }
  for (const { comment, secretKey, peerSecretKey, nonce, message, box } of boxes.cases) {
    const secret = crypto.addSecret(hex(peerSecretKey), 1)
    const opened = new Uint8Array(message.length / 2)
    check(
      `open: ${comment}`,
      crypto.openBox(secret, crypto.publicKey(hex(secretKey)), hex(nonce), hex(box), opened),
    )
    same(`opened: ${comment}`, opened, message)
    crypto.dropSecret(secret)
  }
  const secret = crypto.addSecret(hex(boxes.cases[0]!.secretKey), 1)
  for (const { comment, publicKey } of smallOrder.cases)
    check(`refuses ${comment}`, crypto.deriveKey(secret, hex(publicKey)) === undefined)
  for (const { comment, seed, publicKey, message, signature } of ed25519.cases) {
    const pair = crypto.signatureKeyPair(hex(seed))
    same(`signing key: ${comment}`, pair.publicKey, publicKey)
    same(`sign: ${comment}`, crypto.sign(pair.secretKey, hex(message)), signature)
    check(`verify: ${comment}`, crypto.verify(pair.publicKey, hex(message), hex(signature)))
    check(`not verify: ${comment}`, !crypto.verify(pair.publicKey, hex(`${message}00`), hex(signature)))
  }
  for (const { text, repeat, sha256, sha512 } of hashes.cases) {
    const data = new TextEncoder().encode(text.repeat(repeat))
    same(`SHA-256 of ${repeat} × '${text}'`, crypto.sha256(data), sha256)
    same(`SHA-512 of ${repeat} × '${text}'`, crypto.sha512(data), sha512)
  }
  for (const { comment, key, data, mac } of hmacs.cases)
    same(`HMAC: ${comment}`, crypto.hmacSha256(hex(key), hex(data)).subarray(0, mac.length / 2), mac)
  return { backend: crypto.backend, ready, right, wrong }
}

const hex = (text: string): Uint8Array => fromHex(text)!
