// A peer that begins anew before it has confirmed the session: another session key, and our nonces go on.
import { Endpoint, type Instant } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { testCrypto } from '../../core/test/test-crypto.ts'
import { NetCrypto } from '../src/index.ts'
import { createHandMadePeer } from './hand-made-peer.ts'

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

test.run()
