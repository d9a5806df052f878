import { NEVER, Timers } from '@ts-toxcore/core'
import { SeededRandom } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** The same by the slowest means: a list, searched each time. */
class Model {
  timers: { name: number; at: number; order: number }[] = []
  order = 0

  set(name: number, at: number): void {
    this.clear(name)
    if (at !== NEVER) this.timers.push({ name, at, order: this.order++ })
  }
  clear(name: number): void {
    this.timers = this.timers.filter(timer => timer.name !== name)
  }
  get(name: number): number {
    return this.timers.find(timer => timer.name === name)?.at ?? NEVER
  }
  deadline(): number {
    return Math.min(NEVER, ...this.timers.map(timer => timer.at))
  }
  expired(now: number): number | undefined {
    const due = this.timers.filter(timer => timer.at <= now)
    due.sort((x, y) => x.at - y.at || x.order - y.order)
    if (due[0]) this.clear(due[0].name)
    return due[0]?.name
  }
}

test('random operations agree with a list', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new SeededRandom(seed)
    const [timers, model] = [new Timers<number>(), new Model()]
    let now = 0
    let fired = 0
    for (let i = 0; i < 3000; i++) {
      const name = random.below(40)
      const at = now + random.below(30)
      switch (random.below(6)) {
        case 0:
        case 1:
          timers.set(name, at)
          model.set(name, at)
          break
        case 2:
          timers.setEarlier(name, at)
          if (at < model.get(name)) model.set(name, at)
          break
        case 3:
          timers.clear(name)
          model.clear(name)
          break
        case 4:
          if (random.chance(0.1)) {
            timers.set(name, NEVER)
            model.set(name, NEVER)
          }
          break
        default:
          now += random.below(10)
          for (;;) {
            const expected = model.expired(now)
            assert.is(timers.expired(now), expected)
            if (expected === undefined) break
            fired++
          }
      }
      assert.is(timers.deadline(), model.deadline())
      assert.is(timers.size, model.timers.length)
      assert.is(timers.get(name), model.get(name))
    }
    assert.ok(fired > 300, `${fired}`)
  }
})

test('idle: no deadline, nothing expires', () => {
  const timers = new Timers<'a'>()
  assert.is(timers.deadline(), NEVER)
  assert.is(timers.expired(Number.MAX_VALUE), undefined)
  timers.clear('a')
  assert.is(timers.get('a'), NEVER)
})

test('a timer expires at its instant, not before, once', () => {
  const timers = new Timers<'a'>()
  timers.set('a', 10.5)
  assert.is(timers.expired(10.499), undefined)
  assert.is(timers.expired(10.5), 'a')
  assert.is(timers.expired(11), undefined)
})

test('of one instant: in the order of setting, where setting again counts as later', () => {
  const timers = new Timers<string>()
  for (const name of ['a', 'b', 'c', 'd']) timers.set(name, 5)
  timers.set('a', 5)
  timers.set('c', 4)
  assert.equal(
    Array.from({ length: 4 }, () => timers.expired(5)),
    ['c', 'b', 'd', 'a'],
  )
})

test('a timer may be set anew while others expire', () => {
  const timers = new Timers<string>()
  timers.set('tick', 1)
  timers.set('other', 3)
  const order: string[] = []
  for (let name = timers.expired(3); name !== undefined; name = timers.expired(3)) {
    order.push(name)
    if (name === 'tick' && order.length < 4) timers.set('tick', order.length + 1)
  }
  assert.equal(order, ['tick', 'tick', 'other', 'tick'])
})

test.run()
