import {
  ADDRESS_SIZE,
  type Crypto,
  DropCounter,
  decodeToxId,
  type Endpoint,
  type Engine,
  equalBytes,
  expectBytes,
  type Instant,
  isValidPublicKey,
  NOSPAM_SIZE,
  PUBLIC_KEY_SIZE,
  Queue,
  type Random,
  ToxError,
} from '@ts-toxcore/core'
import { MAX_FRIEND_REQUEST_DATA_SIZE, MAX_FRIENDS, MAX_MESSAGE_LENGTH } from './constants.ts'
import {
  type ConnectionStatus,
  Friend,
  newRequest,
  type PendingRequest,
  type Presence,
  type UserStatus,
} from './friend.ts'
import { FriendConnections } from './friend-connections.ts'
import { FriendEvents } from './friend-events.ts'
import { FriendInbox } from './friend-inbox.ts'
import { FriendList } from './friend-list.ts'
import { RequestFilter } from './friend-request.ts'
import { IncomingRequests } from './incoming-requests.ts'
import type { Layers, SessionEvent } from './layers.ts'
import { OutgoingRequests } from './outgoing-requests.ts'
import type { DropReason, MessageType, MessengerOutput } from './outputs.ts'
import { OwnPresence } from './own-presence.ts'
import {
  CRYPTO_PACKET_FRIEND_REQ,
  isCustomLossless,
  PACKET_ID_ACTION,
  PACKET_ID_MESSAGE,
  PACKET_ID_MSI,
  PACKET_ID_OFFLINE,
  PACKET_ID_RANGE_LOSSY_END,
  PACKET_ID_RANGE_LOSSY_START,
  packet,
} from './packets.ts'
import {
  alreadySent,
  badCustomKind,
  expectCustomSize,
  expectNotEmpty,
  expectOnline,
  ownKey,
  queueFull,
} from './refusals.ts'
import type { SavedFriend } from './saved-friend.ts'

export interface MessengerOptions extends Layers {
  readonly crypto: Crypto
  readonly random: Random
  /** Who we are: the long-term public key and the nospam that a friend request must name. */
  readonly address: { readonly publicKey: Uint8Array; readonly nospam: Uint8Array }
}

/** What `restore` takes up: ourselves and our friends, as they were saved. */
export interface SavedMessenger {
  readonly name: Uint8Array
  readonly statusMessage: Uint8Array
  readonly status: UserStatus
  readonly friends: readonly SavedFriend[]
}

/**
 * Friends: who they are, whether they are there, and what is said (spec, "Messenger"). Methods are c-toxcore's API;
 * refusals are `ToxError`s with its codes, checked in its order.
 */
export class Messenger implements Engine<MessengerOutput> {
  /** What was dropped of what came from the network. */
  readonly drops = new DropCounter<DropReason>()
  readonly #publicKey: Uint8Array
  readonly #outputs = new Queue<MessengerOutput>()
  readonly #friends = new FriendList()
  readonly #connections: FriendConnections
  readonly #filter: RequestFilter
  readonly #requests: OutgoingRequests
  readonly #own = new OwnPresence()
  readonly #incoming: IncomingRequests
  readonly #events: FriendEvents

