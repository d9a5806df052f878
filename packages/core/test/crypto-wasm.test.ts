// What only shows from inside the WebAssembly backend: which keys are cached, what is left in memory, what is allocated.
import {
  type Crypto,
  createCrypto,
  createJsCrypto,
  KEY_SIZE,
  loadCrypto,
  MAC_SIZE,
  NONCE_SIZE,
  type SecretHandle,
} from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import base64 from '../kernels/kernels.wasm'
import { createWasmCrypto } from '../src/crypto/crypto-wasm.ts'
import { type Capacities, MESSAGE_LIMIT } from '../src/crypto/wasm-arena.ts'
import type { Kernels } from '../src/crypto/wasm-kernels.ts'

const random = new SeededRandom(1)
const js = createJsCrypto()

function bytes(size: number): Uint8Array {
  const out = new Uint8Array(size)
  random.fill(out)
  return out
}

const module = new WebAssembly.Module(Buffer.from(base64, 'base64'))

/** With a look into its memory. */
function open(capacities: Capacities = {}) {
  const kernels = new WebAssembly.Instance(module).exports as unknown as Kernels
  const crypto = createWasmCrypto(kernels, 'wasm', capacities)
  const memory = Buffer.from(kernels.memory.buffer)
  return { crypto, memory, holds: (secret: Uint8Array) => memory.includes(Buffer.from(secret)) }
}

const crypto = open().crypto

function strangers(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => crypto.keyPair(random).publicKey)
}

function sealTo(to: Crypto, secret: SecretHandle, peer: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + MAC_SIZE)
  assert.ok(to.sealBox(secret, peer, new Uint8Array(NONCE_SIZE), new Uint8Array(1), out))
  return out
}

/** Which of the peers' keys are cached, in digits. */
function cached(of: Crypto, secret: SecretHandle, peers: readonly Uint8Array[]): string {
  return peers.map(peer => (of.isCached(secret, peer) ? '1' : '0')).join('')
}

// ——— The cache of derived keys ———

test('as many keys are kept as the quota allows, and a flood at one secret evicts nothing of another', () => {
  const [mine, other] = [bytes(32), bytes(32)].map(key => crypto.addSecret(key, 8))
  const peers = strangers(8)
  for (const peer of peers) sealTo(crypto, mine!, peer)
  for (const peer of peers) sealTo(crypto, other!, peer)
  assert.is(cached(crypto, mine!, peers), '11111111')
  for (const peer of strangers(24)) sealTo(crypto, mine!, peer)
  assert.is(cached(crypto, mine!, peers), '00000000')
  assert.is(cached(crypto, other!, peers), '11111111')
})

test('what is used often stays; looking whether it is there is no use', () => {
  const secret = crypto.addSecret(bytes(32), 2)
  const [friend, once] = strangers(2)
  sealTo(crypto, secret, once!)
  for (const passer of strangers(20)) {
    sealTo(crypto, secret, friend!)
    sealTo(crypto, secret, passer)
    assert.is(cached(crypto, secret, [friend!, once!]), '10')
  }
})

test('the same keys are cached as in JavaScript, whatever is done', () => {
  const keys = [bytes(32), bytes(32)]
  const both = [crypto, js].map(each => keys.map((key, i) => each.addSecret(key, 3 + 2 * i)))
  const peers = [...strangers(12), new Uint8Array(32)]
  for (let i = 0; i < 400; i++) {
    const owner = random.below(2)
    const some = Array.from({ length: random.below(5) }, () => peers[random.below(peers.length)]!)
    const action = random.below(8)
    const states = [crypto, js].map((each, k) => {
      const secret = both[k]![owner]!
      if (action < 3) each.cacheKeys(secret, some)
      else if (action === 3) each.forgetIdleKeys(secret)
      else for (const peer of some) each.sealBox(secret, peer, new Uint8Array(24), peer, new Uint8Array(48))
      return cached(each, secret, peers)
    })
    assert.is(states[0], states[1], `step ${i}, action ${action}`)
  }
  for (const secret of both[0]!) crypto.dropSecret(secret)
})

