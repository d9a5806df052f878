import { Endpoint, SECOND } from '@ts-toxcore/core'
import { type Host, type NatDependence, type NatOptions, Simulation } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Echo, type Heard } from './echo.ts'

/** Alice behind a NAT; bob and carol at addresses of their own, bob2 another port of bob's. */
function universe(options: NatOptions) {
  const sim = new Simulation({ seed: 1 })
  const nat = sim.addNat({ ip: '203.0.113.1', ...options })
  const hosts = {
    alice: sim.addHost({ name: 'alice', nat }),
    bob: sim.addHost({ name: 'bob', ip: '192.0.2.1', port: 1000 }),
    bob2: sim.addHost({ name: 'bob2', ip: '192.0.2.1', port: 2000 }),
    carol: sim.addHost({ name: 'carol', ip: '192.0.2.3', port: 1000 }),
  }
  const engines = new Map<Host, Echo>()
  for (const host of Object.values(hosts)) engines.set(host, host.start(new Echo()))
  const send = (from: Host, to: Endpoint, kind = 3) => {
    from.do(() => engines.get(from)!.send(to, Uint8Array.of(kind)))
    sim.run(100)
  }
  /** From where `host` last heard somebody. */
  const source = (host: Host) => (host.eventsOf('heard').at(-1)?.output as unknown as Heard | undefined)?.from
  return { sim, nat, ...hosts, send, source }
}

const ALL: NatDependence[] = ['endpoint-independent', 'address-dependent', 'address-and-port-dependent']

for (const [strictness, mapping] of ALL.entries()) {
  test(`mapping ${mapping}`, () => {
    const { alice, bob, bob2, carol, send, source } = universe({ mapping })
    const [toBob, toBob2, toCarol] = [bob, bob2, carol].map(host => {
      send(alice, host.endpoint)
      return source(host)!
    })
    assert.is(toBob!.host, '203.0.113.1')
    assert.is(toBob!.equals(toBob2!), strictness < 2)
    assert.is(toBob!.equals(toCarol!), strictness < 1)
    // Again to the same one: again from the same port.
    send(alice, bob.endpoint)
    assert.ok(source(bob)!.equals(toBob!))
  })

  test(`filtering ${ALL[strictness]}`, () => {
    const { sim, alice, bob, bob2, carol, send, source } = universe({ filtering: ALL[strictness]! })
    send(alice, bob.endpoint)
    const outside = source(bob)!
    const passes = [bob, bob2, carol].map(host => {
      const before = alice.events.length
      send(host, outside)
      return alice.events.length > before
    })
    assert.equal(passes, [true, strictness < 2, strictness < 1])
    assert.is(sim.stats.drops.nat_filtered ?? 0, passes.filter(pass => !pass).length)
    // Writing to carol lets carol in, whatever the filtering.
    send(alice, carol.endpoint)
    const before = alice.events.length
    send(carol, outside)
    assert.is(alice.events.length, before + 1)
  })
}

test('nothing comes in before something went out', () => {
  const { sim, alice, carol, send } = universe({ filtering: 'endpoint-independent' })
  send(carol, Endpoint.parse('203.0.113.1', 33445)!)
  assert.is(alice.events.length, 0)
  assert.is(sim.stats.drops.nat_filtered, 1)
})

test('the source inside is not reachable from outside, nor is the host in another NAT of the same addresses', () => {
  const { sim, alice, bob, send } = universe({})
  const other = sim.addHost({ name: 'other', nat: sim.addNat() })
  other.start(new Echo())
  assert.is(other.endpoint.host, alice.endpoint.host)
  send(bob, alice.endpoint)
  assert.is(sim.stats.drops.no_route, 1)
  assert.is(alice.events.length + other.events.length, 0)
})

test('a binding lives exactly as long as it should; packets from inside renew it', () => {
  const { sim, nat, alice, bob, send, source } = universe({ lifetime: 10 * SECOND })
  send(alice, bob.endpoint) // at 0; each send lasts 100 ms
  const outside = source(bob)!
  sim.run(9 * SECOND)
  send(alice, bob.endpoint) // renewed at 9.1 s, until 19.1 s
  sim.run(9.87 * SECOND)
  send(bob, outside) // sent at 19.07, arrives at 19.09 s
  assert.is(alice.events.length, 1)
  assert.is(nat.bindings(sim.now), 0)
  send(bob, outside)
  assert.is(alice.events.length, 1)
})

test('a binding is gone at the very instant at which its lifetime ends', () => {
  const { sim, nat, alice, bob } = universe({ lifetime: 1000 })
  nat.outbound(sim.now, alice.endpoint, bob.endpoint)
  assert.is(nat.bindings(sim.now + 999.75), 1)
  assert.is(nat.bindings(sim.now + 1000), 0)
})

test('packets from outside renew a binding only if asked to', () => {
  for (const inboundRefresh of [false, true]) {
    const { sim, alice, bob, send, source } = universe({ lifetime: 10 * SECOND, inboundRefresh })
    send(alice, bob.endpoint)
    const outside = source(bob)!
    for (let i = 0; i < 5; i++) {
      sim.run(5 * SECOND)
      send(bob, outside)
    }
    assert.is(alice.events.length, inboundRefresh ? 5 : 1)
  }
})

