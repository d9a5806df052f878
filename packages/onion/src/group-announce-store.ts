import { type Instant, KEY_SIZE, KeyMap, packedNode, Reader } from '@ts-toxcore/core'
import {
  GCA_ANNOUNCE_SAVE_TIMEOUT,
  GCA_MAX_ANNOUNCED_TCP_RELAYS,
  GCA_MAX_SAVED_ANNOUNCES_PER_GC,
  GCA_MAX_SENT_ANNOUNCES,
  MAX_ANNOUNCED_GROUPS,
} from './constants.ts'

/**
 * Announces of the members of public groups, which come with announce requests of kind 0x87: whoever announces
 * itself in a group is told of up to four other members. Members are kept as the bytes they sent: the store needs
 * no more of them than their key.
 *
 * Public announce:
 *
 * | Length | Contents |
 * |--------|----------|
 * | 32 | chat public key |
 * | 32 | the member's public key in the group |
 * | 1 | 1 if an IP_Port follows, else 0 |
 * | 1 | number of TCP relays: 0 or 1 |
 * | 0, 7 or 19 | family (2 or 10), IP address, port |
 * | 0, 39 or 51 | packed node |
 *
 * An announce is that without the chat public key.
 */
export class GroupAnnounceStore {
  readonly #groups = new KeyMap<{ heardAt: Instant; members: KeyMap<Uint8Array> }>()

  /** Groups that are kept. */
  get size(): number {
    return this.#groups.size
  }

  /** Keeps a public announce and returns announces of other members; undefined if it is malformed. */
  announce(now: Instant, publicAnnounce: Uint8Array): Uint8Array[] | undefined {
    const chat = publicAnnounce.subarray(0, KEY_SIZE)
    const size = announceSize(publicAnnounce.subarray(KEY_SIZE))
    if (size === undefined) return undefined
    const announce = publicAnnounce.slice(KEY_SIZE, KEY_SIZE + size)
    const member = announce.subarray(0, KEY_SIZE)

    const group = this.#groups.get(chat)
    const members =
      group && now < group.heardAt + GCA_ANNOUNCE_SAVE_TIMEOUT ? group.members : new KeyMap<Uint8Array>()
    // Deleting first keeps both maps in the order in which they were last heard of.
    this.#groups.delete(chat)
    if (this.#groups.size >= MAX_ANNOUNCED_GROUPS) deleteFirst(this.#groups)
    this.#groups.set(chat, { heardAt: now, members })
    members.delete(member)
    const others = [...members.values()].slice(-GCA_MAX_SENT_ANNOUNCES)
    if (members.size >= GCA_MAX_SAVED_ANNOUNCES_PER_GC) deleteFirst(members)
    members.set(member, announce)
    return others
  }
}

/** The bytes that a valid announce at the start of `bytes` takes. One that tells no way to the member is none. */
function announceSize(bytes: Uint8Array): number | undefined {
  const reader = new Reader(bytes)
  if (reader.take(KEY_SIZE) === undefined) return undefined
  const hasAddress = reader.u8()
  const relays = reader.u8()
  if (hasAddress === undefined || relays === undefined) return undefined
  if (hasAddress > 1 || relays > GCA_MAX_ANNOUNCED_TCP_RELAYS || hasAddress + relays === 0) return undefined
  if (hasAddress === 1) {
    const family = reader.u8()
    const size = family === 2 ? 4 : family === 10 ? 16 : undefined
    if (size === undefined || reader.take(size + 2) === undefined) return undefined
  }
  for (let i = 0; i < relays; i++) if (packedNode.read(reader) === undefined) return undefined
  return bytes.length - reader.left
}

function deleteFirst(map: KeyMap<unknown>): void {
  const [key] = map.entries().next().value!
  map.delete(key)
}
