import {
  type Codec,
  concatBytes,
  decode,
  encode,
  equalBytes,
  NOSPAM_SIZE,
  type NodeInfo,
  bytes as octets,
  packedNode,
  publicKey,
  Reader,
  repeated,
  SECRET_KEY_SIZE,
  struct,
  utf8,
} from '@ts-toxcore/core'
import { MAX_NAME_LENGTH, MAX_STATUSMESSAGE_LENGTH } from './constants.ts'
import { USER_STATUSES, type UserStatus } from './friend.ts'
import { decodeSections, encodeSections, type SavedSection } from './save-sections.ts'
import { SAVED_FRIEND_SIZE, type SavedFriend, savedFriend } from './saved-friend.ts'

/** All of a c-toxcore save (spec, "State Format"). It holds the secret key: keep it safe. */
export interface SaveData {
  /** Undefined if the save has none: then its owner is somebody new. */
  readonly identity?: Identity
  readonly dhtNodes: readonly NodeInfo[]
  readonly friends: readonly SavedFriend[]
  readonly name: Uint8Array
  readonly statusMessage: Uint8Array
  readonly status: UserStatus
  readonly tcpRelays: readonly NodeInfo[]
  readonly pathNodes: readonly NodeInfo[]
  /** What nobody here understands (groups: 7, conferences: 20, later inventions), as it was. */
  readonly others: readonly SavedSection[]
}

export interface Identity {
  /** 4 bytes, in the order of the Tox ID. */
  readonly nospam: Uint8Array
  readonly publicKey: Uint8Array
  readonly secretKey: Uint8Array
}

/** c-toxcore's `TOX_ERR_NEW_*`. */
export type SaveError = 'NEW_LOAD_ENCRYPTED' | 'NEW_LOAD_BAD_FORMAT'

const STATE_COOKIE_GLOBAL = 0x15ed1b1f
const STATE_COOKIE_TYPE = 0x01ce
const DHT_STATE_COOKIE_GLOBAL = 0x0159000d
const DHT_STATE_COOKIE_TYPE = 0x11ce
const DHT_STATE_TYPE_NODES = 4
/** What an encrypted save begins with. */
const TOX_ENC_SAVE_MAGIC = utf8('toxEsave')

const STATE_TYPE = {
  nospamKeys: 1,
  dht: 2,
  friends: 3,
  name: 4,
  statusMessage: 5,
  status: 6,
  tcpRelays: 10,
  pathNodes: 11,
  end: 255,
} as const

/** Two for each place in c-toxcore's close list (1024) and in the lists of its two made-up friends (8 each). */
const MAX_SAVED_DHT_NODES = (2 * 8 + 1024) * 2
const NUM_SAVED_TCP_RELAYS = 8
const NUM_SAVED_PATH_NODES = 8

/**
 * NospamKeys section.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 4 | nospam |
 * | 32 | long-term public key |
 * | 32 | long-term secret key |
 */
const identity: Codec<{ nospam: Uint8Array; publicKey: Uint8Array; secretKey: Uint8Array }> = struct({
  nospam: octets(NOSPAM_SIZE),
  publicKey,
  secretKey: octets(SECRET_KEY_SIZE),
})

/** Sections in the order in which c-toxcore writes them, which is that of their types. */
export function encodeSave(save: SaveData): Uint8Array {
  const sections: SavedSection[] = [
    ...(save.identity ? [{ type: STATE_TYPE.nospamKeys, data: encode(identity, save.identity) }] : []),
    { type: STATE_TYPE.dht, data: encodeDht(save.dhtNodes) },
    {
      type: STATE_TYPE.friends,
      data: concatBytes(...save.friends.map(friend => encode(savedFriend, friend))),
    },
    { type: STATE_TYPE.name, data: save.name },
    { type: STATE_TYPE.statusMessage, data: save.statusMessage },
    { type: STATE_TYPE.status, data: Uint8Array.of(USER_STATUSES.indexOf(save.status)) },
    { type: STATE_TYPE.tcpRelays, data: encodeNodes(save.tcpRelays, NUM_SAVED_TCP_RELAYS) },
    { type: STATE_TYPE.pathNodes, data: encodeNodes(save.pathNodes, NUM_SAVED_PATH_NODES) },
    ...save.others,
  ]
  sections.sort((a, b) => a.type - b.type)
  sections.push({ type: STATE_TYPE.end, data: new Uint8Array(0) })
  return concatBytes(
    new Uint8Array(4),
    littleEndian32(STATE_COOKIE_GLOBAL),
    encodeSections(sections, STATE_COOKIE_TYPE),
  )
}

/**
 * Reads a save as forgivingly as c-toxcore does: what is garbled inside a section is left out, unless it is the
 * identity or the friends. Whether the two keys of the identity belong together is the caller's to check.
 */
