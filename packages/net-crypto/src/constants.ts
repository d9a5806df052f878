import { MILLISECOND, SECOND } from '@ts-toxcore/core'

// ---- What the protocol fixes (spec, "Net crypto"; names are c-toxcore's) ----

/** How many lossless packets may wait for acknowledgement, or for a gap before them to close. A power of two. */
export const CRYPTO_PACKET_BUFFER_SIZE = 32_768
/** A cookie older than this opens no handshake. */
export const COOKIE_TIMEOUT = 15 * SECOND

/** Packet ids: the first byte of a payload. 0 is padding. */
export const PACKET_ID_REQUEST = 1
export const PACKET_ID_KILL = 2
export const PACKET_ID_RANGE_LOSSLESS_START = 16
export const PACKET_ID_RANGE_LOSSLESS_END = 191
export const PACKET_ID_RANGE_LOSSY_START = 192
export const PACKET_ID_RANGE_LOSSY_END = 254

// ---- What c-toxcore does, and its peers expect ----

/** Between two handshake packets, and between two request packets of a session in use. */
export const CRYPTO_SEND_PACKET_INTERVAL = 1 * SECOND
/** A direct route on which nothing arrived for so long is taken for dead. */
export const UDP_DIRECT_TIMEOUT = 8 * SECOND
/** How often a dead direct route is tried again. */
export const DIRECT_ATTEMPT_INTERVAL = UDP_DIRECT_TIMEOUT / 2
/** The round trip time of a session that has not measured one. */
export const DEFAULT_PING_CONNECTION = 1 * SECOND
/** Cookie responses to strangers: so many at once, and one more per interval. */
export const COOKIE_REQUEST_MAX_TOKENS = 10
export const COOKIE_REQUEST_TOKEN_INTERVAL = 100 * MILLISECOND
/** How many packets a new session sends before the first acknowledgement. */
export const CRYPTO_MIN_QUEUE_LENGTH = 64

// ---- Our own choices ----

/**
 * The pauses after the first cookie requests (and again after the first handshake packets): haste while it matters.
 * From then on they go out at c-toxcore's interval, and like there it is over after 8 seconds.
 */
export const RETRY_DELAYS: readonly number[] = [100, 150, 250, 500, 1000]
export const RETRY_LIMIT = 11

/** A session without data keeps its route open with half of c-toxcore's packets. */
export const QUIET_REQUEST_INTERVAL = 2 * SECOND
/** Without data for so long, a session is quiet. */
export const QUIET_AFTER = 8 * SECOND

/** So many packets in a row are acknowledged each at once, before they count as a stream. */
export const ACK_BURST = 8
/** Lossless packets received since the last acknowledgement that call for one at once. */
export const ACK_EVERY = 32
/** The pause between two acknowledgements is an eighth of the round trip within these bounds. */
export const ACK_DELAY_MIN = 1 * MILLISECOND
export const ACK_DELAY_MAX = 10 * MILLISECOND
/** Gaps that stay open are requested again after 1.5 round trips, at least this, doubling up to c-toxcore's second. */
export const REQUEST_REPEAT_MIN = 25 * MILLISECOND
/** A probe after silence waits for at least the round trip, its variation and what the peer may delay an ack by. */
export const PEER_ACK_DELAY = 25 * MILLISECOND

/** How many kill packets tell the peer that a session is over: one may well be lost, and the peer would wait 32 s. */
export const KILL_PACKETS = 3
/** Lossy packets that may wait to be polled. */
export const LOSSY_QUEUE_LIMIT = 256
/** Strangers' handshakes that wait to be accepted or rejected; they fade as their cookies do. */
export const PENDING_LIMIT = 32
/** Session keys of which handshakes are refused because their session is over. */
export const SPENT_LIMIT = 256
