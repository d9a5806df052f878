// A laptop sleeps for hours: nothing is ticked, nothing arrives. When it wakes, its network comes later than it does.
import { MINUTE, NEVER, SECOND } from '@ts-toxcore/core'
import { Simulation } from '@ts-toxcore/sim'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addNetwork, type Peer } from './peers.ts'

const HOUR = 60 * MINUTE
const seed = Number(process.env.SIM_SEED ?? 5)
console.log(`SEED ${seed}`)

/** Runs `peer` without a clock and without ears for `duration`; then everything that is due is due at once. */
function sleep(sim: Simulation, { host, dht }: Peer, duration: number): void {
  host.start({ handleDatagram() {}, tick() {}, deadline: () => NEVER, poll: () => undefined })
  sim.run(duration)
  host.start(dht)
}

function asleepAndAwake(withoutNetwork: number) {
  const sim = new Simulation({ seed, link: { latency: 20, jitter: 5 } })
  const peers = addNetwork(sim, 9)
  sim.run(60 * SECOND)
  const [, peer, friend] = peers as [Peer, Peer, Peer]
  peer.host.do(now => peer.dht.addFriend(now, friend.publicKey))
  assert.ok(
    sim.runUntil(() => peer.dht.friendEndpoint(friend.publicKey) !== undefined, 10 * SECOND),
    'not found',
  )
  const known = peer.dht.stats.goodCloseNodes

  peer.host.plugged = withoutNetwork === 0
  sleep(sim, peer, HOUR)
  const [sentBefore, wokenAt] = [peer.host.stats.packetsSent, sim.now]
  sim.run(withoutNetwork)
  const inVain = peer.host.stats.packetsSent - sentBefore
  peer.host.plugged = true
  const isBack = () =>
    peer.dht.stats.goodCloseNodes >= known / 2 && peer.dht.friendEndpoint(friend.publicKey) !== undefined
  assert.ok(sim.runUntil(isBack, 60 * SECOND), 'the network is not found again')
  const took = sim.now - wokenAt
  console.log(
    `NOTE ${withoutNetwork / SECOND} s without network: back ${took.toFixed(0)} ms after waking, ${inVain} packets in vain`,
  )
  return { took, inVain, known }
}

test('network at once: back within a second', () => {
  assert.ok(asleepAndAwake(0).took < SECOND)
})

for (const seconds of [5, 12, 40]) {
  test(`network after ${seconds} s: back in at most twice that time, without a flood`, () => {
    const { took, inVain, known } = asleepAndAwake(seconds * SECOND)
    assert.ok(took < 2 * seconds * SECOND + SECOND, `${took} ms`)
    // Each node once, the eight heard last about as often as bootstrap nodes.
    assert.ok(inVain <= known + 8 * 9 + 12, `${inVain} packets, ${known} nodes`)
  })
}

test.run()