export function decodeSave(bytes: Uint8Array): SaveData | { readonly error: SaveError } {
  if (equalBytes(bytes.subarray(0, TOX_ENC_SAVE_MAGIC.length), TOX_ENC_SAVE_MAGIC)) {
    return { error: 'NEW_LOAD_ENCRYPTED' }
  }
  const head = concatBytes(new Uint8Array(4), littleEndian32(STATE_COOKIE_GLOBAL))
  const sections = equalBytes(bytes.subarray(0, head.length), head)
    ? decodeSections(bytes.subarray(head.length), STATE_COOKIE_TYPE, STATE_TYPE.end)
    : undefined
  const reader = new SaveReader()
  if (!sections?.every(section => reader.take(section))) return { error: 'NEW_LOAD_BAD_FORMAT' }
  return reader.save
}

/** Collects what the sections hold. Of sections that come twice the last counts, friends add up. */
class SaveReader {
  #identity: Identity | undefined
  #dhtNodes: NodeInfo[] = []
  readonly #friends: SavedFriend[] = []
  #name: Uint8Array = new Uint8Array(0)
  #statusMessage: Uint8Array = new Uint8Array(0)
  #status: UserStatus = 'none'
  #tcpRelays: NodeInfo[] = []
  #pathNodes: NodeInfo[] = []
  readonly #others: SavedSection[] = []

  get save(): SaveData {
    return {
      ...(this.#identity && { identity: this.#identity }),
      dhtNodes: this.#dhtNodes,
      friends: this.#friends,
      name: this.#name,
      statusMessage: this.#statusMessage,
      status: this.#status,
      tcpRelays: this.#tcpRelays,
      pathNodes: this.#pathNodes,
      others: this.#others,
    }
  }

  /** False if the whole save is to be refused. */
  take({ type, data }: SavedSection): boolean {
    switch (type) {
      case STATE_TYPE.nospamKeys:
        this.#identity = decode(identity, data.slice())
        return this.#identity !== undefined
      case STATE_TYPE.dht:
        this.#dhtNodes = decodeDht(data)
        return true
      case STATE_TYPE.friends:
        return this.#takeFriends(data)
      case STATE_TYPE.name:
        if (data.length <= MAX_NAME_LENGTH) this.#name = data.slice()
        return true
      case STATE_TYPE.statusMessage:
        if (data.length <= MAX_STATUSMESSAGE_LENGTH) this.#statusMessage = data.slice()
        return true
      case STATE_TYPE.status:
        if (data.length === 1) this.#status = USER_STATUSES[data[0]!] ?? 'none'
        return true
      case STATE_TYPE.tcpRelays:
        this.#tcpRelays = decodeNodes(data, NUM_SAVED_TCP_RELAYS)
        return true
      case STATE_TYPE.pathNodes:
        this.#pathNodes = decodeNodes(data, NUM_SAVED_PATH_NODES)
        return true
      default:
        this.#others.push({ type, data: data.slice() })
        return true
    }
  }

  #takeFriends(data: Uint8Array): boolean {
    const friends = decode(repeated(savedFriend, Math.ceil(data.length / SAVED_FRIEND_SIZE)), data)
    for (const friend of friends ?? []) if (friend) this.#friends.push(friend)
    return friends !== undefined
  }
}

/**
 * DHT section: a cookie and a list of sections of its own, one of which is used.
 *
 * | Length | Contents |
 * |--------|----------|
 * | 4 | 0x0159000d |
 * | … | section 4: packed nodes |
 */
function encodeDht(nodes: readonly NodeInfo[]): Uint8Array {
  const section = { type: DHT_STATE_TYPE_NODES, data: encodeNodes(nodes, MAX_SAVED_DHT_NODES) }
  return concatBytes(
    littleEndian32(DHT_STATE_COOKIE_GLOBAL),
    encodeSections([section], DHT_STATE_COOKIE_TYPE),
  )
}

function decodeDht(data: Uint8Array): NodeInfo[] {
  if (!equalBytes(data.subarray(0, 4), littleEndian32(DHT_STATE_COOKIE_GLOBAL))) return []
  const sections = decodeSections(data.subarray(4), DHT_STATE_COOKIE_TYPE) ?? []
  const nodes = sections.find(section => section.type === DHT_STATE_TYPE_NODES)
  return nodes ? decodeNodes(nodes.data, MAX_SAVED_DHT_NODES) : []
}

function encodeNodes(nodes: readonly NodeInfo[], max: number): Uint8Array {
  return concatBytes(...nodes.slice(0, max).map(node => encode(packedNode, node)))
}

/** As many nodes as are well-formed, up to the first that is not. */
function decodeNodes(data: Uint8Array, max: number): NodeInfo[] {
  const reader = new Reader(data)
  const nodes: NodeInfo[] = []
  while (nodes.length < max && reader.left > 0) {
    const node = packedNode.read(reader)
    if (node === undefined) break
    nodes.push(node)
  }
  return nodes
}

function littleEndian32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}
