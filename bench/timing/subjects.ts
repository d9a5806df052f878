import {
  type Crypto,
  KEY_SIZE,
  MAC_SIZE,
  NONCE_SIZE,
  type Random,
  randomBytes,
  type SecretHandle,
} from '@ts-toxcore/core'

/** An operation on inputs of two classes, which are to take the same time. */
export interface Subject {
  readonly title: string
  /** How often the operation runs in one measurement: until it is well above the clock's resolution. */
  readonly repeat: number
  /** A new input of the class, ready to be used. Not measured. */
  prepare(label: 0 | 1): void
  /** Measured. */
  run(): void
  /** Gives up what `prepare` made. Not measured. */
  finish(): void
}

const nothing = () => {}

/** Compares byte by byte and stops at the first difference: this must be found, or nothing of this is worth anything. */
export function leakyControl(random: Random): Subject {
  const right = randomBytes(random, MAC_SIZE)
  const tried = new Uint8Array(MAC_SIZE)
  let equal = 0
  return {
    title: 'control: a comparison that stops at the first difference',
    repeat: 50,
    prepare(label) {
      tried.set(right)
      tried[label * (MAC_SIZE - 1)]! ^= 1
    },
    run() {
      let i = 0
      while (i < MAC_SIZE && tried[i] === right[i]) i++
      if (i === MAC_SIZE) equal++
    },
    finish() {
      if (equal > 0) throw new Error('they are never equal')
    },
  }
}

/** Two classes that are one: this must not be found. */
export function emptyControl(crypto: Crypto, random: Random): Subject {
  return { ...opening(crypto, random, 64, nothing), title: 'control: open 64, both classes alike' }
}

export function subjects(crypto: Crypto, random: Random): Subject[] {
  const firstOrLast = (box: Uint8Array, label: 0 | 1) => {
    box[label * (MAC_SIZE - 1)]! ^= 1
  }
  const fixed = randomBytes(random, KEY_SIZE)
  const [sparse, full] = [new Uint8Array(KEY_SIZE), new Uint8Array(KEY_SIZE).fill(0xff)]
  return [
    opening(crypto, random, 64, firstOrLast, 'open 64: first or last byte of the tag wrong'),
    opening(crypto, random, 1373, firstOrLast, 'open 1373: first or last byte of the tag wrong'),
    openingAnew(crypto, random, 64, 'open 64: one bit of the tag wrong, or noise'),
    openingAnew(crypto, random, 1373, 'open 1373: one bit of the tag wrong, or noise'),
    openingBox(crypto, random, firstOrLast, 'openBox 64: first or last byte of the tag wrong'),
    multiplying(crypto, random, fixed, 'X25519: fixed or random scalar'),
    multiplying(crypto, random, sparse, 'X25519: scalar with 1 bit set or random'),
    multiplying(crypto, random, full, 'X25519: scalar with all bits set or random'),
    multiplyingPairs(crypto, random, sparse, 'X25519, two at once: scalars with 1 bit set or random'),
    fixedBase(crypto, random, fixed, 'public key: fixed or random scalar'),
    fixedBase(crypto, random, sparse, 'public key: scalar with 1 bit set or random'),
    signing(crypto, random, 'sign: fixed or random key'),
  ]
}

/** Makes a wrong box of a right one, with the same steps for both classes. */
type Spoil = (box: Uint8Array, label: 0 | 1) => void

function opening(crypto: Crypto, random: Random, size: number, spoil: Spoil, title = ''): Subject {
  const key = crypto.addKey(randomBytes(random, KEY_SIZE))
  const nonce = randomBytes(random, NONCE_SIZE)
  const [valid, box, out] = [size + MAC_SIZE, size + MAC_SIZE, size].map(
    length => new Uint8Array(length),
  ) as [Uint8Array, Uint8Array, Uint8Array]
  crypto.seal(key, nonce, out, valid)
  return {
    title,
    repeat: size < 100 ? 20 : 5,
    prepare(label) {
      box.set(valid)
      spoil(box, label)
    },
    run: () => void crypto.open(key, nonce, box, out),
    finish: nothing,
  }
}

/**
 * A box that was sealed and spoiled, or noise. Both are new each time, because one that comes again is different for the processor;
 * and both are read for either class, because what was read last lies differently in its cache.
 */
