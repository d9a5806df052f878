import {
  ADDRESS_SIZE,
  type Crypto,
  type Endpoint,
  encodeToxId,
  expectInteger,
  fromUtf8,
  type Instant,
  type KeyPair,
  NOSPAM_SIZE,
  PUBLIC_KEY_SIZE,
  type Random,
  randomBytes,
  ToxError,
  wipe,
} from '@ts-toxcore/core'
import type { Messenger } from '@ts-toxcore/messenger'
import {
  expectBoolean,
  expectFriendNumber,
  expectFunction,
  expectOneOf,
  type Hexable,
  plainBytes,
  toBytes,
  toUtf8,
} from './arguments.ts'
import { type EventStream, PushStream } from './event-stream.ts'
import {
  Listeners,
  type MessageType,
  TOX_EVENT_NAMES,
  type ToxEventName,
  type ToxEvents,
  toToxEvent,
  type UserStatus,
} from './events.ts'
import { type Clock, Runner, type Transport } from './runner.ts'
import { readSave } from './save.ts'
import { type ConnectionStatus, Stack, type StackEvent } from './stack.ts'

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
  /** Ask friends behind NATs to open their door from inside. Default true. */
  readonly holePunching?: boolean
}

/**
 * A Tox peer. Methods are c-toxcore's functions in camelCase without `tox_`; errors are ToxError with c-toxcore's codes.
 * Made by `Tox.create` of a platform module (`ts-toxcore/node`). `kill()` ends it; what is called afterwards throws.
 */
export class ToxPeer {
  readonly #platform: Platform
  readonly #stack: Stack
  readonly #transport: Transport & { readonly ipv6: boolean }
  readonly #runner: Runner<StackEvent>
  readonly #listeners = new Listeners()
  readonly #longTerm: KeyPair
  readonly #streams = new Set<{ end(): void }>()
  #ended: Promise<void> | undefined

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

  /**
   * Calls `listener` for every such event from now on; the returned function ends that. Listeners may call anything of
   * this peer. What a listener throws is reported as an uncaught error and disturbs nobody else.
   */
  on<N extends ToxEventName>(name: N, listener: (event: ToxEvents[N]) => void): () => void {
    expectOneOf('name', name, TOX_EVENT_NAMES)
    expectFunction('listener', listener)
    return this.#listeners.add(name, listener)
  }

