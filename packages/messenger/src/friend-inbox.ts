import { type Codec, type DropCounter, decode, type Instant, type Queue, unixSeconds } from '@ts-toxcore/core'
import { MAX_CUSTOM_PACKET_SIZE } from './constants.ts'
import { type Friend, USER_STATUSES } from './friend.ts'
import type { DropReason, MessengerOutput } from './outputs.ts'
import {
  isCustomLossless,
  isCustomLossy,
  message,
  nickname,
  PACKET_ID_ACTION,
  PACKET_ID_MESSAGE,
  PACKET_ID_NICKNAME,
  PACKET_ID_STATUSMESSAGE,
  PACKET_ID_TYPING,
  PACKET_ID_USERSTATUS,
  statusMessage,
  typing,
  userStatus,
} from './packets.ts'

/** What friends who are online tell us: packets, which are ours during the call alone, become events and are learnt. */
export class FriendInbox {
  readonly #outputs: Queue<MessengerOutput>
  readonly #drops: DropCounter<DropReason>

  constructor(outputs: Queue<MessengerOutput>, drops: DropCounter<DropReason>) {
    this.#outputs = outputs
    this.#drops = drops
  }

  handleLossless(now: Instant, friend: Friend, data: Uint8Array): void {
    if (!this.#isOnline(now, friend)) return
    const kind = data[0]!
    switch (kind) {
      case PACKET_ID_NICKNAME:
        this.#read(nickname, data, ({ name }) => this.#setName(friend, name.slice()))
        break
      case PACKET_ID_STATUSMESSAGE:
        this.#read(statusMessage, data, packet => this.#setMessage(friend, packet.message.slice()))
        break
      case PACKET_ID_USERSTATUS:
        this.#read(userStatus, data, packet => this.#setStatus(friend, packet.status))
        break
      case PACKET_ID_TYPING:
        this.#read(typing, data, packet => this.#setTyping(friend, packet.typing === 1))
        break
      case PACKET_ID_MESSAGE:
      case PACKET_ID_ACTION:
        this.#read(message, data, packet =>
          this.#outputs.push({
            type: 'friend_message',
            friendNumber: friend.number,
            messageType: packet.kind === PACKET_ID_ACTION ? 'action' : 'normal',
            message: packet.message.slice(),
          }),
        )
        break
      default:
        if (isCustomLossless(kind)) this.#custom('friend_lossless_packet', friend, data)
        else this.#drops.count('unknown_kind')
    }
  }

  handleLossy(now: Instant, friend: Friend, data: Uint8Array): void {
    if (!this.#isOnline(now, friend)) return
    if (isCustomLossy(data[0]!)) this.#custom('friend_lossy_packet', friend, data)
    else this.#drops.count('unknown_kind')
  }

  #isOnline(now: Instant, friend: Friend): boolean {
    if (!friend.online) {
      this.#drops.count('not_online')
      return false
    }
    friend.lastOnline = unixSeconds(now)
    return true
  }

  #read<T>(codec: Codec<T>, data: Uint8Array, take: (packet: T) => void): void {
    const packet = decode(codec, data)
    if (packet === undefined) this.#drops.count('malformed')
    else take(packet)
  }

  #setName(friend: Friend, name: Uint8Array): void {
    friend.name = name
    this.#outputs.push({ type: 'friend_name', friendNumber: friend.number, name })
  }

  #setMessage(friend: Friend, text: Uint8Array): void {
    friend.statusMessage = text
    this.#outputs.push({ type: 'friend_status_message', friendNumber: friend.number, message: text })
  }

  #setStatus(friend: Friend, index: 0 | 1 | 2): void {
    friend.status = USER_STATUSES[index]
    this.#outputs.push({ type: 'friend_status', friendNumber: friend.number, status: friend.status })
  }

  #setTyping(friend: Friend, isTyping: boolean): void {
    friend.typing = isTyping
    this.#outputs.push({ type: 'friend_typing', friendNumber: friend.number, typing: isTyping })
  }

  #custom(type: 'friend_lossless_packet' | 'friend_lossy_packet', friend: Friend, data: Uint8Array): void {
    if (data.length > MAX_CUSTOM_PACKET_SIZE) this.#drops.count('malformed')
    else this.#outputs.push({ type, friendNumber: friend.number, data: data.slice() })
  }
}
