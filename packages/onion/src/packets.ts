/**
 * The packets of the onion (spec, "Onion"). The layers themselves (0x80–0x82, 0x8c–0x8e) are cut by hand in
 * `path.ts` and `onion-relay.ts`: they are the hot path. In c-toxcore 0.2.18 relays let only the old announce
 * kinds through, and clients of every version send the old kind: so do we. Nodes answer both.
 */
import {
  bytes,
  type Decoded,
  encode,
  KEY_SIZE,
  MAC_SIZE,
  NONCE_SIZE,
  type NodeInfo,
  ONION_MAX_PACKET_SIZE,
  oneOf,
  packedNode,
  publicKey,
  Reader,
  repeated,
  rest,
  struct,
  u64,
} from '@ts-toxcore/core'
import {
  MAX_SENT_NODES,
  ONION_MAX_DATA_SIZE,
  ONION_MAX_EXTRA_DATA_SIZE,
  ONION_PING_ID_SIZE,
  ONION_RESPONSE_MAX_DATA_SIZE,
} from './constants.ts'

export const ONION_SEND_INITIAL = 0x80
export const ONION_SEND_1 = 0x81
export const ONION_SEND_2 = 0x82
export const ANNOUNCE_REQUEST_OLD = 0x83
export const ANNOUNCE_RESPONSE_OLD = 0x84
export const ONION_DATA_REQUEST = 0x85
export const ONION_DATA_RESPONSE = 0x86
export const ANNOUNCE_REQUEST = 0x87
export const ANNOUNCE_RESPONSE = 0x88
export const ONION_RECV_3 = 0x8c
export const ONION_RECV_2 = 0x8d
export const ONION_RECV_1 = 0x8e

/** The kind of DHT request, and of onion data, that tells a friend our DHT public key. */
export const DHTPK = 156

const nonce = bytes(NONCE_SIZE)

/**
 * Announce request, sealed with (sender's key, node's DHT key). At a node, the return addresses
 * (ONION_RETURN_3 bytes) follow.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0x83 (old), 0x87 |
 * | 24 | nonce |
 * | 32 | sender's public key: long-term to announce oneself, temporary to search |
 * | 120 + 16 … | `announceRequestContents` sealed |
 */
export const announceRequest = struct({
  kind: oneOf(ANNOUNCE_REQUEST_OLD, ANNOUNCE_REQUEST),
  nonce,
  publicKey,
  box: rest(MAC_SIZE, ONION_MAX_DATA_SIZE),
})

/**
 * | Length | Contents |
 * |--------|----------|
 * | 32 | ping id; zeros if none is known |
 * | 32 | the long-term public key that is searched (one's own to announce oneself) |
 * | 32 | data public key: what data packets to the announced are sealed with; zeros when searching |
 * | 8 | sendback: opaque, repeated in the response |
 * | 0 … 136 | only kind 0x87: group announce |
 */
export const announceRequestContents = struct({
  pingId: bytes(ONION_PING_ID_SIZE),
  target: publicKey,
  dataPublicKey: publicKey,
  sendback: u64,
  extra: rest(0, ONION_MAX_EXTRA_DATA_SIZE),
})

/** Bytes of an announce request without group announce. */
export const ANNOUNCE_REQUEST_SIZE = announceRequest.min + announceRequestContents.min

/**
 * Announce response, sealed as the request.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0x84 (old), 0x88 |
 * | 8 | sendback |
 * | 24 | nonce |
 * | 33 + 16 … | `announceResponseContents` sealed |
 */
export const announceResponse = struct({
  kind: oneOf(ANNOUNCE_RESPONSE_OLD, ANNOUNCE_RESPONSE),
  sendback: u64,
  nonce,
  box: rest(MAC_SIZE + 33, ONION_RESPONSE_MAX_DATA_SIZE),
})

