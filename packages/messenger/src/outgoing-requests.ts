import { type Instant, Timers } from '@ts-toxcore/core'
import { FRIENDREQUEST_TIMEOUT } from './constants.ts'
import type { Friend } from './friend.ts'
import type { FriendList } from './friend-list.ts'
import { onionRequest, sessionRequest } from './friend-request.ts'
import type { Finder } from './layers.ts'

/**
 * Sends our friend requests (spec, "Friend requests"): as soon as the friend can be reached, then again and again
 * with twice the wait each time, because a refusal looks like silence. A request that could not be sent waits for
 * the finder or for a session, not for a timer.
 */
export class OutgoingRequests {
  readonly #finder: Finder
  readonly #friends: FriendList
  /** By friend number: when the request counts as unanswered. */
  readonly #timers = new Timers<number>()

  constructor(finder: Finder, friends: FriendList) {
    this.#finder = finder
    this.#friends = friends
  }

  /** Sends the request of a friend if it has one that waits to be sent. */
  send(now: Instant, friend: Friend): void {
    const { request, connection } = friend
    if (request === undefined || request.sentAt !== undefined) return
    const { nospam, message } = request
    const sent = connection.connected
      ? connection.send(now, sessionRequest(nospam, message)) !== undefined
      : this.#finder.sendData(now, connection.publicKey, onionRequest(nospam, message)) > 0
    if (!sent) return
    request.sentAt = now
    this.#timers.set(friend.number, now + request.timeout)
  }

  /** The friend can be reached again: there is no point in waiting, unless the last try is under way still. */
  handleFound(now: Instant, friend: Friend): void {
    const { request } = friend
    if (request?.sentAt !== undefined && now - request.sentAt < FRIENDREQUEST_TIMEOUT) return
    this.#unsent(friend)
    this.send(now, friend)
  }

  /** Starts afresh with another nospam: the one before may have been wrong. */
  renew(now: Instant, friend: Friend, nospam: Uint8Array): void {
    if (friend.request === undefined) return
    friend.request.nospam = nospam.slice()
    friend.request.timeout = FRIENDREQUEST_TIMEOUT
    this.#unsent(friend)
    this.send(now, friend)
  }

  /** The friend has confirmed, or is a friend no more. */
  end(friend: Friend): void {
    friend.request = undefined
    this.#timers.clear(friend.number)
  }

  /** Sends nothing more; the requests stay, to be saved. */
  stop(): void {
    for (const friend of this.#friends) this.#timers.clear(friend.number)
  }

  tick(now: Instant): void {
    for (let number = this.#timers.expired(now); number !== undefined; number = this.#timers.expired(now)) {
      const friend = this.#friends.at(number)
      if (friend?.request === undefined) continue
      friend.request.timeout *= 2
      this.#unsent(friend)
      this.send(now, friend)
    }
  }

  deadline(): Instant {
    return this.#timers.deadline()
  }

  #unsent(friend: Friend): void {
    if (friend.request) friend.request.sentAt = undefined
    this.#timers.clear(friend.number)
  }
}
