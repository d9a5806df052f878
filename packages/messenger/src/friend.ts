import type { Instant } from '@ts-toxcore/core'
import { FRIENDREQUEST_TIMEOUT } from './constants.ts'
import type { FriendConnection } from './friend-connection.ts'
import { Receipts } from './receipts.ts'

/** c-toxcore's `TOX_USER_STATUS_*`; the index is the number on the wire and in saves. */
export const USER_STATUSES = ['none', 'away', 'busy'] as const
export type UserStatus = (typeof USER_STATUSES)[number]

/** `tcp`: over relays alone, which this stack does not speak yet. */
export type ConnectionStatus = 'none' | 'tcp' | 'udp'

/** What a friend is told of us, in the order in which it is sent. */
export const PRESENCE = ['online', 'name', 'status_message', 'status', 'typing'] as const
export type Presence = (typeof PRESENCE)[number]

/** A friend request of ours that was not answered yet. */
export interface PendingRequest {
  nospam: Uint8Array
  readonly message: Uint8Array
  /** When it last reached the network; undefined if it has to be sent. */
  sentAt: Instant | undefined
  /** How long it may stay unanswered before it is sent again. */
  timeout: number
}

/** All that is known of one friend. */
export class Friend {
  readonly number: number
  readonly connection: FriendConnection
  /** Until the friend has confirmed by coming online; undefined if no request is needed (any more). */
  request: PendingRequest | undefined

  name: Uint8Array = new Uint8Array(0)
  statusMessage: Uint8Array = new Uint8Array(0)
  status: UserStatus = 'none'
  typing = false
  /** `none` unless the friend has said ONLINE on the session that it has now. */
  connectionStatus: ConnectionStatus = 'none'
  /** Unix seconds; 0 if never. */
  lastOnline = 0

  /** Whether we have told this friend that we are typing. */
  ourTyping = false
  /** What the friend has not been told yet. */
  readonly owed = new Set<Presence>()
  readonly receipts = new Receipts()
  #messageId = 0

  constructor(number: number, connection: FriendConnection) {
    this.number = number
    this.connection = connection
  }

  get publicKey(): Uint8Array {
    return this.connection.publicKey
  }

  get online(): boolean {
    return this.connectionStatus !== 'none'
  }

  /** 1, 2, 3, … up to 2³²−1, then 0. */
  nextMessageId(): number {
    this.#messageId = (this.#messageId + 1) >>> 0
    return this.#messageId
  }
}

export function newRequest(nospam: Uint8Array, message: Uint8Array): PendingRequest {
  return {
    nospam: nospam.slice(),
    message: message.slice(),
    sentAt: undefined,
    timeout: FRIENDREQUEST_TIMEOUT,
  }
}