  constructor(options: MessengerOptions) {
    expectBytes('publicKey', options.address.publicKey, PUBLIC_KEY_SIZE)
    expectBytes('nospam', options.address.nospam, NOSPAM_SIZE)
    this.#publicKey = options.address.publicKey.slice()
    this.#connections = new FriendConnections(options)
    this.#filter = new RequestFilter(options.address.nospam)
    this.#requests = new OutgoingRequests(options.finder, this.#friends)
    this.#incoming = new IncomingRequests(this.#filter, this.#friends, this.#outputs, this.drops)
    this.#events = new FriendEvents({
      outputs: this.#outputs,
      drops: this.drops,
      own: this.#own,
      inbox: new FriendInbox(this.#outputs, this.drops),
      incoming: this.#incoming,
      outgoing: this.#requests,
    })
  }

  // ——— Ourselves ———

  /** 4 bytes, in the order of the Tox ID. */
  get nospam(): Uint8Array {
    return this.#filter.nospam
  }

  setNospam(nospam: Uint8Array): void {
    expectBytes('nospam', nospam, NOSPAM_SIZE)
    this.#filter.nospam = nospam
  }

  get name(): Uint8Array {
    return this.#own.name
  }

  setName(now: Instant, name: Uint8Array): void {
    if (this.#own.setName(name)) this.#tellAll(now, 'name')
  }

  get statusMessage(): Uint8Array {
    return this.#own.statusMessage
  }

  setStatusMessage(now: Instant, message: Uint8Array): void {
    if (this.#own.setStatusMessage(message)) this.#tellAll(now, 'status_message')
  }

  get status(): UserStatus {
    return this.#own.status
  }

  setStatus(now: Instant, status: UserStatus): void {
    if (this.#own.setStatus(status)) this.#tellAll(now, 'status')
  }

  /** Tells one friend whether we are typing to it. */
  setTyping(now: Instant, friendNumber: number, typing: boolean): void {
    const friend = this.#find(friendNumber, 'SET_TYPING_FRIEND_NOT_FOUND')
    if (friend.ourTyping === typing) return
    friend.ourTyping = typing
    this.#tell(now, friend, 'typing')
  }

  // ——— Friends ———

  /** Adds a friend by Tox ID (38 bytes) and sends it a request with a message of 1–921 bytes. Returns its number. */
  friendAdd(now: Instant, address: Uint8Array, message: Uint8Array): number {
    expectBytes('address', address, ADDRESS_SIZE)
    if (message.length > MAX_FRIEND_REQUEST_DATA_SIZE) {
      throw new ToxError(
        'FRIEND_ADD_TOO_LONG',
        `message: ${message.length} bytes, at most ${MAX_FRIEND_REQUEST_DATA_SIZE}`,
      )
    }
    const id = decodeToxId(address)
    if (id === undefined || !isValidPublicKey(id.publicKey)) {
      throw new ToxError('FRIEND_ADD_BAD_CHECKSUM', 'the Tox ID was mistyped: its checksum is wrong')
    }
    if (message.length === 0) throw new ToxError('FRIEND_ADD_NO_MESSAGE', 'a friend request needs a message')
    if (equalBytes(id.publicKey, this.#publicKey)) throw ownKey()

    const known = this.#friends.withKey(id.publicKey)
    if (known !== undefined) {
      if (known.request === undefined || equalBytes(known.request.nospam, id.nospam)) throw alreadySent()
      this.#requests.renew(now, known, id.nospam)
      throw new ToxError('FRIEND_ADD_SET_NEW_NOSPAM', 'already requested: the request has the new nospam now')
    }
    const friend = this.#add(now, id.publicKey, newRequest(id.nospam, message))
    this.#requests.send(now, friend)
    return friend.number
  }

  /** Adds a friend by public key without asking: the other has asked us, or adds us as well. Returns its number. */
  friendAddNorequest(now: Instant, publicKey: Uint8Array): number {
    expectBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    if (!isValidPublicKey(publicKey)) throw new ToxError('FRIEND_ADD_BAD_CHECKSUM', 'this is no public key')
    if (equalBytes(publicKey, this.#publicKey)) throw ownKey()
    if (this.#friends.withKey(publicKey)) throw alreadySent()
    return this.#add(now, publicKey, undefined).number
  }

  friendDelete(now: Instant, friendNumber: number): void {
    const friend = this.#find(friendNumber, 'FRIEND_DELETE_FRIEND_NOT_FOUND')
    friend.connection.send(now, packet(PACKET_ID_OFFLINE))
    this.#requests.end(friend)
    this.#filter.forget(friend.publicKey)
    this.#connections.remove(now, friend.publicKey)
    this.#friends.remove(friend)
  }

  friendList(): number[] {
    return Array.from(this.#friends, friend => friend.number)
  }

  friendExists(friendNumber: number): boolean {
    return this.#friends.at(friendNumber) !== undefined
  }

  friendByPublicKey(publicKey: Uint8Array): number {
    expectBytes('publicKey', publicKey, PUBLIC_KEY_SIZE)
    const friend = this.#friends.withKey(publicKey)
    if (friend === undefined) {
      throw new ToxError('FRIEND_BY_PUBLIC_KEY_NOT_FOUND', 'no friend has this public key')
    }
    return friend.number
  }

  friendPublicKey(friendNumber: number): Uint8Array {
    return this.#find(friendNumber, 'FRIEND_GET_PUBLIC_KEY_FRIEND_NOT_FOUND').publicKey
  }

  /** Unix seconds; 0 if the friend was never online. */
  friendLastOnline(friendNumber: number): number {
    return this.#find(friendNumber, 'FRIEND_GET_LAST_ONLINE_FRIEND_NOT_FOUND').lastOnline
  }

  friendName(friendNumber: number): Uint8Array {
    return this.#query(friendNumber).name
  }

  friendStatusMessage(friendNumber: number): Uint8Array {
    return this.#query(friendNumber).statusMessage
  }

  friendStatus(friendNumber: number): UserStatus {
    return this.#query(friendNumber).status
  }

  friendConnectionStatus(friendNumber: number): ConnectionStatus {
    return this.#query(friendNumber).connectionStatus
  }

  friendTyping(friendNumber: number): boolean {
    return this.#query(friendNumber).typing
  }

  // ——— Messages and packets ———

  /** Sends 1–1372 bytes of text. Returns the id that the `friend_read_receipt` will name. */
  friendSendMessage(now: Instant, friendNumber: number, type: MessageType, message: Uint8Array): number {
    if (message.length === 0) throw new ToxError('FRIEND_SEND_MESSAGE_EMPTY', 'the message is empty')
    const friend = this.#find(friendNumber, 'FRIEND_SEND_MESSAGE_FRIEND_NOT_FOUND')
    if (message.length > MAX_MESSAGE_LENGTH) {
      throw new ToxError(
        'FRIEND_SEND_MESSAGE_TOO_LONG',
        `message: ${message.length} bytes, at most ${MAX_MESSAGE_LENGTH}`,
      )
    }
    expectOnline(friend, 'FRIEND_SEND_MESSAGE_FRIEND_NOT_CONNECTED')
    const kind = type === 'action' ? PACKET_ID_ACTION : PACKET_ID_MESSAGE
    const packetNumber = friend.connection.send(now, packet(kind, message))
    if (packetNumber === undefined) throw queueFull('FRIEND_SEND_MESSAGE_SENDQ')
    const messageId = friend.nextMessageId()
    friend.receipts.add(packetNumber, messageId)
    return messageId
  }

  /** Sends 1–1373 bytes, the first of which is 160–191 or 69. */
  friendSendLosslessPacket(now: Instant, friendNumber: number, data: Uint8Array): void {
    expectNotEmpty(data)
    const friend = this.#find(friendNumber, 'FRIEND_CUSTOM_PACKET_FRIEND_NOT_FOUND')
    expectCustomSize(data)
    if (!isCustomLossless(data[0]!) && data[0] !== PACKET_ID_MSI)
      throw badCustomKind(data[0]!, '160–191 or 69')
    expectOnline(friend, 'FRIEND_CUSTOM_PACKET_FRIEND_NOT_CONNECTED')
    if (friend.connection.send(now, data) === undefined) throw queueFull('FRIEND_CUSTOM_PACKET_SENDQ')
  }

  /** Sends 1–1373 bytes, the first of which is 192–254. c-toxcore reports those below 200 to its audio and video. */
  friendSendLossyPacket(now: Instant, friendNumber: number, data: Uint8Array): void {
    expectNotEmpty(data)
    if (data[0]! < PACKET_ID_RANGE_LOSSY_START || data[0]! > PACKET_ID_RANGE_LOSSY_END) {
      throw badCustomKind(data[0]!, '192–254')
    }
    const friend = this.#find(friendNumber, 'FRIEND_CUSTOM_PACKET_FRIEND_NOT_FOUND')
    expectCustomSize(data)
    expectOnline(friend, 'FRIEND_CUSTOM_PACKET_FRIEND_NOT_CONNECTED')
    if (!friend.connection.sendLossy(now, data)) throw queueFull('FRIEND_CUSTOM_PACKET_SENDQ')
  }

  // ——— From below ———

  /** An onion data packet by the owner of `publicKey`; data[0] is its kind. */
  handleOnionData(_now: Instant, publicKey: Uint8Array, data: Uint8Array): void {
    if (data[0] === CRYPTO_PACKET_FRIEND_REQ) this.#incoming.handle(publicKey, data)
    else this.drops.count('unknown_kind')
  }

  /** The finder has a friend's DHT key. */
  handleFriendDhtKey(now: Instant, publicKey: Uint8Array, dhtPublicKey: Uint8Array): void {
    this.#connections.handleDhtKey(now, publicKey, dhtPublicKey)
    this.#drain(now)
  }

  /** The finder can reach a friend. */
  handleFriendFound(now: Instant, publicKey: Uint8Array): void {
    const friend = this.#friends.withKey(publicKey)
    if (friend) this.#requests.handleFound(now, friend)
  }

  /** The locator knows the address of the owner of a DHT key. */
  handleFriendEndpoint(now: Instant, dhtPublicKey: Uint8Array, endpoint: Endpoint): void {
    this.#connections.handleEndpoint(now, dhtPublicKey, endpoint)
    this.#drain(now)
  }

  handleSession(now: Instant, event: SessionEvent): void {
    this.#connections.handleSession(now, event)
    this.#drain(now)
  }

  // ——— Beginning and end ———

  /** Takes up what `snapshot` returned in an earlier life. Friends get new numbers, without gaps. */
  restore(now: Instant, saved: SavedMessenger): void {
    this.setName(now, saved.name)
    this.setStatusMessage(now, saved.statusMessage)
    this.setStatus(now, saved.status)
    for (const { publicKey, request, name, statusMessage, status, lastOnline } of saved.friends) {
      if (equalBytes(publicKey, this.#publicKey) || this.#friends.withKey(publicKey)) continue
      const friend = this.#add(now, publicKey, request && newRequest(request.nospam, request.message))
      friend.name = name
      friend.statusMessage = statusMessage
      friend.status = status
      friend.lastOnline = lastOnline
      this.#requests.send(now, friend)
    }
  }

  /** What is worth saving. */
  snapshot(): SavedMessenger {
    const { name, statusMessage, status } = this.#own
    return { name, statusMessage, status, friends: this.friends() }
  }

  /** The friends as they are saved, in order of their numbers. */
  friends(): SavedFriend[] {
    return Array.from(this.#friends, ({ publicKey, request, name, statusMessage, status, lastOnline }) => ({
      publicKey,
      ...(request && {
        request: {
          nospam: request.nospam,
          message: request.message,
          sent: request.sentAt !== undefined,
        },
      }),
      name,
      statusMessage,
      status,
      lastOnline,
    }))
  }

  /** Ends every session, so that friends see us go at once. Afterwards there is only saving. */
  leave(now: Instant): void {
    this.#requests.stop()
    this.#connections.stop(now)
    for (const friend of this.#friends) friend.connectionStatus = 'none'
  }

  tick(now: Instant): void {
    this.#connections.tick(now)
    this.#requests.tick(now)
    this.#drain(now)
  }

  deadline(): Instant {
    return Math.min(this.#connections.deadline(), this.#requests.deadline())
  }

  poll(): MessengerOutput | undefined {
    return this.#outputs.shift()
  }

  // ——— Inside ———

  #add(now: Instant, publicKey: Uint8Array, request: PendingRequest | undefined): Friend {
    if (this.#friends.size >= MAX_FRIENDS) {
      throw new ToxError('FRIEND_ADD_MALLOC', `there are ${MAX_FRIENDS} friends already`)
    }
    const friend = new Friend(this.#friends.freeNumber, this.#connections.add(now, publicKey))
    friend.request = request
    this.#friends.add(friend)
    return friend
  }

  #find(friendNumber: number, code: string): Friend {
    const friend = this.#friends.at(friendNumber)
    if (friend === undefined) throw new ToxError(code, `there is no friend ${friendNumber}`)
    return friend
  }

  #query(friendNumber: number): Friend {
    return this.#find(friendNumber, 'FRIEND_QUERY_FRIEND_NOT_FOUND')
  }

  #tellAll(now: Instant, item: Presence): void {
    for (const friend of this.#friends) this.#tell(now, friend, item)
  }

  /** A friend that is not online is told everything when it comes. */
  #tell(now: Instant, friend: Friend, item: Presence): void {
    if (!friend.online) return
    friend.owed.add(item)
    this.#own.send(now, friend)
  }

  #drain(now: Instant): void {
    for (let output = this.#connections.poll(); output; output = this.#connections.poll()) {
      const friend = this.#friends.withKey(output.publicKey)
      if (friend) this.#events.handle(now, friend, output)
    }
  }
}