test('when the pool is used up, the owner with the most entries pays', () => {
  const small = open({ cachedKeys: 10 }).crypto
  const [rich, poor, latest] = [bytes(32), bytes(32), bytes(32)].map(key => small.addSecret(key, 100))
  const peers = strangers(10)
  for (const peer of peers.slice(0, 8)) sealTo(small, rich!, peer)
  for (const peer of peers.slice(0, 2)) sealTo(small, poor!, peer)
  sealTo(small, latest!, peers[0]!)
  assert.is(cached(small, rich!, peers), '0111111100')
  assert.is(cached(small, poor!, peers), '1100000000')
  for (const peer of peers.slice(8)) sealTo(small, rich!, peer)
  assert.is(cached(small, rich!, peers), '0001111111')
  assert.is(cached(small, latest!, peers), '1000000000')
  for (const peer of peers) sealTo(small, latest!, peer)
  for (const peer of peers) sealTo(small, poor!, peer)
  const counts = [rich, poor, latest].map(owner => cached(small, owner!, peers).replaceAll('0', '').length)
  assert.is(
    counts.reduce((a, b) => a + b),
    10,
  )
  assert.ok(Math.max(...counts) <= 4, `shares: ${counts}`)
})

test('a pool of one entry serves any number of owners', () => {
  const tiny = open({ cachedKeys: 1, secrets: 3 }).crypto
  const keys = [bytes(32), bytes(32), bytes(32)]
  const owners = keys.map(key => tiny.addSecret(key, 5))
  const peers = strangers(4)
  for (let i = 0; i < 60; i++) {
    const [owner, peer] = [random.below(3), peers[random.below(4)]!]
    const expected = js.addSecret(keys[owner]!, 1)
    assert.equal(sealTo(tiny, owners[owner]!, peer), sealTo(js, expected, peer))
    js.dropSecret(expected)
    if (i % 7 === 0) {
      tiny.dropSecret(owners[owner]!)
      owners[owner] = tiny.addSecret(keys[owner]!, 5)
    }
  }
})

