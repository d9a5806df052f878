/**
 * The numbers of the onion: first what the protocol fixes, then c-toxcore's choices that peers rely on (under
 * its names), then ours.
 */
import {
  KEY_SIZE,
  MAC_SIZE,
  MINUTE,
  NONCE_SIZE,
  ONION_MAX_PACKET_SIZE,
  PADDED_ADDRESS_SIZE,
  SECOND,
} from '@ts-toxcore/core'

// ── Sizes on the wire, in bytes (spec, "Onion") ──

export const ONION_PATH_LENGTH = 3

/** What one layer adds to a packet on its way out: a public key, an address and a MAC. */
export const ONION_SEND_BASE = KEY_SIZE + PADDED_ADDRESS_SIZE + MAC_SIZE
/** One sealed return address: nonce, IP_Port, MAC. A packet at hop n carries n of them, one inside the other. */
export const ONION_RETURN_1 = NONCE_SIZE + PADDED_ADDRESS_SIZE + MAC_SIZE
export const ONION_RETURN_2 = 2 * ONION_RETURN_1
export const ONION_RETURN_3 = 3 * ONION_RETURN_1

/** Kind, nonce and three layers: what wrapping adds to the data. */
export const ONION_WRAPPING = 1 + NONCE_SIZE + 3 * ONION_SEND_BASE
export const ONION_MAX_DATA_SIZE = ONION_MAX_PACKET_SIZE - ONION_WRAPPING
export const ONION_RESPONSE_MAX_DATA_SIZE = ONION_MAX_PACKET_SIZE - 1 - ONION_RETURN_3

export const ONION_PING_ID_SIZE = 32
export const ONION_ANNOUNCE_SENDBACK_DATA_LENGTH = 8
/** The room for a group announce at the end of an announce request. */
export const ONION_MAX_EXTRA_DATA_SIZE = 136
/** Most nodes in an announce response or a DHTPK packet. */
export const MAX_SENT_NODES = 4

// ── A node's side: c-toxcore's choices ──

/** Announcements a node keeps. */
export const ONION_ANNOUNCE_MAX_ENTRIES = 160
/** How long an announcement is kept, and the window of ping ids: one is valid for one to two windows. */
export const ONION_ANNOUNCE_TIMEOUT = 300 * SECOND
/** Return addresses are sealed with a key that lives this long, so that every path expires. */
export const KEY_REFRESH_INTERVAL = 2 * 60 * MINUTE

export const GCA_MAX_SAVED_ANNOUNCES_PER_GC = 16
export const GCA_MAX_ANNOUNCED_TCP_RELAYS = 1
export const GCA_MAX_SENT_ANNOUNCES = 4
/** A group whose members stay silent for this long is forgotten. */
export const GCA_ANNOUNCE_SAVE_TIMEOUT = 30 * SECOND

// ── A client's side: c-toxcore's choices ──

/** Nodes that a friend is searched at. */
export const MAX_ONION_CLIENTS = 8
/** Nodes that we announce ourselves to. */
export const MAX_ONION_CLIENTS_ANNOUNCE = 12
export const ONION_NODE_PING_INTERVAL = 15 * SECOND
export const ONION_NODE_TIMEOUT = ONION_NODE_PING_INTERVAL
/** Unanswered requests after which a node is given up. */
export const ONION_NODE_MAX_PINGS = 3

/** How often friends are told our DHT key, through the onion and through the DHT. */
export const ONION_DHTPK_SEND_INTERVAL = 30 * SECOND
export const DHT_DHTPK_SEND_INTERVAL = 20 * SECOND

export const NUMBER_ONION_PATHS = 6
/** A path is given up this long after too many unanswered uses: a new one, a proven one. */
export const ONION_PATH_FIRST_TIMEOUT = 4 * SECOND
export const ONION_PATH_TIMEOUT = 10 * SECOND
export const ONION_PATH_MAX_LIFETIME = 1200 * SECOND
export const ONION_PATH_MAX_NO_RESPONSE_USES = 4
export const MAX_PATH_NODES = 32

/** A node that we heard of is not asked again sooner. */
export const MIN_NODE_PING_TIME = 10 * SECOND
/** Without any announce response for this long we are offline. */
export const ONION_OFFLINE_TIMEOUT = ONION_NODE_PING_INTERVAL * (ONION_NODE_MAX_PINGS + 2)
/** c-toxcore counts seconds up to 6 and calls itself offline below 3: a weak moment shorter than this is none. */
export const ONION_CONNECTION_GRACE = 4 * SECOND
/** After being offline for longer, friends are searched as if they were new. */
export const ONION_CONNECTED_TIMEOUT = 10 * SECOND

export const ANNOUNCE_INTERVAL_NOT_ANNOUNCED = 3 * SECOND
export const ANNOUNCE_INTERVAL_ANNOUNCED = ONION_NODE_PING_INTERVAL
/** A node and a path that have lasted this long are trusted and asked more rarely. */
export const TIME_TO_STABLE = 6 * ONION_NODE_PING_INTERVAL
export const ANNOUNCE_INTERVAL_STABLE = 8 * ONION_NODE_PING_INTERVAL
/** A list that is more than half full but not full is topped up this often. */
export const ANNOUNCE_POPULATE_TIMEOUT = 10 * MINUTE

/** How often each node is asked for a friend at first … */
export const ANNOUNCE_FRIEND_NEW_INTERVAL = 3 * SECOND
/** … while the run count is at most this; a run is `MAX_ONION_CLIENTS / 2` requests … */
export const ANNOUNCE_FRIEND_RUN_COUNT_BEGINNING = 5
/** … then every 2^(run count − 2) seconds, up to 2^12, at most this. */
export const ANNOUNCE_FRIEND_MAX_INTERVAL = 60 * MINUTE
export const MAX_RUN_COUNT_EXPONENT = 12

// ── Our choices ──

/** Groups whose announces a node keeps (c-toxcore: without limit); the one silent for longest makes room. */
export const MAX_ANNOUNCED_GROUPS = 512
/** Announce requests in flight (c-toxcore: 256, but it asks more slowly) and how long an answer may take. */
export const MAX_PENDING_REQUESTS = 2048
export const ANNOUNCE_TIMEOUT = 10 * SECOND
/**
 * Nodes per lookup of which we remember that and how often we asked them, and so the most that are asked for the first
 * time within MIN_NODE_PING_TIME. In a simulated network of 200 nodes a lookup asks up to 37.
 */
export const MAX_FIRST_REQUESTS = 64
/** Nodes per lookup that are asked in haste at a time: names that lead nowhere must not become a flood. */
export const MAX_HASTY_REQUESTS = 12
/** Between two attempts to fill a list that is at most half full; doubles up to ANNOUNCE_POPULATE_TIMEOUT. */
export const POPULATE_INTERVAL = 3 * SECOND
/** When we come online, searches start this far apart: many friends make no burst. */
export const SEARCH_STAGGER = 10
/** Haste for one friend starts over at most this often. */
export const SEARCH_RESTART_INTERVAL = 60 * SECOND
/** Data public keys of one friend that are news within ONION_ANNOUNCE_TIMEOUT; nodes may lie. */
export const MAX_SEEN_DATA_KEYS = 4
/** Failed paths after which a node is no longer used for paths. */
export const MAX_PATH_NODE_FAILURES = 2
/** Keys derived from a secret that are worth keeping. */
export const CACHED_KEYS = 32
