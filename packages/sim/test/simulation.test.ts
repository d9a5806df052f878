import { NEVER, SECOND } from '@ts-toxcore/core'
import { type Host, Simulation } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Echo } from './echo.ts'
import { LawChecker } from './law-checker.ts'
import { heard, pair } from './pair.ts'

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
