/** What an idle client costs: no more than c-toxcore's own rules allow. */
import { MINUTE } from '@ts-toxcore/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Client, identity, Network } from './harness.ts'

const INITIAL = 0x80

/** Packets a minute that `client` sends into the onion. */
function rate(network: Network, client: Client, minutes: number): number {
  let count = 0
  network.filter = (from, { data }) => {
    if (from === client.endpoint && data[0] === INITIAL) count++
    return true
  }
  network.run(minutes * MINUTE)
  return count / minutes
}

/**
 * c-toxcore's announce traffic at n ≤ 12 nodes: of a path's 20 minutes, for the first 90 s each node is asked every
 * 15 s, after that every 120 s, but something every 15 s. (It also asks for more nodes every second while its list
 * is at most half full; we do not.)
 */
function ceiling(n: number): number {
  const young = (90 / 15) * n
  const stable = (1200 - 90) * Math.max(1 / 15, n / 120)
  return (young + stable) / 20
}

for (const nodes of [1, 2, 5, 12, 30]) {
  test(`${nodes} nodes: idle, and with a friend who stays away`, () => {
    const network = new Network(nodes, nodes)
    const alice = network.addClient()
    network.online(alice)
    network.run(10 * MINUTE)
    const limit = ceiling(Math.min(12, nodes))
    const idle = rate(network, alice, 40)
    assert.ok(idle <= limit + 0.3, `${idle} packets a minute, limit ${limit}`)
    assert.ok(idle >= 3.9, `${idle} packets a minute are too few to notice a dead network`)

    alice.client.addFriend(network.now, identity(network.crypto, network.random).publicKey)
    network.run(15 * MINUTE)
    const searching = rate(network, alice, 60)
    assert.ok(searching - idle <= 1, `${searching} packets a minute with a friend`)
    assert.ok(alice.client.connected)
    console.log(
      `NOTE ${nodes} nodes: ${idle.toFixed(1)} packets a minute, ${searching.toFixed(1)} with a friend`,
    )
  })
}

test.run()
