import {
  type Crypto,
  type Endpoint,
  encodeToxId,
  equalBytes,
  expectBytes,
  expectInteger,
  fromHex,
  fromUtf8,
  type Instant,
  type KeyPair,
  NOSPAM_SIZE,
  PUBLIC_KEY_SIZE,
  type Random,
  randomBytes,
  ToxError,
  utf8,
} from '@ts-toxcore/core'
import { decodeSave, type Messenger, type SaveData } from '@ts-toxcore/messenger'
import {
  Listeners,
  type MessageType,
  type ToxEventName,
  type ToxEvents,
  toToxEvent,
  type UserStatus,
} from './events.ts'
import { type Clock, Runner, type Transport } from './runner.ts'
import { type ConnectionStatus, Stack, type StackEvent } from './stack.ts'

/** Keys, ids and addresses are accepted as bytes or as hexadecimal text. */
export type Hexable = Uint8Array | string

export interface BootstrapAddress {
  /** A host name or an IP address. */
  readonly host: string
  readonly port: number
  readonly publicKey: Hexable
}

/** What a platform gives to a peer. `openTransport` is called once, before anything is sent. */
export interface Platform {
  readonly crypto: Crypto
  readonly random: Random
  readonly clock: Clock
  openTransport(
    onDatagram: (from: Endpoint, data: Uint8Array) => void,
  ): Promise<Transport & { readonly ipv6: boolean }>
  resolveHost(host: string, port: number, ipv6: boolean): Promise<Endpoint[]>
}

export interface ToxOptions {
  /** A c-toxcore save (`savedata()` makes one). Without it the peer is a new one. */
  readonly savedata?: Uint8Array
  /** Nodes to join the network by; more can follow with `bootstrap()`. */
  readonly bootstrap?: readonly BootstrapAddress[]
  readonly holePunching?: boolean
}

/**
 * A Tox peer. Methods are c-toxcore's functions in camelCase without `tox_`; errors are ToxError with c-toxcore's codes.
 * Made by `Tox.create` of a platform module (`ts-toxcore/node`). `kill()` ends it.
 */
export class ToxPeer {
  readonly #platform: Platform
  readonly #stack: Stack
  readonly #transport: Transport & { readonly ipv6: boolean }
  readonly #runner: Runner<StackEvent>
  readonly #listeners = new Listeners()
  readonly #ended = new AbortController()
  readonly #longTerm: KeyPair

