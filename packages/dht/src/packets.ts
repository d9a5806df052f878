/**
 * The packets of the DHT (spec, "DHT"). Kinds 0x00–0x04 are DHT packets: sender, nonce and a box for the receiver
 * whose contents the codecs below describe. What is in the box is authenticated before it is decoded.
 */
import {
  bytes,
  type Codec,
  counted,
  MAC_SIZE,
  NONCE_SIZE,
  type NodeInfo,
  oneOf,
  PUBLIC_KEY_SIZE,
  packedNode,
  publicKey,
  rest,
  struct,
  u8,
  u32,
  u64,
} from '@ts-toxcore/core'
import { MAX_CRYPTO_REQUEST_SIZE, MAX_MOTD_LENGTH, MAX_SENT_NODES } from './constants.ts'

/** Packet kinds: the first byte of a datagram. */
export const KIND = {
  pingRequest: 0x00,
  pingResponse: 0x01,
  nodesRequest: 0x02,
  nodesResponse: 0x04,
  dhtRequest: 0x20,
  bootstrapInfo: 0xf0,
} as const

/** Kinds of DHT requests: the first byte in the box. */
export const REQUEST_KIND = {
  /** A friend's DHT public key (the onion client's). */
  dhtPublicKey: 156,
  natPing: 254,
} as const

/**
 * Header of a DHT packet (spec, "DHT Packet").
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | kind |
 * | 32 | sender's DHT public key |
 * | 24 | nonce |
 * | 16 + n | box: MAC and n bytes |
 */
export const DHT_PACKET_HEADER_SIZE = 1 + PUBLIC_KEY_SIZE + NONCE_SIZE
/** What a DHT packet is longer than its contents. */
export const DHT_PACKET_OVERHEAD = DHT_PACKET_HEADER_SIZE + MAC_SIZE

/**
 * Contents of a ping (spec, "Ping Service"). Repeating the kind inside keeps a request from being sent back as
 * its own response: both directions share one key.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | kind: 0x00 request, 0x01 response |
 * | 8 | request id |
 */
export const ping = struct({ kind: oneOf(KIND.pingRequest, KIND.pingResponse), id: u64 })
export const PING_PACKET_SIZE = DHT_PACKET_OVERHEAD + ping.max

/**
 * Contents of a nodes request (spec, "Nodes Request").
 *
 * | Length | Contents |
 * |--------|----------|
 * | 32 | the key close to which nodes are wanted |
 * | 8 | request id |
 */
export const nodesRequest = struct({ target: publicKey, id: u64 })
export const NODES_REQUEST_PACKET_SIZE = DHT_PACKET_OVERHEAD + nodesRequest.max

/** A packed node that is no TCP relay: those are malformed here. */
const udpNode: Codec<NodeInfo> = {
  min: packedNode.min,
  max: packedNode.max,
  write: packedNode.write,
  read(from) {
    const node = packedNode.read(from)
    return node?.protocol === 'udp' ? node : undefined
  },
}

/**
 * Contents of a nodes response (spec, "Nodes Response").
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | number of nodes, at most 4 |
 * | 39 or 51 each | packed nodes |
 * | 8 | request id |
 */
export const nodesResponse = struct({ nodes: counted(udpNode, MAX_SENT_NODES), id: u64 })

/**
 * Header of a DHT request packet (spec, "DHT Request Packets").
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0x20 |
 * | 32 | addressee's DHT public key |
 * | 32 | sender's DHT public key |
 * | 24 | nonce |
 * | 16 + n | box: MAC and n bytes |
 */
export const DHT_REQUEST_HEADER_SIZE = 1 + PUBLIC_KEY_SIZE + PUBLIC_KEY_SIZE + NONCE_SIZE

/** Most bytes of payload of a DHT request. */
export const MAX_DHT_REQUEST_PAYLOAD = MAX_CRYPTO_REQUEST_SIZE - DHT_REQUEST_HEADER_SIZE - MAC_SIZE - 1

/**
 * Contents of a DHT request. An empty payload is malformed.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | kind of request |
 * | 1 … 918 | payload |
 */
export const dhtRequest = struct({ kind: u8, payload: rest(1, MAX_DHT_REQUEST_PAYLOAD) })

export const NAT_PING_REQUEST = 0
export const NAT_PING_RESPONSE = 1

/**
 * Payload of a DHT request of kind 254 (spec, "NAT ping packets"). The kind byte itself is in `dhtRequest`.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0 request, 1 response |
 * | 8 | random number, echoed by the response |
 */
export const natPing = struct({ type: oneOf(NAT_PING_REQUEST, NAT_PING_RESPONSE), id: bytes(8) })

/**
 * Bootstrap info response (spec, "DHT Bootstrap Info"); the request is 78 bytes of which only the first counts.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 1 | 0xf0 |
 * | 4 | version of the node's software |
 * | 0 … 256 | message of the day |
 */
export const bootstrapInfo = struct({
  kind: oneOf(KIND.bootstrapInfo),
  version: u32,
  motd: rest(0, MAX_MOTD_LENGTH),
})