test('many owners and a pool that is used up: the cache is what a simple model of it is', () => {
  const POOL = 9
  const full = open({ cachedKeys: POOL, secrets: 4, keys: 8 }).crypto
  const peers = [...strangers(9), new Uint8Array(32)]
  const degenerate = peers.length - 1
  /** By place, as owners are gone through to find the one with the most. Entries: oldest use first. */
  const owners = [1, 2, 5, 9].map(quota => {
    const key = bytes(32)
    return {
      key,
      quota,
      secret: full.addSecret(key, quota),
      entries: [] as { peer: number; used: boolean }[],
    }
  })
  const expected = owners.map(({ key }) => {
    const secret = js.addSecret(key, POOL)
    return peers.slice(0, degenerate).map(peer => sealTo(js, secret, peer))
  })
  const total = () => owners.reduce((sum, { entries }) => sum + entries.length, 0)
  const use = (owner: (typeof owners)[number], peer: number) => {
    if (peer === degenerate) return
    const at = owner.entries.findIndex(entry => entry.peer === peer)
    if (at !== -1) owner.entries.splice(at, 1)
    else if (owner.entries.length === owner.quota) owner.entries.shift()
    else if (total() === POOL) {
      let richest = owner
      for (const other of owners) if (other.entries.length > richest.entries.length) richest = other
      richest.entries.shift()
    }
    owner.entries.push({ peer, used: true })
  }
  for (let i = 0; i < 3000; i++) {
    const place = random.below(owners.length)
    const owner = owners[place]!
    const some = Array.from({ length: random.below(8) }, () => random.below(peers.length))
    const action = random.below(20)
    if (action < 12) {
      for (const peer of some) {
        if (peer === degenerate) {
          const out = new Uint8Array(MAC_SIZE)
          assert.not(
            full.sealBox(owner.secret, peers[peer]!, new Uint8Array(NONCE_SIZE), new Uint8Array(0), out),
          )
          continue
        }
        assert.equal(sealTo(full, owner.secret, peers[peer]!), expected[place]![peer], `step ${i}`)
        use(owner, peer)
      }
    } else if (action < 16) {
      // Of a bunch that the pool has no room for, it is not said which ones stay.
      const fits = some.slice(0, owner.quota)
      if (total() + fits.length > POOL) continue
      full.cacheKeys(
        owner.secret,
        some.map(peer => peers[peer]!),
      )
      for (const peer of fits) if (owner.entries.some(entry => entry.peer === peer)) use(owner, peer)
      for (const peer of fits) use(owner, peer)
    } else if (action < 18) {
      full.forgetIdleKeys(owner.secret)
      owner.entries = owner.entries.filter(({ used }) => used)
      for (const entry of owner.entries) entry.used = false
    } else if (action === 18) {
      full.dropSecret(owner.secret)
      owner.secret = full.addSecret(owner.key, owner.quota)
      owner.entries = []
    } else {
      const pairs = some.map((peer, k) => [owners[k % owners.length]!.secret, peers[peer]!] as const)
      const keys = full.deriveKeys(pairs)
      assert.equal(
        keys.map(key => key === undefined),
        some.map(peer => peer === degenerate),
      )
      for (const key of keys) if (key !== undefined) full.dropKey(key)
    }
    assert.equal(
      owners.map(({ secret }) => cached(full, secret, peers)),
      owners.map(({ entries }) =>
        peers.map((_, k) => (entries.some(({ peer }) => peer === k) ? '1' : '0')).join(''),
      ),
      `step ${i}, action ${action}`,
    )
  }
})

// ——— Places ———

test('a peer may have as many friends as there can be, each with a search and a session', () => {
  const { crypto } = open()
  const [key, nonce] = [bytes(32), bytes(NONCE_SIZE)]
  // Its own, and a path being made.
  for (let i = 0; i < 16; i++) crypto.addSecret(key, 1)
  for (let i = 0; i < 0xffff; i++) {
    for (let secrets = 0; secrets < 2; secrets++) crypto.addSecret(key, 1)
    crypto.addSession(crypto.addKey(key), nonce, nonce)
  }
})

test('what is full says so, and has room again after a drop', () => {
  const capacities = { secrets: 2, keys: 3, sessions: 1, streams: 1, cachedKeys: 4 }
  const small = open(capacities).crypto
  const nonce = bytes(NONCE_SIZE)
  const secrets = [bytes(32), bytes(32)].map(key => small.addSecret(key, 1))
  assert.throws(() => small.addSecret(bytes(32), 1), /secret: more than 2 in use/)
  const [first] = [bytes(32), bytes(32), bytes(32)].map(key => small.addKey(key))
  assert.throws(() => small.addKey(bytes(32)), RangeError)
  const [peer] = strangers(1)
  assert.throws(() => small.deriveKey(secrets[0]!, peer!), RangeError)
  // The key moves: its place is free.
  const session = small.addSession(first!, nonce, nonce)
  assert.throws(() => small.deriveKeys([secrets[0]!, secrets[1]!].map(s => [s, peer!])), RangeError)
  const key = small.deriveKey(secrets[0]!, peer!)!
  assert.throws(() => small.addSession(key, nonce, nonce), /session: more than 1 in use/)
  small.dropSession(session)
  small.dropSession(small.addSession(key, nonce, nonce))
  // A degenerate key takes no place.
  for (let i = 0; i < 5; i++) assert.is(small.deriveKey(secrets[0]!, new Uint8Array(32)), undefined)
  small.addStream(small.addKey(bytes(32)), nonce, nonce)
  const last = small.addKey(bytes(32))
  assert.throws(() => small.addStream(last, nonce, nonce), /stream: more than 1 in use/)
  small.dropSecret(secrets[0]!)
  small.addSecret(bytes(32), 1)
})

