import { equalBytes, type Instant, ToxError } from '@ts-toxcore/core'
import { MAX_NAME_LENGTH, MAX_STATUSMESSAGE_LENGTH } from './constants.ts'
import { type Friend, PRESENCE, type Presence, USER_STATUSES, type UserStatus } from './friend.ts'
import {
  PACKET_ID_NICKNAME,
  PACKET_ID_ONLINE,
  PACKET_ID_STATUSMESSAGE,
  PACKET_ID_TYPING,
  PACKET_ID_USERSTATUS,
  packet,
} from './packets.ts'

/** What we show of ourselves, and telling it to friends: all of it when one comes online, then every change. */
export class OwnPresence {
  #name: Uint8Array = new Uint8Array(0)
  #statusMessage: Uint8Array = new Uint8Array(0)
  #status: UserStatus = 'none'

  get name(): Uint8Array {
    return this.#name
  }

  get statusMessage(): Uint8Array {
    return this.#statusMessage
  }

  get status(): UserStatus {
    return this.#status
  }

  /** False if that is the name already. */
  setName(name: Uint8Array): boolean {
    expectSize('name', name, MAX_NAME_LENGTH)
    if (equalBytes(name, this.#name)) return false
    this.#name = name.slice()
    return true
  }

  /** False if that is the status message already. */
  setStatusMessage(message: Uint8Array): boolean {
    expectSize('status message', message, MAX_STATUSMESSAGE_LENGTH)
    if (equalBytes(message, this.#statusMessage)) return false
    this.#statusMessage = message.slice()
    return true
  }

  /** False if that is the status already. */
  setStatus(status: UserStatus): boolean {
    if (!USER_STATUSES.includes(status))
      throw new TypeError(`status: expected none, away or busy, got ${status}`)
    if (status === this.#status) return false
    this.#status = status
    return true
  }

  /** Tells a friend what it is owed, in order, as far as there is room in the queue. */
  send(now: Instant, friend: Friend): void {
    for (const item of PRESENCE) {
      if (!friend.owed.has(item)) continue
      // Before the friend has said ONLINE it would not listen.
      if (item !== 'online' && !friend.online) return
      if (friend.connection.send(now, this.#packet(item, friend)) === undefined) return
      friend.owed.delete(item)
    }
  }

  #packet(item: Presence, friend: Friend): Uint8Array {
    switch (item) {
      case 'online':
        return packet(PACKET_ID_ONLINE)
      case 'name':
        return packet(PACKET_ID_NICKNAME, this.#name)
      case 'status_message':
        return packet(PACKET_ID_STATUSMESSAGE, this.#statusMessage)
      case 'status':
        return packet(PACKET_ID_USERSTATUS, [USER_STATUSES.indexOf(this.#status)])
      case 'typing':
        return packet(PACKET_ID_TYPING, [friend.ourTyping ? 1 : 0])
    }
  }
}

function expectSize(title: string, text: Uint8Array, max: number): void {
  if (text.length > max)
    throw new ToxError('SET_INFO_TOO_LONG', `${title}: ${text.length} bytes, at most ${max}`)
}
