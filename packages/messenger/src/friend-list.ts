import { KeyMap } from '@ts-toxcore/core'
import type { Friend } from './friend.ts'

/** Friends by number and key. A number is its friend's until that is deleted; then it is free again. */
export class FriendList {
  readonly #byNumber: (Friend | undefined)[] = []
  readonly #byKey = new KeyMap<Friend>()

  get size(): number {
    return this.#byKey.size
  }

  /** The number that the next friend gets: the lowest that is free, as in c-toxcore. */
  get freeNumber(): number {
    // Without a gap there is nothing to look for.
    if (this.#byKey.size === this.#byNumber.length) return this.#byNumber.length
    return this.#byNumber.indexOf(undefined)
  }

  add(friend: Friend): void {
    this.#byNumber[friend.number] = friend
    this.#byKey.set(friend.publicKey, friend)
  }

  remove(friend: Friend): void {
    this.#byNumber[friend.number] = undefined
    while (this.#byNumber.length > 0 && this.#byNumber.at(-1) === undefined) this.#byNumber.pop()
    this.#byKey.delete(friend.publicKey)
  }

  at(number: number): Friend | undefined {
    return this.#byNumber[number]
  }

  withKey(publicKey: Uint8Array): Friend | undefined {
    return this.#byKey.get(publicKey)
  }

  /** In order of their numbers. */
  *[Symbol.iterator](): Iterator<Friend> {
    for (const friend of this.#byNumber) if (friend) yield friend
  }
}
