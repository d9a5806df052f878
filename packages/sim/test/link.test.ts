import { type Endpoint, type Instant, NEVER, SECOND } from '@ts-toxcore/core'
import type { LinkOptions } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Heard } from './echo.ts'
import { heard, pair } from './pair.ts'

test('a packet arrives after exactly the sender’s latency, its answer after the receiver’s', () => {
  const { sim, alice, bob, a } = pair()
  sim.setLink(alice, { latency: 30 })
  sim.setLink(bob, { latency: 12.5 })
  alice.do(() => a.send(bob.endpoint, Uint8Array.of(1, 7)))
  sim.run(SECOND)
  assert.is(bob.events[0]!.at, sim.start + 30)
  assert.is(alice.events[0]!.at, sim.start + 42.5)
  assert.equal([...heard(alice)[0]!.data], [2, 7])
  assert.ok(heard(alice)[0]!.from.equals(bob.endpoint))
  assert.is(sim.now, sim.start + SECOND)
})

test('latency, jitter and loss have the distribution asked for', () => {
  const { sim, alice, bob, a } = pair({ latency: 40, jitter: 20, loss: 0.3 })
  const count = 20_000
  const sentAt: number[] = []
  for (let i = 0; i < count; i++) {
    sentAt.push(sim.now)
    alice.do(() => a.send(bob.endpoint, Uint8Array.of(3, i >> 8, i)))
    sim.run(1)
  }
  sim.run(SECOND)
  const delays = bob.eventsOf('heard').map(({ at, output }) => {
    const { data } = output as unknown as Heard
    return at - sentAt[data[1]! * 256 + data[2]!]!
  })
  // The host kept its last 10,000 to 20,000 events.
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length
  assert.ok(Math.abs(mean - 50) < 0.5, `mean ${mean}`)
  assert.ok(Math.min(...delays) >= 40 && Math.max(...delays) < 60)
  const share = (sim.stats.drops.loss ?? 0) / count
  assert.ok(Math.abs(share - 0.3) < 0.02, `lost ${share}`)
  assert.is(sim.stats.delivered, count - sim.stats.drops.loss!)
})

test('without jitter and reordering packets stay in order; with either they do not', () => {
  const order = (link: LinkOptions) => {
    const { sim, alice, bob, a } = pair(link)
    for (let i = 0; i < 200; i++) {
      alice.do(() => a.send(bob.endpoint, Uint8Array.of(3, i)))
      sim.run(1)
    }
    sim.run(SECOND)
    return heard(bob).map(event => event.data[1]!)
  }
  const straight = Array.from({ length: 200 }, (_, i) => i)
  assert.equal(order({}), straight)
  for (const link of [{ jitter: 10 }, { reordering: 0.2 }]) {
    const got = order(link)
    assert.not.equal(got, straight)
    assert.equal(
      got.sort((x, y) => x - y),
      straight,
    )
  }
})

test('a doubled packet has bytes of its own', () => {
  const { sim, alice, bob, a } = pair({ duplication: 1, jitter: 5 })
  const seen: number[] = []
  bob.start({
    handleDatagram(_now: Instant, _from: Endpoint, data: Uint8Array) {
      seen.push(data[1]!)
      data.fill(0)
    },
    tick() {},
    deadline: () => NEVER,
    poll: () => undefined,
  })
  alice.do(() => a.send(bob.endpoint, Uint8Array.of(3, 9)))
  sim.run(SECOND)
  assert.equal(seen, [9, 9])
})

test('a sender may use its buffer again at once', () => {
  const { sim, alice, bob, a } = pair()
  const buffer = Uint8Array.of(3, 1)
  alice.do(() => a.send(bob.endpoint, buffer))
  buffer[1] = 2
  alice.do(() => a.send(bob.endpoint, buffer))
  buffer[1] = 3
  sim.run(SECOND)
  assert.equal(
    heard(bob).map(event => event.data[1]),
    [1, 2],
  )
})

test('bandwidth spaces packets out, and its queue drops the tail', () => {
  const { sim, alice, bob, a } = pair({ latency: 10, bandwidth: 10_000, queueSize: 3000 })
  for (let i = 0; i < 5; i++) alice.do(() => a.send(bob.endpoint, new Uint8Array(1000).fill(3)))
  sim.run(SECOND)
  assert.equal(
    bob.events.map(event => event.at - sim.start),
    [110, 210, 310],
  )
  assert.is(sim.stats.drops.queue_full, 2)
  alice.do(() => a.send(bob.endpoint, new Uint8Array(1000).fill(3)))
  sim.run(SECOND)
  assert.is(bob.events.length, 4)
})

test.run()