function openingAnew(crypto: Crypto, random: Random, size: number, title: string): Subject {
  const key = crypto.addKey(randomBytes(random, KEY_SIZE))
  const nonce = randomBytes(random, NONCE_SIZE)
  const message = new Uint8Array(size)
  const [sealed, noise, box] = [1, 2, 3].map(() => new Uint8Array(size + MAC_SIZE)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  return {
    title,
    repeat: size < 100 ? 20 : 5,
    prepare(label) {
      random.fill(message)
      random.fill(noise)
      crypto.seal(key, nonce, message, sealed)
      sealed[5]! ^= 1
      const mask = 0 - label
      for (let i = 0; i < box.length; i++) box[i] = sealed[i]! ^ (mask & (sealed[i]! ^ noise[i]!))
      // Or the sealed one would still lie where it is opened.
      random.fill(message)
      crypto.seal(key, nonce, message, sealed)
    },
    run: () => void crypto.open(key, nonce, box, message),
    finish: nothing,
  }
}

/** With a derived key out of the cache. */
function openingBox(crypto: Crypto, random: Random, spoil: Spoil, title: string): Subject {
  const [mine, theirs] = [crypto.keyPair(random), crypto.keyPair(random)]
  const secret = crypto.addSecret(mine.secretKey, 2)
  const nonce = randomBytes(random, NONCE_SIZE)
  const [out, valid, box] = [new Uint8Array(64), new Uint8Array(64 + MAC_SIZE), new Uint8Array(64 + MAC_SIZE)]
  crypto.sealBox(secret, theirs.publicKey, nonce, out, valid)
  return {
    title,
    repeat: 20,
    prepare(label) {
      box.set(valid)
      spoil(box, label)
    },
    run: () => void crypto.openBox(secret, theirs.publicKey, nonce, box, out),
    finish: nothing,
  }
}

/** One scalar always, or one anew each time: with the same steps, so that nothing else is different. */
function scalars(random: Random, fixed: Uint8Array) {
  const [scalar, noise] = [new Uint8Array(KEY_SIZE), new Uint8Array(KEY_SIZE)]
  const sources = [fixed, noise] as const
  return {
    scalar,
    choose(label: 0 | 1) {
      random.fill(noise)
      scalar.set(sources[label])
    },
  }
}

/**
 * Where the table of derived keys is looked at depends on a hash of the secret, on purpose: strangers cannot guess it. That place
 * is fetched into the processor's cache here, or a new secret would differ from an old one by its cache miss (40 ns).
 */
function lookUp(crypto: Crypto, secret: SecretHandle, publicKey: Uint8Array): void {
  if (crypto.isCached(secret, publicKey)) throw new Error('it is derived anew each time')
}

function multiplying(crypto: Crypto, random: Random, fixed: Uint8Array, title: string): Subject {
  const { scalar, choose } = scalars(random, fixed)
  const { publicKey } = crypto.keyPair(random)
  let secret: SecretHandle
  return {
    title,
    repeat: 1,
    prepare(label) {
      choose(label)
      secret = crypto.addSecret(scalar, 1)
      lookUp(crypto, secret, publicKey)
    },
    run: () => void crypto.dropKey(crypto.deriveKey(secret, publicKey)!),
    finish: () => crypto.dropSecret(secret),
  }
}

function multiplyingPairs(crypto: Crypto, random: Random, fixed: Uint8Array, title: string): Subject {
  const { scalar, choose } = scalars(random, fixed)
  const publicKeys = [crypto.keyPair(random).publicKey, crypto.keyPair(random).publicKey]
  let pairs: (readonly [SecretHandle, Uint8Array])[] = []
  return {
    title,
    repeat: 1,
    prepare(label) {
      pairs = publicKeys.map(publicKey => {
        choose(label)
        const secret = crypto.addSecret(scalar, 1)
        lookUp(crypto, secret, publicKey)
        return [secret, publicKey] as const
      })
    },
    run() {
      for (const key of crypto.deriveKeys(pairs)) crypto.dropKey(key!)
    },
    finish() {
      for (const [secret] of pairs) crypto.dropSecret(secret)
    },
  }
}

function fixedBase(crypto: Crypto, random: Random, fixed: Uint8Array, title: string): Subject {
  const { scalar, choose } = scalars(random, fixed)
  return { title, repeat: 1, prepare: choose, run: () => void crypto.publicKey(scalar), finish: nothing }
}

function signing(crypto: Crypto, random: Random, title: string): Subject {
  const keys = Array.from({ length: 500 }, () => crypto.signatureKeyPair(randomBytes(random, 32)).secretKey)
  const [message, key, at] = [randomBytes(random, 100), new Uint8Array(64), new Uint8Array(2)]
  return {
    title,
    repeat: 1,
    prepare(label) {
      random.fill(at)
      const index = (at[0]! * 256 + at[1]!) % keys.length
      key.set(keys[label === 0 ? 0 : index]!)
    },
    run: () => void crypto.sign(key, message),
    finish: nothing,
  }
}
