import { Endpoint, encodeToxId, type Instant, KeyMap, ToxError, toHex, utf8 } from '@ts-toxcore/core'
import { Messenger, type MessengerOutput, type SessionEvent } from '@ts-toxcore/messenger'
import { SeededRandom } from '@ts-toxcore/sim'
import * as assert from 'uvu/assert'
import { testCrypto } from '../../core/test/test-crypto.ts'

/** Hand-made layers that record what the messenger asks of them, and one messenger on top. */

export const T0: Instant = 1_700_000_000_000

/** A valid public key that nobody has the secret of: no test needs cryptography. */
export function key(n: number): Uint8Array {
  const bytes = new Uint8Array(32).fill(0x11)
  new DataView(bytes.buffer).setUint32(0, n)
  return bytes
}

export function endpoint(n: number): Endpoint {
  return new Endpoint(Uint8Array.of(192, 0, 2, n), 33445)
}

export const NOSPAM = Uint8Array.of(1, 2, 3, 4)

export function addressOf(publicKey: Uint8Array, nospam = NOSPAM): Uint8Array {
  return encodeToxId({ publicKey, nospam })
}

/** Asserts that a call is refused with this code of c-toxcore's. */
export function refused(code: string, call: () => unknown): void {
  try {
    call()
  } catch (error) {
    assert.instance(error, ToxError)
    assert.is((error as ToxError).code, code)
    return
  }
  assert.unreachable(`not refused: ${code}`)
}

export class RecordingSessions {
  readonly log: string[] = []
  readonly sent: { id: number; data: Uint8Array }[] = []
  /** How many more packets the queue takes. */
  room = Number.POSITIVE_INFINITY
  /** All packets below this number count as received. */
  receivedBelow = 0
  acceptable = true
  #nextId = 1
  #nextPacket = 0
  /** The session that is being opened. */
  #opening: number | undefined

  connect(_now: Instant, publicKey: Uint8Array, dhtPublicKey: Uint8Array, to?: Endpoint): number {
    this.log.push(`connect ${name(publicKey)} ${name(dhtPublicKey)} ${to?.text}`)
    this.#opening = this.#nextId++
    return this.#opening
  }
  accept(_now: Instant, token: number): number | undefined {
    this.log.push(`accept ${token}`)
    return this.acceptable ? (this.#opening ?? this.#nextId++) : undefined
  }
  reject(token: number): void {
    this.log.push(`reject ${token}`)
  }
  setEndpoint(_now: Instant, id: number, to: Endpoint, direct?: boolean): void {
    this.log.push(`setEndpoint ${id} ${to.text} ${direct}`)
  }
  send(_now: Instant, id: number, data: Uint8Array): number | undefined {
    if (this.room === 0) return undefined
    this.room--
    this.sent.push({ id, data: data.slice() })
    return this.#nextPacket++
  }
  sendLossy(now: Instant, id: number, data: Uint8Array): boolean {
    return this.send(now, id, data) !== undefined
  }
  acknowledged(_id: number, packetNumber: number): boolean {
    return packetNumber < this.receivedBelow
  }
  kill(_now: Instant, id: number): void {
    this.log.push(`kill ${id}`)
    if (id === this.#opening) this.#opening = undefined
  }

  /** The packets since the last call, each as its hexadecimal text. */
  takeSent(): string[] {
    return this.sent.splice(0).map(({ data }) => toHex(data))
  }
}

export class RecordingFinder {
  readonly log: string[] = []
  /** Added and not removed. */
  held = 0
  readonly sent: Uint8Array[] = []
  reachable = false

  addFriend(_now: Instant, publicKey: Uint8Array): void {
    this.held++
    this.log.push(`add ${name(publicKey)}`)
  }
  removeFriend(_now: Instant, publicKey: Uint8Array): void {
    this.held--
    this.log.push(`remove ${name(publicKey)}`)
  }
  setFriendOnline(_now: Instant, publicKey: Uint8Array, online: boolean): void {
    this.log.push(`online ${name(publicKey)} ${online}`)
  }
  setFriendDhtKey(_now: Instant, publicKey: Uint8Array, dhtPublicKey: Uint8Array): void {
    this.log.push(`dhtKey ${name(publicKey)} ${name(dhtPublicKey)}`)
  }
  sendData(_now: Instant, _publicKey: Uint8Array, data: Uint8Array): number {
    if (!this.reachable) return 0
    this.sent.push(data.slice())
    return 4
  }
}

export class RecordingLocator {
  readonly log: string[] = []
  /** Added and not removed. */
  held = 0
  readonly known = new KeyMap<Endpoint>()

  addFriend(_now: Instant, dhtPublicKey: Uint8Array): void {
    this.held++
    this.log.push(`add ${name(dhtPublicKey)}`)
  }
  removeFriend(_now: Instant, dhtPublicKey: Uint8Array): void {
    this.held--
    this.log.push(`remove ${name(dhtPublicKey)}`)
  }
  friendEndpoint(dhtPublicKey: Uint8Array): Endpoint | undefined {
    return this.known.get(dhtPublicKey)
  }
}

/** The number that `key` was made of. */
function name(publicKey: Uint8Array): number {
  return new DataView(publicKey.buffer, publicKey.byteOffset).getUint32(0)
}

export const SELF = key(0)
const crypto = testCrypto()

export class Rig {
  readonly sessions = new RecordingSessions()
  readonly finder = new RecordingFinder()
  readonly locator = new RecordingLocator()
  readonly messenger = new Messenger({
    crypto,
    random: new SeededRandom(1),
    address: { publicKey: SELF, nospam: NOSPAM },
    sessions: this.sessions,
    finder: this.finder,
    locator: this.locator,
  })
  now = T0

  events(): MessengerOutput[] {
    const events: MessengerOutput[] = []
    for (let event = this.messenger.poll(); event; event = this.messenger.poll()) events.push(event)
    return events
  }

  session(event: SessionEvent): void {
    const given = 'data' in event ? { ...event, data: event.data.slice() } : event
    this.messenger.handleSession(this.now, given)
    // As net-crypto does: the memory of a payload is used again.
    if ('data' in given) given.data.fill(0xee)
  }

  data(id: number, ...bytes: number[]): void {
    this.session({ type: 'data', id, data: Uint8Array.from(bytes) })
  }

  /** Lets time pass, waking the messenger whenever it wants to be. */
  wait(duration: number): void {
    const end = this.now + duration
    for (let due = this.messenger.deadline(); due <= end; due = this.messenger.deadline()) {
      this.now = Math.max(this.now, due)
      this.messenger.tick(this.now)
    }
    this.now = end
  }

  /** Everything from the friend's keys to an established session. Returns its id. */
  connect(friend: Uint8Array, dhtPublicKey = key(1000)): number {
    this.messenger.handleFriendDhtKey(this.now, friend, dhtPublicKey)
    this.messenger.handleFriendEndpoint(this.now, dhtPublicKey, endpoint(1))
    const id = this.sessions.log.filter(line => /^(connect|accept)/.test(line)).length
    this.session({ type: 'established', id })
    return id
  }

  /** A friend who is online: its number and session. Its coming is not on record any more. */
  online(friend: Uint8Array): { number: number; id: number } {
    const number = this.messenger.friendAddNorequest(this.now, friend)
    const id = this.connect(friend, key(1000 + number))
    this.data(id, 24)
    this.events()
    this.sessions.takeSent()
    return { number, id }
  }
}

export { utf8 }
