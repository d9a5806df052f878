/** Everything the DHT waits for, in one heap: each room owns its alarms, the engine has one deadline. */
import { type Instant, NEVER, Timers } from '@ts-toxcore/core'

/** One thing that is due at some time, or not at all. */
export interface Alarm {
  /** `NEVER` if it is not set. */
  readonly at: Instant
  /** Sets or moves it; `NEVER` clears it. */
  set(at: Instant): void
  setEarlier(at: Instant): void
  clear(): void
}

export class Alarms {
  readonly #timers = new Timers<number>()
  readonly #actions = new Map<number, (now: Instant) => void>()
  #nextId = 0

  /** An alarm that does `action` when it is due. While it is not set nothing here refers to it. */
  create(action: (now: Instant) => void): Alarm {
    const id = this.#nextId++
    const timers = this.#timers
    const actions = this.#actions
    return {
      get at() {
        return timers.get(id)
      },
      set(at) {
        timers.set(id, at)
        if (at === NEVER) actions.delete(id)
        else actions.set(id, action)
      },
      setEarlier(at) {
        if (at < timers.get(id)) this.set(at)
      },
      clear() {
        this.set(NEVER)
      },
    }
  }

  deadline(): Instant {
    return this.#timers.deadline()
  }

  /** Does all that is due. Actions set their next alarm after `now`, so this ends. */
  tick(now: Instant): void {
    for (;;) {
      const id = this.#timers.expired(now)
      if (id === undefined) return
      const action = this.#actions.get(id)!
      this.#actions.delete(id)
      action(now)
    }
  }
}
