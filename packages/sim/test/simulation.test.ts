import { type Endpoint, type Instant, NEVER, randomU32, SECOND } from '@ts-toxcore/core'
import { type Host, type LinkOptions, type SimEngine, Simulation } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Echo, type Heard } from './echo.ts'

function pair(link: LinkOptions = {}, seed = 1) {
  const sim = new Simulation({ seed, link })
  const [alice, bob] = ['alice', 'bob'].map(name => sim.addHost({ name })) as [Host, Host]
  return { sim, alice, bob, a: alice.start(new Echo()), b: bob.start(new Echo()) }
}

const heard = (host: Host) => host.eventsOf('heard').map(event => event.output as unknown as Heard)

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

/** Hosts that write to random others at random times. */
class Chatter implements SimEngine {
  readonly #host: Host
  readonly #others: readonly Host[]
  #deadline: Instant
  #due = false

  constructor(host: Host, others: readonly Host[], start: Instant) {
    this.#host = host
    this.#others = others
    this.#deadline = start
  }
  handleDatagram(): void {}
  tick(now: Instant): void {
    if (now < this.#deadline) return
    this.#due = true
    this.#deadline = now + 1 + (randomU32(this.#host.random) % 200)
  }
  deadline(): Instant {
    return this.#deadline
  }
  poll() {
    if (!this.#due) return undefined
    this.#due = false
    const data = new Uint8Array(randomU32(this.#host.random) % 100)
    this.#host.random.fill(data)
    const to = this.#others[randomU32(this.#host.random) % this.#others.length]!.endpoint
    return { type: 'datagram' as const, to, data }
  }
}

function chat(seed: number) {
  const link = { latency: 20, jitter: 15, loss: 0.1, duplication: 0.1, reordering: 0.1 }
  const sim = new Simulation({ seed, link })
  const nat = sim.addNat({ portAllocation: 'random' })
  const hosts = Array.from({ length: 20 }, (_, i) =>
    sim.addHost({ name: `h${i}`, ...(i % 4 === 0 ? { nat } : {}) }),
  )
  for (const host of hosts) host.start(new Chatter(host, hosts, sim.now))
  sim.run(30 * SECOND)
  return sim
}

test('same seed, same log; another seed, another log', () => {
  const [first, again, other] = [chat(7), chat(7), chat(8)]
  assert.ok(first.log.recorded > 5000)
  assert.ok((first.stats.drops.loss ?? 0) > 100)
  assert.is(again.log.digest, first.log.digest)
  assert.equal(again.log.entries(), first.log.entries())
  assert.equal(again.stats, first.stats)
  assert.is.not(other.log.digest, first.log.digest)
})

test('the digest notices one different byte, and one different instant', () => {
  const digest = (byte: number, delay: number) => {
    const { sim, alice, bob, a } = pair()
    sim.run(delay)
    alice.do(() => a.send(bob.endpoint, Uint8Array.of(3, byte)))
    sim.run(SECOND)
    return sim.log.digest
  }
  assert.is(digest(1, 0), digest(1, 0))
  assert.is.not(digest(2, 0), digest(1, 0))
  assert.is.not(digest(1, 0.25), digest(1, 0))
})

test('the log keeps the last entries and reads as lines', () => {
  const sim = new Simulation({ seed: 1, logLimit: 3 })
  const alice = sim.addHost({ name: 'alice' })
  const a = alice.start(new Echo())
  for (let i = 0; i < 5; i++) alice.do(() => a.send(alice.endpoint, Uint8Array.of(0x20, i)))
  assert.is(sim.log.recorded, 5)
  assert.is(sim.log.entries().length, 3)
  assert.is(sim.log.text(sim.start).split('\n')[0], `0.000 alice sent ${alice.endpoint.text} 0x20 2 B`)
})

/** Fails when its runner breaks the engine law. */
class LawChecker implements SimEngine {
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

test('the engine law is kept, and every deadline is met to the fraction of a millisecond', () => {
  const { sim, alice, bob, a } = pair({ latency: 7 })
  const engine = bob.start(new LawChecker(sim.now + 0.125))
  for (let i = 0; i < 10; i++) alice.do(() => a.send(bob.endpoint, Uint8Array.of(3)))
  bob.do(() => engine.input())
  sim.run(10 * SECOND)
  const expected = [sim.start + 0.125]
  while (expected.length < 5) expected.push(expected.at(-1)! + 1000 / 3)
  assert.equal(engine.ticks, expected)
  assert.is(bob.eventsOf('two').length, 10)
  assert.equal(
    bob.eventsOf('tick').map(event => event.at),
    expected,
  )
})

test('a deadline that moves is followed, both ways', () => {
  const sim = new Simulation({ seed: 1 })
  const host = sim.addHost({ name: 'host' })
  const engine = host.start(new LawChecker(sim.now + 100))
  sim.run(50)
  host.do(() => {
    engine.input()
    engine.due = sim.start + 200
  })
  sim.run(100)
  assert.equal(engine.ticks, [])
  host.do(() => {
    engine.input()
    engine.due = sim.start + 160
  })
  sim.run(10)
  assert.equal(engine.ticks, [sim.start + 160])
})

test('a deadline in the past is due now, and one that never moves is reported instead of spinning', () => {
  const sim = new Simulation({ seed: 1 })
  const stuck = {
    handleDatagram() {},
    tick() {},
    deadline: () => sim.start - 5,
    poll: () => undefined,
  }
  sim.addHost({ name: 'stuck' }).start(stuck)
  assert.throws(() => sim.run(1), /stuck: deadline\(\) stays/)
  assert.is(sim.now, sim.start)
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

test('a partition loses what crosses it until it is healed; the unnamed are on one side', () => {
  const { sim, alice, bob, a } = pair()
  const carol = sim.addHost({ name: 'carol' })
  carol.start(new Echo())
  const say = (to: Host) => {
    alice.do(() => a.send(to.endpoint, Uint8Array.of(3)))
    sim.run(100)
  }
  sim.partition([alice])
  say(bob)
  sim.partition([alice, carol], [bob])
  say(bob)
  say(carol)
  sim.heal()
  say(bob)
  assert.is(bob.events.length, 1)
  assert.is(carol.events.length, 1)
  assert.is(sim.stats.drops.partitioned, 2)
})

test('an unplugged host runs on unheard; a stopped one does not run; a new engine takes its place', () => {
  const { sim, alice, bob, a, b } = pair()
  const say = () => {
    alice.do(() => a.send(bob.endpoint, Uint8Array.of(3)))
    sim.run(100)
  }
  bob.plugged = false
  say()
  bob.do(() => b.send(alice.endpoint, Uint8Array.of(3)))
  assert.is(sim.stats.drops.unplugged, 2)
  bob.plugged = true

  const checker = bob.start(new LawChecker(sim.now + 1000))
  bob.stop()
  say()
  sim.run(2 * SECOND)
  assert.is(sim.stats.drops.stopped, 1)
  assert.equal(checker.ticks, [])
  assert.is(bob.running, false)

  bob.start(new Echo())
  say()
  assert.is(bob.eventsOf('heard').length, 1)
})

test('events hold copies, reach onEvent, and inputs made there keep the engine law', () => {
  const { sim, alice, bob, b } = pair()
  const shared = Uint8Array.of(3, 1)
  const outputs = [{ type: 'event', data: shared } as const]
  const engine = alice.start(
    {
      handleDatagram() {},
      tick() {},
      deadline: () => NEVER,
      poll: () => outputs.shift(),
    },
    event => {
      assert.is.not(event.data, shared)
      bob.do(() => b.send(alice.endpoint, event.data))
    },
  )
  shared[1] = 99
  assert.is(typeof engine.poll, 'function')
  assert.equal([...(alice.events[0]!.output as unknown as { data: Uint8Array }).data], [3, 1])
  sim.run(100)
  assert.is(alice.stats.packetsReceived, 1)

  const law = new LawChecker(NEVER)
  const handled: string[] = []
  bob.start(law, output => {
    if (output.type === 'one') bob.do(() => law.outputs.push({ type: 'answer' }))
    // Not while another event is being handled: there is no re-entrancy.
    handled.push(output.type)
  })
  bob.do(() => law.handleDatagram())
  assert.equal(handled, ['one', 'two', 'answer'])
  assert.equal(
    bob.events.slice(-3).map(event => event.output.type),
    ['one', 'two', 'answer'],
  )
})

test('a host’s events are bounded', () => {
  const sim = new Simulation({ seed: 1, eventLimit: 10 })
  const alice = sim.addHost({ name: 'alice' })
  const a = alice.start(new Echo())
  for (let i = 0; i < 95; i++) alice.do(() => a.send(alice.endpoint, Uint8Array.of(3, i)))
  sim.run(SECOND)
  assert.ok(alice.events.length >= 10 && alice.events.length < 20)
  assert.is(heard(alice).at(-1)!.data[1], 94)
})

test('runUntil stops at the event that makes it true, or at the limit', () => {
  const { sim, alice, bob, a } = pair({ latency: 25 })
  alice.do(() => a.send(bob.endpoint, Uint8Array.of(3)))
  assert.is(
    sim.runUntil(() => bob.events.length === 1, SECOND),
    true,
  )
  assert.is(sim.now, sim.start + 25)
  assert.is(
    sim.runUntil(() => bob.events.length === 2, SECOND),
    false,
  )
  assert.is(sim.now, sim.start + 25 + SECOND)
})

test('scheduled calls happen in time, those of one instant in order', () => {
  const sim = new Simulation({ seed: 1 })
  const calls: string[] = []
  for (const [delay, name] of [
    [20, 'c'],
    [10, 'a'],
    [10, 'b'],
  ] as const)
    sim.after(delay, () => calls.push(`${name}${sim.now - sim.start}`))
  sim.run(15)
  assert.equal(calls, ['a10', 'b10'])
  sim.run(15)
  assert.equal(calls, ['a10', 'b10', 'c20'])
})

test('hosts may have both families; without the right one there is no route', () => {
  const sim = new Simulation({ seed: 1 })
  const dual = sim.addHost({ name: 'dual', ip: ['192.0.2.1', '2001:db8::1'], port: 1234 })
  const six = sim.addHost({ name: 'six', ip: '2001:db8::2' })
  const four = sim.addHost({ name: 'four', ip: '192.0.2.2' })
  const engines = [dual, six, four].map(host => host.start(new Echo()))
  six.do(() => engines[1]!.send(dual.endpoints[1]!, Uint8Array.of(1)))
  four.do(() => engines[2]!.send(dual.endpoints[0]!, Uint8Array.of(1)))
  four.do(() => engines[2]!.send(six.endpoint, Uint8Array.of(1)))
  sim.run(SECOND)
  assert.equal(
    heard(dual).map(event => event.from.text),
    [six.endpoint.text, four.endpoint.text],
  )
  assert.is(heard(six)[0]!.from.text, '[2001:db8:0:0:0:0:0:1]:1234')
  assert.is(sim.stats.drops.no_route, 1)
})

test('names and addresses are unique, and addresses are addresses', () => {
  const sim = new Simulation({ seed: 1 })
  sim.addHost({ name: 'a', ip: '192.0.2.1' })
  assert.throws(() => sim.addHost({ name: 'a' }), RangeError)
  assert.throws(() => sim.addHost({ name: 'b', ip: '192.0.2.1' }), RangeError)
  assert.throws(() => sim.addHost({ name: 'c', ip: 'example.org' }), TypeError)
})

test('packets can be intercepted', () => {
  const { sim, alice, bob, a } = pair()
  sim.intercept(packet => packet.data[0] !== 5)
  alice.do(() => a.send(bob.endpoint, Uint8Array.of(5)))
  alice.do(() => a.send(bob.endpoint, Uint8Array.of(6)))
  sim.intercept(undefined)
  alice.do(() => a.send(bob.endpoint, Uint8Array.of(5)))
  sim.run(SECOND)
  assert.equal(
    heard(bob).map(event => event.data[0]),
    [6, 5],
  )
  assert.is(sim.stats.drops.intercepted, 1)
})

test('statistics count packets and bytes by host and by kind', () => {
  const { sim, alice, bob, a } = pair()
  alice.do(() => a.send(bob.endpoint, Uint8Array.of(1, 0, 0)))
  sim.run(SECOND)
  const { hosts, packets, bytes, delivered } = sim.stats
  assert.equal([packets, bytes, delivered], [2, 6, 2])
  assert.is(hosts.alice!.packetsSent, 1)
  assert.is(hosts.alice!.bytesReceived, 3)
  assert.is(hosts.alice!.sentByKind[1], 1)
  assert.is(hosts.bob!.sentByKind[2], 1)
})

test('another host does not change what the others draw', () => {
  const [one, two] = [new Simulation({ seed: 3 }), new Simulation({ seed: 3 })]
  two.addHost({ name: 'first' }).random.u32()
  const [x, y] = [one, two].map(sim => sim.addHost({ name: 'same' }))
  assert.is(x!.random.u32(), y!.random.u32())
})

test.run()