test('100,000 keys at a time', () => {
  const many = Array.from({ length: 100_000 }, (_, i) => {
    const key = new Uint8Array(KEY_SIZE)
    new DataView(key.buffer).setUint32(0, i)
    return crypto.addKey(key)
  })
  const [nonce, box, plain] = [bytes(NONCE_SIZE), new Uint8Array(17), new Uint8Array(1)]
  for (let i = 0; i < 100_000; i += 9_999) {
    crypto.seal(many[i]!, nonce, plain, box)
    assert.ok(crypto.open(many[i]!, nonce, box, new Uint8Array(1)))
    assert.not.ok(crypto.open(many[i ^ 1]!, nonce, box, new Uint8Array(1)))
  }
  for (const key of many) crypto.dropKey(key)
})

test('capacities that are no numbers of things are refused', () => {
  assert.throws(() => open({ keys: 0 }), RangeError)
  assert.throws(() => open({ keys: 2 ** 20 + 1 }), RangeError)
  assert.throws(() => open({ secrets: 1.5 }), TypeError)
})

// ——— What is left in memory ———

test('what is dropped is gone', () => {
  const { crypto, holds } = open()
  const [secretKey, key, nonce] = [bytes(32), bytes(32), bytes(NONCE_SIZE)]
  const { publicKey } = crypto.keyPair(random)
  const oracle = js.addSecret(secretKey, 1)
  const derived = derivedKey(secretKey, publicKey)
  js.dropSecret(oracle)

  crypto.publicKey(secretKey)
  crypto.hmacSha256(secretKey, bytes(10))
  crypto.signatureKeyPair(secretKey)
  crypto.sign(new Uint8Array([...secretKey, ...publicKey]), bytes(100))
  assert.not.ok(holds(secretKey), 'of what needs no handle')

  const secret = crypto.addSecret(secretKey, 1)
  assert.ok(holds(secretKey))
  sealTo(crypto, secret, publicKey)
  assert.ok(holds(derived))
  sealTo(crypto, secret, crypto.keyPair(random).publicKey)
  assert.not.ok(holds(derived), 'evicted')
  sealTo(crypto, secret, publicKey)
  crypto.forgetIdleKeys(secret)
  assert.ok(holds(derived))
  crypto.forgetIdleKeys(secret)
  assert.not.ok(holds(derived), 'idle')
  crypto.cacheKeys(secret, [publicKey])
  assert.ok(holds(derived))
  const kept = crypto.deriveKeys([[secret, publicKey]])[0]!
  crypto.dropSecret(secret)
  assert.not.ok(holds(secretKey))
  assert.ok(holds(derived))
  crypto.dropKey(kept)
  assert.not.ok(holds(derived))

  for (const kind of ['Key', 'Session', 'Stream'] as const) {
    let handle = crypto.addKey(key) as never
    if (kind !== 'Key') handle = crypto[`add${kind}`](handle, nonce, nonce) as never
    assert.ok(holds(key), kind)
    crypto[`drop${kind}`](handle)
    assert.not.ok(holds(key), kind)
  }
})

/** By sealing zeros of the keystream's length with it nothing is learnt: so it is what the cache of JavaScript has. */
function derivedKey(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const { crypto, memory } = open({ keys: 1 })
  const before = Buffer.from(memory)
  const secret = crypto.addSecret(secretKey, 1)
  const handle = crypto.deriveKey(secret, publicKey)!
  crypto.dropSecret(secret)
  crypto.publicKey(secretKey)
  for (let at = 0; at + 32 <= 2 ** 24; at += 16) {
    if (before.compare(memory, at, at + 32, at, at + 32) === 0) continue
    const candidate = Uint8Array.from(memory.subarray(at, at + 32))
    const key = js.addKey(candidate)
    const [a, b] = [new Uint8Array(17), new Uint8Array(17)]
    js.seal(key, new Uint8Array(24), new Uint8Array(1), a)
    crypto.seal(handle, new Uint8Array(24), new Uint8Array(1), b)
    js.dropKey(key)
    if (Buffer.compare(a, b) === 0) return candidate
  }
  throw new Error('the derived key was not found')
}

