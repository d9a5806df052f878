// Two hosts behind MASQUERADE routers of their own (network namespaces) connect by UDP through hole punching.
import {
  allCtox,
  type BootstrapNode,
  createNatLab,
  netnsAvailable,
  startBootstrapd,
} from '@ts-toxcore/interop'
import { test } from 'uvu'
import { befriend, type Kind, ours, start, theirs } from './peers.ts'

/** Hosts that know each other's friends: c-toxcore needs at least half of a friend's 8 close nodes to agree on its address. */
const PUBLIC_NODES = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']

const netns = netnsAvailable()
const found = allCtox().find(lookup => lookup.available)
if (!netns.available || !found?.available) {
  const reason = netns.available ? 'c-toxcore is not available' : `no network namespaces: ${netns.reason}`
  console.log(`SKIP behind NATs: ${reason}`)
  test.skip(`behind NATs: ${reason}`)
} else {
  const { build } = found
  const pairs: [Kind, Kind][] = [
    [ours, ours],
    [ours, theirs(build)],
    [theirs(build), ours],
  ]
  for (const [first, second] of pairs) {
    test(`${first.title} and ${second.title}, each behind a port-restricted NAT`, async () => {
      // c-toxcore takes 10.x for a local network, and does not tell strangers of such addresses.
      const lab = createNatLab({
        publicPrefix: '198.51.100',
        publicHosts: PUBLIC_NODES,
        lans: [{ hosts: ['alice'] }, { hosts: ['bob'] }],
      })
      const nodes: BootstrapNode[] = []
      for (const name of PUBLIC_NODES) {
        const { netns, address } = lab.host(name)
        nodes.push(await startBootstrapd(build, { host: address, netns, bootstrap: nodes.slice(0, 1) }))
      }
      const alice = await start(first, { bootstrap: nodes, netns: lab.host('alice').netns })
      const bob = await start(second, { bootstrap: nodes, netns: lab.host('bob').netns })
      try {
        const began = performance.now()
        await befriend(alice, bob)
        console.log(
          `NOTE ${first.title} ↔ ${second.title}: ${((performance.now() - began) / 1000).toFixed(1)} s to online by UDP`,
        )
        await alice.call('friend_send_message', {
          friend_number: 0,
          type: 'normal',
          message: 'through the hole',
        })
        await bob.waitFor('friend_message', event => event.message === 'through the hole')
      } finally {
        await Promise.all([alice.quit(), bob.quit()])
        await Promise.all(nodes.map(node => node.stop()))
        lab.remove()
      }
    })
  }
}

test.run()
