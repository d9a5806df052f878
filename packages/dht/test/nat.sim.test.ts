import { MINUTE, SECOND } from '@ts-toxcore/core'
import { type NatOptions, Simulation } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DhtOptions } from '../src/index.ts'
import { addNetwork, addPeer, join } from './peers.ts'

const SEED = 11
console.log(`SEED ${SEED}`)

const PORT_RESTRICTED: NatOptions = {
  mapping: 'endpoint-independent',
  filtering: 'address-and-port-dependent',
}
/** A new port for each peer, one after the other: to be guessed. */
const SEQUENTIAL: NatOptions = {
  mapping: 'address-and-port-dependent',
  filtering: 'address-and-port-dependent',
  portAllocation: 'sequential',
}

/** Milliseconds until two friends behind such NATs have found each other, or undefined. */
function connect(
  nats: readonly [NatOptions, NatOptions],
  seed: number,
  options: Partial<DhtOptions> = {},
): number | undefined {
  const sim = new Simulation({ seed, link: { latency: 30, jitter: 10 } })
  const peers = addNetwork(sim, 12)
  sim.run(MINUTE)
  const [alice, bob] = (['alice', 'bob'] as const).map((name, i) =>
    addPeer(sim, { name, nat: sim.addNat(nats[i]!) }, options),
  )
  const began = sim.now
  for (const [peer, friend] of [
    [alice!, bob!],
    [bob!, alice!],
  ] as const) {
    join(peer, peers[0]!)
    peer.host.do(now => peer.dht.addFriend(now, friend.publicKey))
  }
  const found = () =>
    alice!.dht.friendEndpoint(bob!.publicKey) !== undefined &&
    bob!.dht.friendEndpoint(alice!.publicKey) !== undefined
  return sim.runUntil(found, 2 * MINUTE) ? sim.now - began : undefined
}

test('two port-restricted NATs', () => {
  const took = connect([PORT_RESTRICTED, PORT_RESTRICTED], SEED)
  console.log(`NOTE two port-restricted NATs: ${took?.toFixed(0)} ms`)
  assert.ok(took !== undefined && took < 2 * SECOND)
})

test('a port-restricted and a symmetric NAT: the port is guessed', () => {
  const took = connect([PORT_RESTRICTED, SEQUENTIAL], SEED + 1)
  console.log(`NOTE port-restricted and symmetric NAT: ${took?.toFixed(0)} ms`)
  assert.ok(took !== undefined && took < MINUTE)
  // Without guessing ports it cannot be done: it was not luck.
  assert.is(connect([PORT_RESTRICTED, SEQUENTIAL], SEED + 1, { holePunching: false }), undefined)
})

test.run()
