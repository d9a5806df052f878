/** The numbers of the DHT. Names are c-toxcore's; times are in milliseconds. */
import { MILLISECOND, SECOND } from '@ts-toxcore/core'

// What strangers notice: fixed by the specification and by what c-toxcore expects.

/** Nodes in a nodes response. */
export const MAX_SENT_NODES = 4
/** A request that was not answered by then is forgotten. */
export const PING_TIMEOUT = 5 * SECOND
/** Every node of every list is asked this often. */
export const PING_INTERVAL = 60 * SECOND
/** How often one random good node of each list is asked for nodes close to that list's key. */
export const NODES_REQUEST_INTERVAL = 20 * SECOND
/** A node unheard for that long is bad: one check (and its round trip) was missed. */
export const BAD_NODE_TIMEOUT = PING_INTERVAL + PING_INTERVAL + 2 * SECOND
/** A node unheard for that long is dead: it is not even asked any more. */
export const KILL_NODE_TIMEOUT = BAD_NODE_TIMEOUT + PING_INTERVAL
/** Strangers' nodes that are pinged within `TIME_TO_PING`, at most. */
export const MAX_TO_PING = 32
export const TIME_TO_PING = 2 * SECOND
/** Largest DHT request packet that is opened. */
export const MAX_CRYPTO_REQUEST_SIZE = 1024
/** Length of a bootstrap info request, to the byte. */
export const INFO_REQUEST_PACKET_LENGTH = 78
export const MAX_MOTD_LENGTH = 256

// Sizes of our tables: c-toxcore's.

/** Buckets of the close list; keys that share more leading bits with ours go to the last one. */
export const LCLIENT_LENGTH = 128
/** Nodes of a bucket. */
export const LCLIENT_NODES = 8
/** Nodes kept close to each searched key. */
export const MAX_FRIEND_CLIENTS = 8
/** Random keys that are searched so that we know nodes all over the network, for onion paths. */
export const DHT_FAKE_FRIEND_NUMBER = 2
/** Outstanding requests of each kind. */
export const DHT_PING_ARRAY_SIZE = 512
/** Nodes out of responses that are asked for nodes near us within `CANDIDATES_WINDOW`; for a friend: `MAX_SENT_NODES`. */
export const MAX_CLOSE_TO_BOOTSTRAP_NODES = 8
export const CANDIDATES_WINDOW = SECOND

// Hole punching.

/** Ports tried by one punch. */
export const MAX_PUNCHING_PORTS = 48
export const PUNCH_INTERVAL = 3 * SECOND
/**
 * c-toxcore waits until more than `PUNCH_INTERVAL` of its whole seconds have gone by, that is every fourth second:
 * NAT pings and punches of one friend are that far apart.
 */
export const PUNCH_PERIOD = PUNCH_INTERVAL + SECOND
/** After such a pause the guessing of ports starts from the beginning. */
export const PUNCH_RESET_TIME = 40 * SECOND
/** Punches after which ports from 1024 upwards are tried as well. */
export const MAX_NORMAL_PUNCHING_TRIES = 5
/** As many of a friend's nodes must name its address before we punch. */
export const PUNCH_THRESHOLD = MAX_FRIEND_CLIENTS / 2
/** As many of a friend's nodes must name its address before packets are routed through them. */
export const ROUTE_THRESHOLD = MAX_FRIEND_CLIENTS / 4

// Implementation choices: haste without harm (ARCHITECTURE.md).

/**
 * Pauses between the first tries of anything: five more within four seconds, then c-toxcore's intervals. Also the
 * pace of the five requests by which c-toxcore fills a new list (its MAX_BOOTSTRAP_TIMES, one a second there).
 */
export const HASTE = [100, 250, 500, 1000, 2000].map(pause => pause * MILLISECOND)
/** `CANDIDATES_WINDOW` of a friend in the few seconds of haste: a search is a chain of such steps. */
export const HASTE_WINDOW = 250 * MILLISECOND
/** Nodes heard last that are asked in haste when all have fallen silent, as after a laptop's sleep. */
export const RESTART_NODES = 8
/** Bootstrap nodes whose answer we wait for; the oldest gives way. */
export const MAX_BOOTSTRAP_NODES = 64
