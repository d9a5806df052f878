import {
  bytes,
  type Codec,
  type Decoded,
  isValidPublicKey,
  NOSPAM_SIZE,
  publicKey,
  struct,
  u8,
  u16,
  u64,
} from '@ts-toxcore/core'
import { MAX_FRIEND_REQUEST_DATA_SIZE, MAX_NAME_LENGTH, MAX_STATUSMESSAGE_LENGTH } from './constants.ts'
import { USER_STATUSES, type UserStatus } from './friend.ts'

/** A friend as it is saved. */
export interface SavedFriend {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** Our request that the friend has not answered; a friend that has, or was never asked, has none. */
  readonly request?: {
    /** 4 bytes. */
    readonly nospam: Uint8Array
    readonly message: Uint8Array
    /** Whether it has reached the network. */
    readonly sent: boolean
  }
  // c-toxcore saves these only of a friend without a pending request.
  readonly name: Uint8Array
  readonly statusMessage: Uint8Array
  readonly status: UserStatus
  /** Unix seconds; 0 if never. */
  readonly lastOnline: number
}

/** Bytes that c-toxcore reserves for the message of a request. */
const SAVED_FRIEND_REQUEST_SIZE = 1024

/** `Friend.status` of c-toxcore, as far as saves tell it. */
const FRIEND_ADDED = 1
const FRIEND_REQUESTED = 2
const FRIEND_CONFIRMED = 3

/**
 * A friend in the save (spec, "Friends (0x03)"): c-toxcore's struct with its padding. Big-endian, unlike the rest.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0: none, 1: request not sent, 2: request sent, 3: friend, 4: friend online |
 * | 32 | long-term public key |
 * | 1024 | message of the request |
 * | 1 | padding |
 * | 2 | size of that message |
 * | 128 | name |
 * | 2 | size of the name |
 * | 1007 | status message |
 * | 1 | padding |
 * | 2 | size of the status message |
 * | 1 | 0: none, 1: away, 2: busy |
 * | 3 | padding |
 * | 4 | nospam of the request |
 * | 8 | last time online, unix seconds |
 */
const record = struct({
  state: u8,
  publicKey,
  info: bytes(SAVED_FRIEND_REQUEST_SIZE),
  infoPadding: bytes(1),
  infoSize: u16,
  name: bytes(MAX_NAME_LENGTH),
  nameSize: u16,
  statusMessage: bytes(MAX_STATUSMESSAGE_LENGTH),
  statusMessagePadding: bytes(1),
  statusMessageSize: u16,
  status: u8,
  statusPadding: bytes(3),
  nospam: bytes(NOSPAM_SIZE),
  lastOnline: u64,
})

/** 2216. */
export const SAVED_FRIEND_SIZE = record.max

/** A friend in the save; `null` where the record holds none that could be used. */
export const savedFriend: Codec<SavedFriend | null> = {
  min: SAVED_FRIEND_SIZE,
  max: SAVED_FRIEND_SIZE,
  write(out, friend) {
    record.write(out, friend === null ? EMPTY : toRecord(friend))
  },
  read(from) {
    const read = record.read(from)
    return read && toFriend(read)
  },
}

type FriendRecord = Decoded<typeof record>

const EMPTY: FriendRecord = {
  state: 0,
  publicKey: new Uint8Array(32),
  info: new Uint8Array(SAVED_FRIEND_REQUEST_SIZE),
  infoPadding: new Uint8Array(1),
  infoSize: 0,
  name: new Uint8Array(MAX_NAME_LENGTH),
  nameSize: 0,
  statusMessage: new Uint8Array(MAX_STATUSMESSAGE_LENGTH),
  statusMessagePadding: new Uint8Array(1),
  statusMessageSize: 0,
  status: 0,
  statusPadding: new Uint8Array(3),
  nospam: new Uint8Array(NOSPAM_SIZE),
  lastOnline: 0n,
}

function toRecord(friend: SavedFriend): FriendRecord {
  const { request } = friend
  if (request) {
    return {
      ...EMPTY,
      state: request.sent ? FRIEND_REQUESTED : FRIEND_ADDED,
      publicKey: friend.publicKey,
      info: padded(request.message, SAVED_FRIEND_REQUEST_SIZE),
      infoSize: request.message.length,
      nospam: request.nospam,
    }
  }
  return {
    ...EMPTY,
    state: FRIEND_CONFIRMED,
    publicKey: friend.publicKey,
    name: padded(friend.name, MAX_NAME_LENGTH),
    nameSize: friend.name.length,
    statusMessage: padded(friend.statusMessage, MAX_STATUSMESSAGE_LENGTH),
    statusMessageSize: friend.statusMessage.length,
    status: USER_STATUSES.indexOf(friend.status),
    lastOnline: BigInt(friend.lastOnline),
  }
}

/** As c-toxcore loads it: a friend that could not be added is left out, a field that is too long stays empty. */
function toFriend(read: FriendRecord): SavedFriend | null {
  if (read.state === 0 || !isValidPublicKey(read.publicKey)) return null
  const friend = {
    publicKey: read.publicKey.slice(),
    name: read.name.slice(0, read.nameSize > MAX_NAME_LENGTH ? 0 : read.nameSize),
    statusMessage: read.statusMessage.slice(
      0,
      read.statusMessageSize > MAX_STATUSMESSAGE_LENGTH ? 0 : read.statusMessageSize,
    ),
    status: USER_STATUSES[read.status] ?? 'none',
    lastOnline: Number(read.lastOnline > MAX_SAFE ? MAX_SAFE : read.lastOnline),
  }
  if (read.state >= FRIEND_CONFIRMED) return friend
  if (read.infoSize === 0 || read.infoSize > MAX_FRIEND_REQUEST_DATA_SIZE) return null
  const request = {
    nospam: read.nospam.slice(),
    message: read.info.slice(0, read.infoSize),
    sent: read.state === FRIEND_REQUESTED,
  }
  return { ...friend, request }
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

function padded(text: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  out.set(text)
  return out
}