// ——— Messages and views ———

test('messages up to the limit, and what is longer is the caller’s mistake', () => {
  const big = new Uint8Array(MESSAGE_LIMIT).fill(7)
  const key = crypto.addKey(bytes(32))
  const box = new Uint8Array(MESSAGE_LIMIT + MAC_SIZE)
  crypto.seal(key, new Uint8Array(NONCE_SIZE), big, box)
  assert.ok(crypto.open(key, new Uint8Array(NONCE_SIZE), box, box.subarray(MAC_SIZE)))
  assert.is(Buffer.compare(box.subarray(MAC_SIZE), big), 0)
  const more = new Uint8Array(MESSAGE_LIMIT + 1)
  const tooLong = /expected at most 16777216 bytes, got 16777217/
  assert.throws(
    () => crypto.seal(key, new Uint8Array(NONCE_SIZE), more, new Uint8Array(more.length + 16)),
    tooLong,
  )
  assert.throws(() => crypto.sha256(more), tooLong)
  assert.throws(() => crypto.hmacSha256(bytes(1), big), tooLong)
  assert.throws(() => crypto.sign(bytes(64), more), tooLong)
  crypto.dropKey(key)
})

function channels(kind: 'Session' | 'Stream') {
  const [key, a, b] = [bytes(32), bytes(NONCE_SIZE), bytes(NONCE_SIZE)]
  const mine = crypto[`add${kind}`](crypto.addKey(key), a, b)
  return [mine, crypto[`add${kind}`](crypto.addKey(key), b, a)] as never
}

test('no packet makes a new view', () => {
  const [mine, theirs] = channels('Session') as Parameters<Crypto['dropSession']>[0][]
  const seen = new Set<Uint8Array>()
  for (let i = 0; i < 50; i++) {
    const datagram = crypto.sealData(mine!, 1, i, bytes(100).fill(1))
    seen.add(datagram)
    assert.ok(crypto.openData(theirs!, datagram))
    seen.add(crypto.data.payload)
  }
  assert.is(seen.size, 2)
})

test('a payload may be sealed on from where it was opened', () => {
  const [mine, theirs] = channels('Session') as Parameters<Crypto['dropSession']>[0][]
  const payload = bytes(333).fill(9, 0, 1)
  const key = crypto.addKey(bytes(32))
  assert.ok(crypto.openData(theirs!, crypto.sealData(mine!, 1, 2, payload)))
  const box = new Uint8Array(333 + MAC_SIZE)
  crypto.seal(key, new Uint8Array(NONCE_SIZE), crypto.data.payload, box)
  const opened = new Uint8Array(333)
  assert.ok(crypto.open(key, new Uint8Array(NONCE_SIZE), box, opened))
  assert.equal(opened, payload)
  assert.ok(crypto.openData(theirs!, crypto.sealData(mine!, 3, 4, payload)))
  assert.ok(crypto.openData(theirs!, crypto.sealData(mine!, 5, 6, crypto.data.payload)))
  assert.equal(crypto.data.payload.slice(), payload)
})

