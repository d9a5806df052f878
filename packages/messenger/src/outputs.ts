import type { ConnectionStatus, UserStatus } from './friend.ts'

export type MessageType = 'normal' | 'action'

/** c-toxcore's `TOX_EVENT_FRIEND_*` in lower case. Text stays bytes here: nobody promises that it is UTF-8. */
export type MessengerOutput =
  | { readonly type: 'friend_request'; readonly publicKey: Uint8Array; readonly message: Uint8Array }
  | FriendEvent<'friend_message', { readonly messageType: MessageType; readonly message: Uint8Array }>
  | FriendEvent<'friend_name', { readonly name: Uint8Array }>
  | FriendEvent<'friend_status_message', { readonly message: Uint8Array }>
  | FriendEvent<'friend_status', { readonly status: UserStatus }>
  | FriendEvent<'friend_typing', { readonly typing: boolean }>
  | FriendEvent<'friend_connection_status', { readonly connectionStatus: ConnectionStatus }>
  | FriendEvent<'friend_read_receipt', { readonly messageId: number }>
  | FriendEvent<'friend_lossless_packet' | 'friend_lossy_packet', { readonly data: Uint8Array }>

type FriendEvent<Type extends string, Fields> = {
  readonly type: Type
  readonly friendNumber: number
} & Fields

/** Why something from the network was dropped. */
export type DropReason =
  | 'malformed'
  /** A packet of a feature that is not there, or of none at all. */
  | 'unknown_kind'
  /** Sent by a friend before it said ONLINE. */
  | 'not_online'
  | 'request_repeated'
  | 'request_nospam'
  /** A friend request by somebody who is a friend already. */
  | 'request_from_friend'
