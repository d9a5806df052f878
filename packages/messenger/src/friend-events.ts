import { type DropCounter, decode, type Instant, type Queue, unixSeconds } from '@ts-toxcore/core'
import { type ConnectionStatus, type Friend, PRESENCE } from './friend.ts'
import type { FriendConnectionOutput } from './friend-connection.ts'
import type { FriendInbox } from './friend-inbox.ts'
import type { IncomingRequests } from './incoming-requests.ts'
import type { OutgoingRequests } from './outgoing-requests.ts'
import type { DropReason, MessengerOutput } from './outputs.ts'
import type { OwnPresence } from './own-presence.ts'
import { PACKET_ID_FRIEND_REQUESTS, PACKET_ID_OFFLINE, PACKET_ID_ONLINE, signal } from './packets.ts'

interface Rooms {
  readonly outputs: Queue<MessengerOutput>
  readonly drops: DropCounter<DropReason>
  readonly own: OwnPresence
  readonly inbox: FriendInbox
  readonly incoming: IncomingRequests
  readonly outgoing: OutgoingRequests
}

/**
 * What follows from an event on a friend's connection. A session alone does not make a friend online: both say
 * ONLINE on it, and from then on until OFFLINE or the end of the session they are there for each other.
 */
export class FriendEvents {
  readonly #rooms: Rooms

  constructor(rooms: Rooms) {
    this.#rooms = rooms
  }

  handle(now: Instant, friend: Friend, event: FriendConnectionOutput): void {
    switch (event.type) {
      case 'connected':
        friend.owed.add('online')
        this.#catchUp(now, friend)
        break
      case 'disconnected':
        this.#goOffline(now, friend)
        this.#rooms.outgoing.send(now, friend)
        break
      case 'packet':
        this.#handlePacket(now, friend, event.data)
        break
      case 'lossy':
        this.#rooms.inbox.handleLossy(now, friend, event.data)
        break
      case 'acknowledged':
        this.#takeReceipts(friend)
        break
      case 'writable':
        this.#catchUp(now, friend)
    }
  }

  /** Sends what could not be sent before. */
  #catchUp(now: Instant, friend: Friend): void {
    this.#rooms.own.send(now, friend)
    this.#rooms.outgoing.send(now, friend)
  }

  #handlePacket(now: Instant, friend: Friend, data: Uint8Array): void {
    switch (data[0]) {
      case PACKET_ID_FRIEND_REQUESTS:
        this.#rooms.incoming.handle(friend.publicKey, data)
        break
      case PACKET_ID_ONLINE:
      case PACKET_ID_OFFLINE: {
        const kind = decode(signal, data)?.kind
        if (kind === undefined) this.#rooms.drops.count('malformed')
        else if (kind === PACKET_ID_ONLINE) this.#comeOnline(now, friend)
        else this.#goOffline(now, friend)
        break
      }
      default:
        this.#rooms.inbox.handleLossless(now, friend, data)
    }
  }

  #comeOnline(now: Instant, friend: Friend): void {
    if (friend.online) return
    this.#rooms.outgoing.end(friend)
    friend.lastOnline = unixSeconds(now)
    this.#setConnectionStatus(friend, 'udp')
    // ONLINE too, once more: the friend may have dropped ours because it did not have us as a friend then.
    for (const item of PRESENCE) friend.owed.add(item)
    this.#rooms.own.send(now, friend)
  }

  #goOffline(now: Instant, friend: Friend): void {
    if (!friend.online) return
    friend.lastOnline = unixSeconds(now)
    friend.receipts.clear()
    this.#setConnectionStatus(friend, 'none')
  }

  #setConnectionStatus(friend: Friend, connectionStatus: ConnectionStatus): void {
    friend.connectionStatus = connectionStatus
    this.#rooms.outputs.push({
      type: 'friend_connection_status',
      friendNumber: friend.number,
      connectionStatus,
    })
  }

  #takeReceipts(friend: Friend): void {
    const acknowledged = (packetNumber: number) => friend.connection.acknowledged(packetNumber)
    for (;;) {
      const messageId = friend.receipts.take(acknowledged)
      if (messageId === undefined) return
      this.#rooms.outputs.push({ type: 'friend_read_receipt', friendNumber: friend.number, messageId })
    }
  }
}
