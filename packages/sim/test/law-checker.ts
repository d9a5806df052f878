import { type Instant, NEVER } from '@ts-toxcore/core'
import type { SimEngine } from '@ts-toxcore/sim'
import * as assert from 'uvu/assert'

/** Fails when its runner breaks the engine law. */
export class LawChecker implements SimEngine {
  readonly outputs: { type: string }[] = []
  due: Instant
  /** Whether poll() has said that there is nothing more since the last input. */
  drained = true
  /** Whether deadline() was asked since. */
  armed = true
  readonly ticks: Instant[] = []

  constructor(due: Instant) {
    this.due = due
  }
  input(): void {
    assert.ok(this.drained && this.armed, 'the last input was not followed by draining and arming')
    this.drained = false
    this.armed = false
  }
  handleDatagram(): void {
    this.input()
    this.outputs.push({ type: 'one' }, { type: 'two' })
  }
  tick(now: Instant): void {
    this.input()
    this.ticks.push(now)
    if (now >= this.due) this.due = this.ticks.length < 5 ? now + 1000 / 3 : NEVER
    this.outputs.push({ type: 'tick' })
  }
  deadline(): Instant {
    assert.ok(this.drained, 'asked for the deadline before poll() was empty')
    this.armed = true
    return this.due
  }
  poll() {
    const output = this.outputs.shift()
    if (output === undefined) this.drained = true
    return output
  }
}