test('frames out of chunks longer than what is taken in at a time; answers are sealed while they are handed out', () => {
  const [mine, theirs] = channels('Stream') as Parameters<Crypto['dropStream']>[0][]
  const sent: Uint8Array[] = []
  const frames: Uint8Array[] = []
  for (let i = 0; i < 200; i++) {
    sent.push(bytes(1 + random.below(2032)))
    frames.push(crypto.sealFrame(mine!, sent[i]!).slice())
  }
  const all = Buffer.concat(frames)
  let at = 0
  const half = Math.floor(all.length / 2)
  const receive = (payload: Uint8Array) => {
    const answer = crypto.sealFrame(theirs!, Uint8Array.of(1, 2, 3))
    assert.is(answer.length, 2 + MAC_SIZE + 3)
    assert.throws(() => crypto.openFrames(mine!, answer, () => {}), /hands out a frame/)
    assert.equal(payload.slice(), sent[at++])
  }
  const taken = crypto.openFrames(theirs!, all.subarray(0, half), receive)
  assert.is(taken + crypto.openFrames(theirs!, all.subarray(taken), receive), all.length)
  assert.is(at, 200)
})

test('a stream that is dropped for what a frame said hands out no more', () => {
  const [mine, theirs] = channels('Stream') as Parameters<Crypto['dropStream']>[0][]
  const both = Buffer.concat([1, 2].map(byte => crypto.sealFrame(mine!, Uint8Array.of(byte)).slice()))
  let count = 0
  const result = crypto.openFrames(theirs!, both, () => {
    count++
    crypto.dropStream(theirs!)
  })
  assert.equal([result, count], [-1, 1])
})

// ——— Loading ———

test('the backend that is asked for, or an error', async () => {
  assert.is(createCrypto({ backend: 'js' }).backend, 'js')
  assert.is((await loadCrypto({ backend: 'js' })).backend, 'js')
  assert.is(createCrypto({ backend: 'wasm' }).backend, 'wasm')
  const loaded = await loadCrypto({ backend: 'wasm', keys: 1 })
  assert.is(loaded.backend, 'wasm')
  loaded.addKey(bytes(32))
  assert.throws(() => loaded.addKey(bytes(32)), RangeError)
  assert.is((await loadCrypto()).backend, createCrypto().backend)
  assert.is.not(createCrypto().backend, 'js')
  assert.throws(
    () => createCrypto({ backend: 'fast' as 'js' }),
    /backend: expected auto, js, wasm, wasm-relaxed, got 'fast'/,
  )
  const message = await loadCrypto({ backend: 'fast' as 'js' }).then(String, String)
  assert.match(message, /backend: expected auto, js, wasm, wasm-relaxed, got 'fast'/)
})

test('an engine that compiles but makes no instances at once, or none at all', async () => {
  const { Instance, instantiate } = WebAssembly
  const refuse = () => {
    throw new RangeError('WebAssembly.Instance is disallowed on the main thread')
  }
  try {
    WebAssembly.Instance = refuse as never
    assert.is(createCrypto().backend, 'js')
    assert.throws(() => createCrypto({ backend: 'wasm' }), /'wasm' does not run here/)
    assert.is((await loadCrypto({ backend: 'wasm' })).backend, 'wasm')
    WebAssembly.instantiate = (async () => refuse()) as never
    assert.is((await loadCrypto()).backend, 'js')
    assert.match(await loadCrypto({ backend: 'wasm' }).then(String, String), /'wasm' does not run here/)
  } finally {
    Object.assign(WebAssembly, { Instance, instantiate })
  }
})

test('an engine that gives a module no more memory', async () => {
  const { prototype } = (WebAssembly as unknown as { Memory: { prototype: { grow(): number } } }).Memory
  const { grow } = prototype
  prototype.grow = () => {
    throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory')
  }
  try {
    assert.is(createCrypto().backend, 'js')
    assert.is((await loadCrypto()).backend, 'js')
    assert.throws(() => createCrypto({ backend: 'wasm' }), /'wasm' does not run here/)
  } finally {
    prototype.grow = grow
  }
  assert.throws(() => createCrypto({ keys: 0 }), /keys: expected 1/)
})

test.run()