  /**
   * The events from now on, for `for await`; none is missed between two turns of the loop. It ends when the peer is
   * killed, and at once when `signal` is aborted.
   */
  events<N extends ToxEventName>(
    name: N,
    options: { readonly signal?: AbortSignal } = {},
  ): EventStream<ToxEvents[N]> {
    const { signal } = options
    const abort = () => void stream.return()
    const stream = new PushStream<ToxEvents[N]>(() => {
      unsubscribe()
      signal?.removeEventListener('abort', abort)
      this.#streams.delete(stream)
    })
    const unsubscribe = this.on(name, event => stream.push(event))
    this.#streams.add(stream)
    if (this.#ended || signal?.aborted) abort()
    else signal?.addEventListener('abort', abort)
    return stream
  }

  // ——— The network ———

  /**
   * Joins the network by a node. Rejects with `BOOTSTRAP_BAD_HOST` if the host cannot be resolved and
   * `BOOTSTRAP_BAD_PORT` if the port is 0 or above 65535.
   */
  async bootstrap(host: string, port: number, publicKey: Hexable): Promise<void> {
    this.#alive()
    const key = toBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    if (typeof host !== 'string') throw new TypeError(`host: expected text, got ${typeof host}`)
    if (!Number.isInteger(port) || port < 1 || port > 0xffff) {
      throw new ToxError('BOOTSTRAP_BAD_PORT', `port: expected 1–65535, got ${port}`)
    }
    const endpoints = await this.#platform.resolveHost(host, port, this.#transport.ipv6)
    if (endpoints.length === 0) throw new ToxError('BOOTSTRAP_BAD_HOST', `no usable address for ${host}`)
    if (this.#ended) return
    for (const endpoint of endpoints) this.#runner.run(now => this.#stack.bootstrap(now, endpoint, key))
  }

  get selfConnectionStatus(): ConnectionStatus {
    return this.#alive().connectionStatus
  }

  /** 32 bytes: our temporary key in the DHT. */
  get selfDhtId(): Uint8Array {
    return this.#alive().dhtPublicKey.slice()
  }

  get selfUdpPort(): number {
    return this.#transport.port
  }

  /** What computes the cryptography: `backend` is `wasm-relaxed`, `wasm`, or where those cannot run `js`. */
  get crypto(): { readonly backend: Crypto['backend'] } {
    return { backend: this.#platform.crypto.backend }
  }

  /** Bad packets, by engine and reason. */
  get stats(): { readonly dropped: Record<string, Record<string, number>> } {
    return { dropped: this.#alive().dropped }
  }

  // ——— Ourselves ———

  /** 38 bytes: the Tox ID to give to others. */
  get selfAddress(): Uint8Array {
    return encodeToxId({ publicKey: this.#longTerm.publicKey, nospam: this.#messenger.nospam })
  }

  get selfPublicKey(): Uint8Array {
    return this.#longTerm.publicKey.slice()
  }

  get selfSecretKey(): Uint8Array {
    this.#alive()
    return this.#longTerm.secretKey.slice()
  }

  /** The 4 bytes of the address that a request must carry, read big-endian as its hexadecimal text shows them. */
  get selfNospam(): number {
    return new DataView(Uint8Array.from(this.#messenger.nospam).buffer).getUint32(0)
  }

  selfSetNospam(nospam: number): void {
    expectInteger('nospam', nospam, 0, 0xffffffff)
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, nospam)
    this.#do(messenger => messenger.setNospam(bytes))
  }

  get selfName(): string {
    return fromUtf8(this.#messenger.name)
  }

  /** At most 128 bytes of UTF-8, else `SET_INFO_TOO_LONG`. */
  selfSetName(name: string): void {
    const bytes = toUtf8('name', name)
    this.#do((messenger, now) => messenger.setName(now, bytes))
  }

  get selfStatusMessage(): string {
    return fromUtf8(this.#messenger.statusMessage)
  }

  /** At most 1007 bytes of UTF-8, else `SET_INFO_TOO_LONG`. */
  selfSetStatusMessage(message: string): void {
    const bytes = toUtf8('message', message)
    this.#do((messenger, now) => messenger.setStatusMessage(now, bytes))
  }

  get selfStatus(): UserStatus {
    return this.#messenger.status
  }

  selfSetStatus(status: UserStatus): void {
    this.#do((messenger, now) => messenger.setStatus(now, status))
  }

  selfSetTyping(friendNumber: number, typing: boolean): void {
    expectFriendNumber(friendNumber)
    expectBoolean('typing', typing)
    this.#do((messenger, now) => messenger.setTyping(now, friendNumber, typing))
  }

  // ——— Friends ———

  get selfFriendList(): number[] {
    return this.#messenger.friendList()
  }

  /** Sends a friend request to a Tox ID with a message of 1–921 bytes; returns the friend number. */
  friendAdd(address: Hexable, message: string): number {
    const bytes = toBytes('address', address, ADDRESS_SIZE)
    const text = toUtf8('message', message)
    return this.#do((messenger, now) => messenger.friendAdd(now, bytes, text))
  }

  /** Adds a friend without a request: to accept one, or when the other adds us too. */
  friendAddNorequest(publicKey: Hexable): number {
    const key = toBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    return this.#do((messenger, now) => messenger.friendAddNorequest(now, key))
  }

  friendDelete(friendNumber: number): void {
    expectFriendNumber(friendNumber)
    this.#do((messenger, now) => messenger.friendDelete(now, friendNumber))
  }

  friendByPublicKey(publicKey: Hexable): number {
    return this.#messenger.friendByPublicKey(toBytes('publicKey', publicKey, PUBLIC_KEY_SIZE))
  }

  friendExists(friendNumber: number): boolean {
    expectFriendNumber(friendNumber)
    return this.#messenger.friendExists(friendNumber)
  }

  friendPublicKey(friendNumber: number): Uint8Array {
    expectFriendNumber(friendNumber)
    return this.#messenger.friendPublicKey(friendNumber).slice()
  }

  friendName(friendNumber: number): string {
    expectFriendNumber(friendNumber)
    return fromUtf8(this.#messenger.friendName(friendNumber))
  }

  friendStatusMessage(friendNumber: number): string {
    expectFriendNumber(friendNumber)
    return fromUtf8(this.#messenger.friendStatusMessage(friendNumber))
  }

  friendStatus(friendNumber: number): UserStatus {
    expectFriendNumber(friendNumber)
    return this.#messenger.friendStatus(friendNumber)
  }

  friendConnectionStatus(friendNumber: number): ConnectionStatus {
    expectFriendNumber(friendNumber)
    return this.#messenger.friendConnectionStatus(friendNumber)
  }

  friendTyping(friendNumber: number): boolean {
    expectFriendNumber(friendNumber)
    return this.#messenger.friendTyping(friendNumber)
  }

  /** Unix seconds of the last time the friend was seen online; 0 if never. */
  friendLastOnline(friendNumber: number): number {
    expectFriendNumber(friendNumber)
    return this.#messenger.friendLastOnline(friendNumber)
  }

  /** Sends 1–1372 bytes of UTF-8; returns the id that `friend_read_receipt` will name. */
  friendSendMessage(friendNumber: number, type: MessageType, message: string): number {
    expectFriendNumber(friendNumber)
    expectOneOf('type', type, ['normal', 'action'])
    const text = toUtf8('message', message)
    return this.#do((messenger, now) => messenger.friendSendMessage(now, friendNumber, type, text))
  }

  /** 1–1373 bytes, the first of which is 160–191. */
  friendSendLosslessPacket(friendNumber: number, data: Uint8Array): void {
    expectFriendNumber(friendNumber)
    const bytes = plainBytes('data', data)
    this.#do((messenger, now) => messenger.friendSendLosslessPacket(now, friendNumber, bytes))
  }

  /** 1–1373 bytes, the first of which is 192–254. */
  friendSendLossyPacket(friendNumber: number, data: Uint8Array): void {
    expectFriendNumber(friendNumber)
    const bytes = plainBytes('data', data)
    this.#do((messenger, now) => messenger.friendSendLossyPacket(now, friendNumber, bytes))
  }

  // ——— Saving and ending ———

  /** The whole peer as a c-toxcore save, secret key included: keep it safe. */
  savedata(): Uint8Array {
    return this.#alive().save(this.#longTerm)
  }

  /** Leaves: friends see us offline at once. Resolves when the port is free again; calling it again is harmless. */
  kill(): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  async #end(): Promise<void> {
    // Stopped first: nobody hears of what our own leaving brings about.
    this.#runner.stop()
    this.#runner.run(now => this.#stack.leave(now))
    for (const stream of this.#streams) stream.end()
    // Sent datagrams are the system's by then, so that friends hear of it.
    await this.#transport.close()
    this.#stack.dispose()
    wipe(this.#longTerm.secretKey)
  }

  #alive(): Stack {
    if (this.#ended) throw new Error('the peer was killed: expected no further calls')
    return this.#stack
  }

  get #messenger(): Messenger {
    return this.#alive().messenger
  }

  #do<T>(action: (messenger: Messenger, now: Instant) => T): T {
    const stack = this.#alive()
    return this.#runner.run(now => stack.do(now, action))
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
  try {
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
  } catch (error) {
    await transport.close()
    throw error
  }
}
