import { MAX_CRYPTO_DATA_SIZE, SECOND } from '@ts-toxcore/core'

// ——— Specification constants (c-toxcore's names; sizes in bytes) ———

export const MAX_NAME_LENGTH = 128
export const MAX_STATUSMESSAGE_LENGTH = 1007
/** `TOX_MAX_MESSAGE_LENGTH`. */
export const MAX_MESSAGE_LENGTH = MAX_CRYPTO_DATA_SIZE - 1
/** `TOX_MAX_CUSTOM_PACKET_SIZE`, with the packet id. */
export const MAX_CUSTOM_PACKET_SIZE = MAX_CRYPTO_DATA_SIZE
/** The most that fits into an onion data packet: kind, nospam and message. */
export const ONION_CLIENT_MAX_DATA_SIZE = 1021
/** `TOX_MAX_FRIEND_REQUEST_LENGTH`: c-toxcore sends at most this long a message, and accepts somewhat longer ones. */
export const MAX_FRIEND_REQUEST_DATA_SIZE = ONION_CLIENT_MAX_DATA_SIZE - 100

/** An ALIVE packet is sent this often… */
export const FRIEND_PING_INTERVAL = 8 * SECOND
/** …and a friend that was not heard of for this long is gone: sessions have no timeout of their own. */
export const FRIEND_CONNECTION_TIMEOUT = 4 * FRIEND_PING_INTERVAL
/** How long a friend's DHT key or address is good for (c-toxcore's `BAD_NODE_TIMEOUT`). */
export const FRIEND_DHT_TIMEOUT = 122 * SECOND
/** How long an unanswered friend request waits before it is sent again; doubles every time. */
export const FRIENDREQUEST_TIMEOUT = 5 * SECOND

// ——— Implementation choices ———

/** As many as the 16-bit friend numbers of c-toxcore's onion client allow. */
export const MAX_FRIENDS = 0xffff
/** Senders of recent friend requests that are remembered, so that a repeated request is reported once. */
export const MAX_RECEIVED_STORED = 32
/** The least time between two attempts at a session with one friend, so that a flapping peer costs us little. */
export const RECONNECT_INTERVAL = 1 * SECOND
