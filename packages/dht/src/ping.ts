/** The ping service (spec, "Ping Service"): is there a node with this key at this address? */
import { decode, type Endpoint, encode, type Instant, type NodeInfo, type Random } from '@ts-toxcore/core'
import { nodeAt } from './client.ts'
import type { Outbox } from './outputs.ts'
import type { PacketBox } from './packet-box.ts'
import { KIND, PING_PACKET_SIZE, ping } from './packets.ts'
import { RequestIds } from './request-ids.ts'

/** Why a packet was not accepted. */
export type Refusal =
  | 'malformed'
  | 'not_authentic'
  | 'unrequested'
  /** From a public key that we do not know, and too many of them came. */
  | 'key_budget'

export class PingService {
  readonly #box: PacketBox
  readonly #out: Outbox
  readonly #ids: RequestIds<NodeInfo>

  constructor(box: PacketBox, out: Outbox, random: Random) {
    this.#box = box
    this.#out = out
    this.#ids = new RequestIds(random)
  }

  /** True if a ping request was sent. */
  request(now: Instant, node: NodeInfo): boolean {
    if (!this.#out.reaches(node.endpoint)) return false
    const id = this.#ids.add(now, node, node)
    const plain = encode(ping, { kind: KIND.pingRequest, id })
    const packet = this.#box.seal(KIND.pingRequest, node.publicKey, plain)
    return packet !== undefined && this.#out.send(node.endpoint, packet)
  }

  /** Answers; gives the key of the sender, whose address is not verified by this. */
  handleRequest(now: Instant, from: Endpoint, data: Uint8Array): NodeInfo | Refusal {
    if (data.length !== PING_PACKET_SIZE) return 'malformed'
    if (!this.#box.admits(now, data)) return 'key_budget'
    const request = this.#open(data, KIND.pingRequest)
    if (typeof request === 'string') return request
    const plain = encode(ping, { kind: KIND.pingResponse, id: request.id })
    const packet = this.#box.seal(KIND.pingResponse, request.publicKey, plain)
    if (packet) this.#out.send(from, packet)
    return nodeAt(request.publicKey, from)
  }

  /** The node that answered our request, verified to be at `from`. */
  handleResponse(now: Instant, from: Endpoint, data: Uint8Array): NodeInfo | Refusal {
    if (data.length !== PING_PACKET_SIZE) return 'malformed'
    if (!this.#ids.awaits(this.#box.sender(data), from)) return 'unrequested'
    const response = this.#open(data, KIND.pingResponse)
    if (typeof response === 'string') return response
    return this.#ids.take(now, response.id, response.publicKey, from) ?? 'unrequested'
  }

  #open(
    data: Uint8Array,
    kind: typeof KIND.pingRequest | typeof KIND.pingResponse,
  ): { publicKey: Uint8Array; id: bigint } | Refusal {
    const opened = this.#box.open(data)
    if (opened === undefined) return 'not_authentic'
    const packet = decode(ping, opened.plain)
    return packet?.kind === kind ? { publicKey: opened.publicKey, id: packet.id } : 'malformed'
  }
}
