// A peer that begins anew before it has confirmed the session: another session key, and our nonces go on.
import {
  type Crypto,
  Endpoint,
  type Instant,
  incrementNonce,
  type KeyHandle,
  type SessionHandle,
  toHex,
} from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { NetCrypto } from '../src/index.ts'
import { createHandMadePeer } from './hand-made-peer.ts'

const CRYPTO_HANDSHAKE = 0x1a
const CRYPTO_DATA = 0x1b

test('a session key that replaces another one: data passes, and no nonce is used twice', () => {
  const random = new SeededRandom('handshakes')
  const crypto = testCrypto()
  const peerCrypto = testCrypto()
  const pair = () => {
    const { publicKey, secretKey } = crypto.keyPair(random)
    return { publicKey, secret: crypto.addSecret(secretKey, 4) }
  }
  const [longTerm, dht] = [pair(), pair()]
  const engine = new NetCrypto({ crypto, random, longTerm, dht })
  const from = Endpoint.parse('192.0.2.1', 33445)!
  const sent: Uint8Array[] = []
  const begin = createHandMadePeer({
    crypto: peerCrypto,
    random,
    engine,
    victim: { publicKey: longTerm.publicKey, dhtPublicKey: dht.publicKey },
    from,
    onDatagram: data => sent.push(data),
  })
  let now: Instant = 1_700_000_000_000
  const sessions = [1, 2, 3].map(() => {
    now += 50
    return begin(now)
  })
  const data: number[][] = []
  const give = (packet: Uint8Array) => {
    engine.handleDatagram(now, from, packet.slice())
    for (let output = engine.poll(); output !== undefined; output = engine.poll()) {
      if (output.type === 'datagram') sent.push(output.data.slice())
      if (output.type === 'data') data.push([...output.data])
    }
  }
  const [first, , last] = sessions
  give(peerCrypto.sealData(first!, 0, 0, Uint8Array.of(160, 1)))
  assert.equal(data, [], 'the first key is gone')
  assert.is(engine.drops.snapshot().not_authentic, 1)
  give(peerCrypto.sealData(last!, 0, 0, Uint8Array.of(160, 2)))
  give(peerCrypto.sealData(last!, 0, 1, Uint8Array.of(160, 3)))
  assert.equal(data, [
    [160, 2],
    [160, 3],
  ])

  const packets = sent.filter(([kind]) => kind === CRYPTO_DATA)
  assert.ok(packets.length >= 5, `${packets.length} packets`)
  const nonces = packets.map(packet => packet[1]! * 0x100 + packet[2]!)
  for (const [i, nonce] of nonces.entries()) assert.is(nonce, (nonces[0]! + i) & 0xffff)
  assert.ok(peerCrypto.openData(last!, packets.at(-1)!))
  assert.not.ok(peerCrypto.openData(first!, packets.at(-1)!))
})

/** Throws when a packet is sealed with a key and nonce that another one was sealed with. */
function refusingNoncesUsedTwice(crypto: Crypto): { guarded: Crypto; sealed: Set<string> } {
  const names = new Map<KeyHandle, string>()
  const sessions = new Map<SessionHandle, { key: string; nonce: Uint8Array }>()
  const sealed = new Set<string>()
  const guarded: Crypto = {
    ...crypto,
    deriveKey(secret, publicKey) {
      const key = crypto.deriveKey(secret, publicKey)
      if (key !== undefined) names.set(key, `${secret} ${toHex(publicKey)}`)
      return key
    },
    addSession(key, sendNonce, receiveNonce) {
      const session = crypto.addSession(key, sendNonce, receiveNonce)
      sessions.set(session, { key: names.get(key)!, nonce: sendNonce.slice() })
      return session
    },
    sealData(session, ...rest) {
      const { key, nonce } = sessions.get(session)!
      const use = `${key} ${toHex(nonce)}`
      if (sealed.has(use)) throw new Error('a nonce is used twice')
      sealed.add(use)
      incrementNonce(nonce)
      return crypto.sealData(session, ...rest)
    },
  }
  return { guarded, sealed }
}

test('handshakes repeated and replayed: no key seals twice with the same nonce', () => {
  const random = new SeededRandom('nonces')
  const peerCrypto = testCrypto()
  const { guarded: crypto, sealed } = refusingNoncesUsedTwice(testCrypto())
  const pair = () => {
    const { publicKey, secretKey } = crypto.keyPair(random)
    return { publicKey, secret: crypto.addSecret(secretKey, 4) }
  }
  const [longTerm, dht] = [pair(), pair()]
  const engine = new NetCrypto({ crypto, random, longTerm, dht })
  const from = Endpoint.parse('192.0.2.1', 33445)!
  const handshakes: Uint8Array[] = []
  const give = engine.handleDatagram.bind(engine)
  engine.handleDatagram = (now, from, data) => {
    if (data[0] === CRYPTO_HANDSHAKE) handshakes.push(data.slice())
    return give(now, from, data)
  }
  const victim = { publicKey: longTerm.publicKey, dhtPublicKey: dht.publicKey }
  const begin = createHandMadePeer({ crypto: peerCrypto, random, engine, victim, from })
  let now: Instant = 1_700_000_000_000
  const repeat = (handshake: Uint8Array) => {
    now += 10
    give(now, from, handshake.slice())
    while (engine.poll() !== undefined);
  }
  for (let i = 0; i < 5; i++) {
    now += 10
    begin(now)
    // The last one is answered, those before it are not.
    for (const handshake of [...handshakes]) repeat(handshake)
  }
  const { replayed, duplicate } = engine.drops.snapshot()
  assert.ok(replayed! >= 10 && duplicate! >= 5, `${replayed} replayed, ${duplicate} repeated`)
  assert.ok(sealed.size >= 10, `${sealed.size} packets`)
})

test.run()
