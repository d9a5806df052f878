// Hosts behind MASQUERADE routers (network namespaces) connect by UDP: each behind its own through hole punching, both
// behind one by their local addresses.
//
// Not here: a symmetric NAT (MASQUERADE --random-fully) against a port-restricted one. The spec's guessing of ports hits
// one of 64,512 now and then, c-toxcore's pairs and ours alike: such peers need a TCP relay.
import { type BootstrapNode, type CtoxBuild, type NatLab, netnsAvailable } from '@ts-toxcore/interop'
import { test } from 'uvu'
import { befriend, type Kind, ours, tell, theirs } from './peers.ts'
import { AtOnce, forEachBuild, type Scene, skip } from './scene.ts'

/** Hosts that know each other's friends: c-toxcore needs at least half of a friend's 8 close nodes to agree on its address. */
const PUBLIC_NODES = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']
/** c-toxcore takes 10.x for a local network, and does not tell strangers of such addresses. */
const PUBLIC_PREFIX = '198.51.100'

const netns = netnsAvailable()
if (netns.available) forEachBuild(define)
else skip(`behind NATs: no network namespaces: ${netns.reason}`)

test.run()

function define(build: CtoxBuild): void {
  // One build after the other: the kernel's table of neighbours (1,024 of all network namespaces together) is full
  // with some fifteen such networks, and then nobody new is reached.
  const atOnce = new AtOnce()
  const pairs: [Kind, Kind][] = [
    [ours, ours],
    [ours, theirs(build)],
    [theirs(build), ours],
  ]
  for (const [first, second] of pairs) {
    const who = `${first.title} and ${second.title}`

    atOnce.test(`${who}, each behind a port-restricted NAT, tox-bootstrapd ${build.version}`, async scene => {
      const lab = scene.lab({
        publicPrefix: PUBLIC_PREFIX,
        publicHosts: PUBLIC_NODES,
        lans: [{ hosts: ['alice'] }, { hosts: ['bob'] }],
      })
      const bootstrap = await startNodes(scene, lab, build)
      const alice = await scene.peer(first, { bootstrap, netns: lab.host('alice').netns })
      const bob = await scene.peer(second, { bootstrap, netns: lab.host('bob').netns })
      const began = performance.now()
      await befriend(alice, bob)
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      console.log(`NOTE ${who}, tox-bootstrapd ${build.version}: ${seconds} s to online by UDP`)
      await tell(alice, bob, 'through the hole')
    })

    // A router does not send back in what comes for itself: only the local addresses can work. Who tells of these is a
    // node on the same LAN (c-toxcore pairs have LAN discovery as well).
    atOnce.test(
      `${who} behind one NAT with a node beside them, tox-bootstrapd ${build.version}`,
      async scene => {
        const lab = scene.lab({
          publicPrefix: PUBLIC_PREFIX,
          publicHosts: PUBLIC_NODES,
          lans: [{ hosts: ['alice', 'bob', 'near'] }],
        })
        const nodes = await startNodes(scene, lab, build)
        const { netns, address } = lab.host('near')
        const near = await scene.bootstrapd(build, { host: address, netns, bootstrap: nodes.slice(0, 1) })
        const bootstrap = [...nodes, near]
        const alice = await scene.peer(first, { bootstrap, netns: lab.host('alice').netns })
        const bob = await scene.peer(second, { bootstrap, netns: lab.host('bob').netns })
        await befriend(alice, bob)
        await tell(alice, bob, 'through the wall')
      },
    )
  }
}

async function startNodes(scene: Scene, lab: NatLab, build: CtoxBuild): Promise<BootstrapNode[]> {
  const nodes: BootstrapNode[] = []
  for (const name of PUBLIC_NODES) {
    const { netns, address } = lab.host(name)
    nodes.push(await scene.bootstrapd(build, { host: address, netns, bootstrap: nodes.slice(0, 1) }))
  }
  return nodes
}