test('a filter forgets a remote to whom nothing was sent for a lifetime, though the binding lives', () => {
  const { sim, alice, bob, carol, send, source } = universe({ lifetime: 10 * SECOND })
  send(alice, bob.endpoint)
  for (let i = 0; i < 3; i++) {
    sim.run(5 * SECOND)
    send(alice, carol.endpoint)
  }
  send(bob, source(carol)!)
  assert.is(alice.events.length, 0)
  send(carol, source(carol)!)
  assert.is(alice.events.length, 1)
})

test('port allocation', () => {
  const ports = (portAllocation: 'preserve' | 'sequential' | 'random') => {
    const sim = new Simulation({ seed: 1 })
    const nat = sim.addNat({ portAllocation })
    const bob = sim.addHost({ name: 'bob' })
    bob.start(new Echo())
    for (let i = 0; i < 3; i++) {
      const host = sim.addHost({ name: `inside${i}`, nat })
      const engine = host.start(new Echo())
      host.do(() => engine.send(bob.endpoint, Uint8Array.of(3)))
    }
    sim.run(100)
    return bob.eventsOf('heard').map(event => (event.output as unknown as Heard).from.port)
  }
  assert.equal(ports('preserve'), [33445, 1024, 1025])
  assert.equal(ports('sequential'), [1024, 1025, 1026])
  const random = ports('random')
  assert.is(new Set(random).size, 3)
  assert.ok(random.some(port => port > 2000) && random.every(port => port >= 1024))
})

test('a NAT without a free port drops, and has one again when bindings expire', () => {
  const { sim, nat, alice, bob, send } = universe({ mapping: 'address-and-port-dependent' })
  for (let i = 0; i < 64_512; i++) {
    nat.outbound(sim.now, alice.endpoint, new Endpoint(Uint8Array.of(1, 2, i >> 8, i), 1))
  }
  assert.is(nat.bindings(sim.now), 64_512)
  send(alice, bob.endpoint)
  assert.is(sim.stats.drops.nat_exhausted, 1)
  sim.run(120 * SECOND)
  send(alice, bob.endpoint)
  assert.is(bob.events.length, 1)
})

test('hosts behind one NAT reach each other by their inside addresses', () => {
  const { sim, nat, alice, send } = universe({})
  const dave = sim.addHost({ name: 'dave', nat })
  dave.start(new Echo())
  send(alice, dave.endpoint, 1)
  assert.ok((dave.events[0]!.output as unknown as Heard).from.equals(alice.endpoint))
  assert.is(alice.events.length, 1)
  assert.is(nat.bindings(sim.now), 0)
})

test('hairpinning: by their outside addresses only where the NAT does that', () => {
  for (const hairpinning of [false, true]) {
    const { sim, nat, alice, bob, send, source } = universe({ hairpinning })
    const dave = sim.addHost({ name: 'dave', nat })
    const d = dave.start(new Echo())
    dave.do(() => d.send(bob.endpoint, Uint8Array.of(3)))
    sim.run(100)
    const davesOutside = source(bob)!
    send(alice, bob.endpoint)
    const alicesOutside = source(bob)!
    // Dave's filter lets alice's outside endpoint in first.
    dave.do(() => d.send(alicesOutside, Uint8Array.of(3)))
    sim.run(100)
    send(alice, davesOutside)
    assert.is(dave.events.length, hairpinning ? 1 : 0)
    if (hairpinning) assert.ok(source(dave)!.equals(alicesOutside))
    else assert.is(sim.stats.drops.no_hairpin, 2)
  }
})

test('a NAT behind a NAT', () => {
  const sim = new Simulation({ seed: 1 })
  const carrier = sim.addNat({ ip: '203.0.113.9', portAllocation: 'sequential' })
  const home = sim.addNat({ behind: carrier })
  const alice = sim.addHost({ name: 'alice', nat: home })
  const bob = sim.addHost({ name: 'bob' })
  const a = alice.start(new Echo())
  bob.start(new Echo())
  alice.do(() => a.send(bob.endpoint, Uint8Array.of(1)))
  sim.run(100)
  assert.is((bob.events[0]!.output as unknown as Heard).from.text, '203.0.113.9:1024')
  assert.is(alice.events.length, 1)
})

/** Whether two hear each other who write, twice, to where a third saw the other one, and answer what they hear. */
function punch(mine: NatOptions, theirs: NatOptions): boolean {
  const sim = new Simulation({ seed: 1 })
  const rendezvous = sim.addHost({ name: 'rendezvous' })
  rendezvous.start(new Echo())
  const peers = [mine, theirs].map((options, i) => {
    const host = sim.addHost({ name: `peer${i}`, nat: sim.addNat(options) })
    const engine = host.start(new Echo())
    host.do(() => engine.send(rendezvous.endpoint, Uint8Array.of(3)))
    return { host, engine }
  })
  sim.run(100)
  const outside = rendezvous.eventsOf('heard').map(event => (event.output as unknown as Heard).from)
  for (let round = 0; round < 2; round++) {
    for (const [i, { host, engine }] of peers.entries()) {
      host.do(() => engine.send(outside[1 - i]!, Uint8Array.of(1)))
    }
    sim.run(100)
  }
  return peers.every(({ host }) => host.events.length > 0)
}

test('hole punching works between port-restricted cones, not between a symmetric NAT and one of those', () => {
  const symmetric: NatOptions = { mapping: 'address-and-port-dependent' }
  assert.is(punch({}, {}), true)
  assert.is(punch(symmetric, {}), false)
  assert.is(punch(symmetric, { filtering: 'address-dependent' }), true)
})

test.run()
