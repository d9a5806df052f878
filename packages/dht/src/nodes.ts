/** The nodes service (spec, "Nodes Service"): which nodes close to this key do you know? */
import { decode, type Endpoint, encode, type Instant, type NodeInfo, type Random } from '@ts-toxcore/core'
import { nodeAt } from './client.ts'
import type { Outbox } from './outputs.ts'
import type { PacketBox } from './packet-box.ts'
import {
  DHT_PACKET_OVERHEAD,
  KIND,
  NODES_REQUEST_PACKET_SIZE,
  nodesRequest,
  nodesResponse,
} from './packets.ts'
import type { Refusal } from './ping.ts'
import { RequestIds } from './request-ids.ts'

interface Sent {
  readonly node: NodeInfo
  readonly target: Uint8Array
}

export interface NodesResponse {
  /** Who answered, verified to be there. */
  readonly from: NodeInfo
  /** The key that was asked for. */
  readonly target: Uint8Array
  /** Unverified. */
  readonly nodes: readonly NodeInfo[]
}

export class NodesService {
  readonly #box: PacketBox
  readonly #out: Outbox
  readonly #ids: RequestIds<Sent>

  constructor(box: PacketBox, out: Outbox, random: Random) {
    this.#box = box
    this.#out = out
    this.#ids = new RequestIds(random)
  }

  /** Asks `node` for nodes close to `target`, which must not change any more. True if a request was sent. */
  request(now: Instant, node: NodeInfo, target: Uint8Array): boolean {
    if (this.#box.isUs(node.publicKey) || !this.#out.reaches(node.endpoint)) return false
    const id = this.#ids.add(now, node, { node, target })
    const packet = this.#box.seal(KIND.nodesRequest, node.publicKey, encode(nodesRequest, { target, id }))
    return packet !== undefined && this.#out.send(node.endpoint, packet)
  }

  /** Answers with what `closest` gives; gives the sender, whose address is not verified by this. */
  handleRequest(
    now: Instant,
    from: Endpoint,
    data: Uint8Array,
    closest: (target: Uint8Array) => NodeInfo[],
  ): NodeInfo | Refusal {
    if (data.length !== NODES_REQUEST_PACKET_SIZE) return 'malformed'
    if (!this.#box.admits(now, data)) return 'key_budget'
    const opened = this.#box.open(data)
    const request = opened && decode(nodesRequest, opened.plain)
    if (request === undefined) return 'not_authentic'
    const plain = encode(nodesResponse, { nodes: closest(request.target), id: request.id })
    const packet = this.#box.seal(KIND.nodesResponse, opened!.publicKey, plain)
    if (packet) this.#out.send(from, packet)
    return nodeAt(opened!.publicKey, from)
  }

  /**
   * c-toxcore ignores a response that names nobody. It proves as much as any other that a node is there, and the
   * first peer of a fresh bootstrap node has nothing else to go by, so it is accepted.
   */
  handleResponse(now: Instant, from: Endpoint, data: Uint8Array): NodesResponse | Refusal {
    if (
      data.length < DHT_PACKET_OVERHEAD + nodesResponse.min ||
      data.length > DHT_PACKET_OVERHEAD + nodesResponse.max
    )
      return 'malformed'
    if (!this.#ids.awaits(this.#box.sender(data), from)) return 'unrequested'
    const opened = this.#box.open(data)
    if (opened === undefined) return 'not_authentic'
    const response = decode(nodesResponse, opened.plain)
    if (response === undefined) return 'malformed'
    const sent = this.#ids.take(now, response.id, opened.publicKey, from)
    return sent ? { from: sent.node, target: sent.target, nodes: response.nodes } : 'unrequested'
  }
}
