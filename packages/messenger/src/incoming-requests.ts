import type { DropCounter, Queue } from '@ts-toxcore/core'
import type { FriendList } from './friend-list.ts'
import type { RequestFilter } from './friend-request.ts'
import type { DropReason, MessengerOutput } from './outputs.ts'

/** Friend requests of others, through the onion or over a session, become events if they pass the filter. */
export class IncomingRequests {
  readonly #filter: RequestFilter
  readonly #friends: FriendList
  readonly #outputs: Queue<MessengerOutput>
  readonly #drops: DropCounter<DropReason>

  constructor(
    filter: RequestFilter,
    friends: FriendList,
    outputs: Queue<MessengerOutput>,
    drops: DropCounter<DropReason>,
  ) {
    this.#filter = filter
    this.#friends = friends
    this.#outputs = outputs
    this.#drops = drops
  }

  /** `publicKey`: the sender, whom the layer below has authenticated. */
  handle(publicKey: Uint8Array, data: Uint8Array): void {
    if (this.#friends.withKey(publicKey)) {
      this.#drops.count('request_from_friend')
      return
    }
    const verdict = this.#filter.admit(publicKey, data)
    if (typeof verdict === 'string') {
      this.#drops.count(verdict)
      return
    }
    const message = verdict.message.slice()
    this.#outputs.push({ type: 'friend_request', publicKey: publicKey.slice(), message })
  }
}