/**
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0: the searched key is not known here; 1: it is; 2: you are announced |
 * | 32 | 1: its data public key; else: the ping id to announce oneself with |
 * | 0 or 1 | only kind 0x88: number of nodes |
 * | 0 … 204 | up to 4 packed nodes closest to the searched key |
 * | 0 … | only kind 0x88: up to 4 group announces |
 */
export const announceResponseContents = struct({
  stored: oneOf(0, 1, 2),
  pingIdOrKey: bytes(ONION_PING_ID_SIZE),
  tail: rest(0, ONION_RESPONSE_MAX_DATA_SIZE),
})

/**
 * Data request: what reaches the announced `target` if the node knows it. At a node, the return addresses follow.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0x85 |
 * | 32 | long-term public key of the receiver |
 * | 24 … | the body of the data response, from the nonce on |
 */
export const dataRequest = struct({
  kind: oneOf(ONION_DATA_REQUEST),
  target: publicKey,
  body: rest(NONCE_SIZE + KEY_SIZE + MAC_SIZE + 1, ONION_MAX_PACKET_SIZE),
})

/**
 * Data response: a data request as its receiver gets it.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0x86 |
 * | 24 | nonce, of both boxes |
 * | 32 | temporary public key of the sender |
 * | 48 + 16 … | `dataContents`, sealed with (temporary key, receiver's data public key) |
 */
export const dataResponse = struct({
  kind: oneOf(ONION_DATA_RESPONSE),
  nonce,
  publicKey,
  box: rest(MAC_SIZE + KEY_SIZE + MAC_SIZE + 1, ONION_MAX_PACKET_SIZE),
})

/**
 * | Length | Contents |
 * |--------|----------|
 * | 32 | long-term public key of the sender |
 * | 1 + 16 … | the data, sealed with the two long-term keys; its first byte is the kind |
 */
export const dataContents = struct({
  publicKey,
  box: rest(MAC_SIZE + 1, ONION_MAX_DATA_SIZE),
})

/**
 * The most bytes of data that arrive. c-toxcore sends up to 1021, but drops responses above 1069 bytes, of which
 * all but this are overhead.
 */
export const MAX_ONION_DATA_SIZE = 948

/**
 * DHT public key packet: tells a friend where to find us (spec, "DHT public key packet").
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 156 |
 * | 8 | no_replay: unix seconds; not above the last one accepted → refused |
 * | 32 | our DHT public key |
 * | 0 … 204 | up to 4 packed nodes that we are connected to: DHT nodes close to us, TCP relays |
 */
export const dhtKeyPacket = struct({
  kind: oneOf(DHTPK),
  noReplay: u64,
  dhtPublicKey: publicKey,
  nodes: rest(0, ONION_MAX_DATA_SIZE),
})

/**
 * The same as the data of a DHT request of kind 156.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 32 | long-term public key of the sender |
 * | 24 | nonce |
 * | 41 + 16 … | `dhtKeyPacket`, sealed with the two long-term keys |
 */
export const dhtKeyRequest = struct({
  publicKey,
  nonce,
  box: rest(MAC_SIZE + dhtKeyPacket.min, ONION_MAX_DATA_SIZE),
})

export type AnnounceRequest = Decoded<typeof announceRequest>
export type AnnounceRequestContents = Decoded<typeof announceRequestContents>
export type AnnounceResponse = Decoded<typeof announceResponse>
export type DhtKeyPacket = Decoded<typeof dhtKeyPacket>

const nodeList = repeated(packedNode, MAX_SENT_NODES)

export function packNodes(nodes: readonly NodeInfo[]): Uint8Array {
  return encode(nodeList, nodes.slice(0, MAX_SENT_NODES))
}

/** Up to `max` nodes from the start of `packed`; as c-toxcore, what cannot be read ends the list. */
export function unpackNodes(packed: Uint8Array, max = MAX_SENT_NODES): NodeInfo[] {
  const reader = new Reader(packed)
  const nodes: NodeInfo[] = []
  while (nodes.length < max && reader.left > 0) {
    const node = packedNode.read(reader)
    if (node === undefined) break
    nodes.push(node)
  }
  return nodes
}