  /** For platform modules; users call `Tox.create`. */
  protected constructor(parts: PeerParts) {
    this.#platform = parts.platform
    this.#stack = parts.stack
    this.#transport = parts.transport
    this.#longTerm = parts.longTerm
    this.#runner = new Runner(
      parts.stack,
      parts.platform.clock,
      (to, data) => parts.transport.send(to, data),
      event => {
        if (this.#listeners.has(event.type)) this.#listeners.emit(toToxEvent(event))
      },
    )
    parts.connect((from, data) => this.#runner.handleDatagram(from, data))
  }

  // ——— Events ———

  /** Calls `listener` for every such event from now on; the returned function ends that. */
  on<N extends ToxEventName>(name: N, listener: (event: ToxEvents[N]) => void): () => void {
    return this.#listeners.add(name, listener)
  }

  /** The events from now on, until `signal` is aborted or the peer is killed; none is missed between two turns. */
  async *events<N extends ToxEventName>(
    name: N,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ToxEvents[N], void, void> {
    const signals = [this.#ended.signal, ...(options.signal ? [options.signal] : [])]
    const waiting: ToxEvents[N][] = []
    let wake = () => {}
    const end = () => wake()
    const unsubscribe = this.on(name, event => {
      waiting.push(event)
      wake()
    })
    for (const signal of signals) signal.addEventListener('abort', end)
    try {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift()!
        if (signals.some(signal => signal.aborted)) return
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    } finally {
      unsubscribe()
      for (const signal of signals) signal.removeEventListener('abort', end)
    }
  }

  // ——— The network ———

  /**
   * Joins the network by a node. Rejects with `BOOTSTRAP_BAD_HOST` if the host cannot be resolved and
   * `BOOTSTRAP_BAD_PORT` if the port is 0 or above 65535.
   */
  async bootstrap(host: string, port: number, publicKey: Hexable): Promise<void> {
    const key = toBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    if (!Number.isInteger(port) || port < 1 || port > 0xffff) {
      throw new ToxError('BOOTSTRAP_BAD_PORT', `port: expected 1–65535, got ${port}`)
    }
    const endpoints = await this.#platform.resolveHost(host, port, this.#transport.ipv6)
    if (endpoints.length === 0) throw new ToxError('BOOTSTRAP_BAD_HOST', `no usable address for ${host}`)
    if (this.#ended.signal.aborted) return
    for (const endpoint of endpoints) this.#runner.run(now => this.#stack.bootstrap(now, endpoint, key))
  }

  get selfConnectionStatus(): ConnectionStatus {
    return this.#stack.connectionStatus
  }

  /** 32 bytes: our temporary key in the DHT. */
  get selfDhtId(): Uint8Array {
    return this.#stack.dhtPublicKey.slice()
  }

  get selfUdpPort(): number {
    return this.#transport.port
  }

  /** What computes the cryptography: `backend` is `js` or `wasm`. */
  get crypto(): { readonly backend: 'js' | 'wasm' } {
    return { backend: this.#platform.crypto.backend }
  }

  /** Bad packets, by engine and reason. */
  get stats(): { readonly dropped: Record<string, Record<string, number>> } {
    return { dropped: this.#stack.dropped }
  }

  // ——— Ourselves ———

  /** 38 bytes: the Tox ID to give to others. */
  get selfAddress(): Uint8Array {
    return encodeToxId({ publicKey: this.#longTerm.publicKey, nospam: this.#stack.messenger.nospam })
  }

  get selfPublicKey(): Uint8Array {
    return this.#longTerm.publicKey.slice()
  }

  get selfSecretKey(): Uint8Array {
    return this.#longTerm.secretKey.slice()
  }

  /** The 4 bytes of the address that a request must carry, read big-endian as its hexadecimal text shows them. */
  get selfNospam(): number {
    return new DataView(Uint8Array.from(this.#stack.messenger.nospam).buffer).getUint32(0)
  }

  selfSetNospam(nospam: number): void {
    expectInteger('nospam', nospam, 0, 0xffffffff)
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, nospam)
    this.#do(messenger => messenger.setNospam(bytes))
  }

  get selfName(): string {
    return fromUtf8(this.#stack.messenger.name)
  }

  /** At most 128 bytes of UTF-8, else `SET_INFO_TOO_LONG`. */
  selfSetName(name: string): void {
    this.#do((messenger, now) => messenger.setName(now, utf8(name)))
  }

  get selfStatusMessage(): string {
    return fromUtf8(this.#stack.messenger.statusMessage)
  }

  /** At most 1007 bytes of UTF-8, else `SET_INFO_TOO_LONG`. */
  selfSetStatusMessage(message: string): void {
    this.#do((messenger, now) => messenger.setStatusMessage(now, utf8(message)))
  }

  get selfStatus(): UserStatus {
    return this.#stack.messenger.status
  }

  selfSetStatus(status: UserStatus): void {
    this.#do((messenger, now) => messenger.setStatus(now, status))
  }

  selfSetTyping(friendNumber: number, typing: boolean): void {
    this.#do((messenger, now) => messenger.setTyping(now, friendNumber, typing))
  }

  // ——— Friends ———

  get selfFriendList(): number[] {
    return this.#stack.messenger.friendList()
  }

  /** Sends a friend request to a Tox ID with a message of 1–921 bytes; returns the friend number. */
  friendAdd(address: Hexable, message: string): number {
    const bytes = typeof address === 'string' ? fromHex(address) : address
    if (bytes === undefined) throw new TypeError('address: expected hexadecimal text or bytes')
    return this.#do((messenger, now) => messenger.friendAdd(now, bytes, utf8(message)))
  }

  /** Adds a friend without a request: to accept one, or when the other adds us too. */
  friendAddNorequest(publicKey: Hexable): number {
    const key = toBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    return this.#do((messenger, now) => messenger.friendAddNorequest(now, key))
  }

  friendDelete(friendNumber: number): void {
    this.#do((messenger, now) => messenger.friendDelete(now, friendNumber))
  }

  friendByPublicKey(publicKey: Hexable): number {
    return this.#stack.messenger.friendByPublicKey(toBytes('publicKey', publicKey, PUBLIC_KEY_SIZE))
  }

  friendExists(friendNumber: number): boolean {
    return this.#stack.messenger.friendExists(friendNumber)
  }

  friendPublicKey(friendNumber: number): Uint8Array {
    return this.#stack.messenger.friendPublicKey(friendNumber).slice()
  }

  friendName(friendNumber: number): string {
    return fromUtf8(this.#stack.messenger.friendName(friendNumber))
  }

  friendStatusMessage(friendNumber: number): string {
    return fromUtf8(this.#stack.messenger.friendStatusMessage(friendNumber))
  }

  friendStatus(friendNumber: number): UserStatus {
    return this.#stack.messenger.friendStatus(friendNumber)
  }

  friendConnectionStatus(friendNumber: number): ConnectionStatus {
    return this.#stack.messenger.friendConnectionStatus(friendNumber)
  }

  friendTyping(friendNumber: number): boolean {
    return this.#stack.messenger.friendTyping(friendNumber)
  }

  /** Unix seconds of the last time the friend was seen online; 0 if never. */
  friendLastOnline(friendNumber: number): number {
    return this.#stack.messenger.friendLastOnline(friendNumber)
  }

  /** Sends 1–1372 bytes of UTF-8; returns the id that `friend_read_receipt` will name. */
  friendSendMessage(friendNumber: number, type: MessageType, message: string): number {
    return this.#do((messenger, now) => messenger.friendSendMessage(now, friendNumber, type, utf8(message)))
  }

  /** 1–1373 bytes, the first of which is 160–191. */
  friendSendLosslessPacket(friendNumber: number, data: Uint8Array): void {
    this.#do((messenger, now) => messenger.friendSendLosslessPacket(now, friendNumber, data))
  }

  /** 1–1373 bytes, the first of which is 192–254. */
  friendSendLossyPacket(friendNumber: number, data: Uint8Array): void {
    this.#do((messenger, now) => messenger.friendSendLossyPacket(now, friendNumber, data))
  }

  // ——— Saving and ending ———

  /** The whole peer as a c-toxcore save, secret key included: keep it safe. */
  savedata(): Uint8Array {
    if (this.#ended.signal.aborted) throw new Error('savedata: the peer has ended and its keys are wiped')
    return this.#stack.save(this.#longTerm)
  }

  /** Leaves: friends see us offline at once. The peer cannot be used afterwards. */
  async kill(): Promise<void> {
    if (this.#ended.signal.aborted) return
    this.#runner.run(now => this.#stack.leave(now))
    this.#ended.abort()
    this.#runner.stop()
    await this.#transport.close()
    this.#stack.dispose()
    this.#longTerm.secretKey.fill(0)
  }

  #do<T>(action: (messenger: Messenger, now: Instant) => T): T {
    return this.#runner.run(now => this.#stack.do(now, action))
  }
}

export interface PeerParts {
  readonly platform: Platform
  readonly stack: Stack
  readonly transport: Transport & { readonly ipv6: boolean }
  readonly longTerm: KeyPair
  /** Hands datagrams over from now on. */
  connect(onDatagram: (from: Endpoint, data: Uint8Array) => void): void
}

/** Opens the transport and builds the stack: what every platform's `Tox.create` begins with. */
export async function createParts(platform: Platform, options: ToxOptions): Promise<PeerParts> {
  const { crypto, random, clock } = platform
  const saved = options.savedata === undefined ? undefined : readSave(options.savedata, crypto)
  let deliver: (from: Endpoint, data: Uint8Array) => void = () => {}
  const transport = await platform.openTransport((from, data) => deliver(from, data))
  const longTerm = saved?.identity ?? crypto.keyPair(random)
  const stack = new Stack({
    crypto,
    random,
    longTerm,
    nospam: saved?.identity?.nospam ?? randomBytes(random, NOSPAM_SIZE),
    ipv6: transport.ipv6,
    ...(options.holePunching === undefined ? {} : { holePunching: options.holePunching }),
  })
  if (saved !== undefined) stack.restore(clock.now(), saved)
  return {
    platform,
    stack,
    transport,
    longTerm,
    connect(onDatagram) {
      deliver = onDatagram
    },
  }
}

/** Throws ToxError `NEW_LOAD_ENCRYPTED` or `NEW_LOAD_BAD_FORMAT`. */
function readSave(savedata: Uint8Array, crypto: Crypto): SaveData {
  const saved = decodeSave(savedata)
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

function toBytes(title: string, value: Hexable, size: number): Uint8Array {
  const bytes = typeof value === 'string' ? fromHex(value) : value
  if (bytes === undefined) throw new TypeError(`${title}: expected hexadecimal text or bytes`)
  expectBytes(title, bytes, size)
  return bytes
}
