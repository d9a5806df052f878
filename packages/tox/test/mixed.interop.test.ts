// Bootstrap nodes of both kinds and peers of all kinds in one network: everybody is everybody's friend and talks to all.
import { allCtox, type RpcPeer } from '@ts-toxcore/interop'
import { test } from 'uvu'
import { befriend, ours, tell, theirs } from './peers.ts'
import { scene, skip } from './scene.ts'

const builds = allCtox().flatMap(lookup => (lookup.available ? [lookup.build] : []))
// Both builds where both are here, or two peers of the one that is.
const [first, second = first] = builds
if (first === undefined || second === undefined) skip('a mixed network: c-toxcore is not available')
else {
  const kinds = [ours, theirs(first), ours, theirs(second)]
  test(
    `3 tox-bootstrapd, 3 of our nodes, and ${kinds.map(kind => kind.title).join(', ')}`,
    scene(async scene => {
      const nodes = [await scene.bootstrapd(first)]
      for (const build of [second, first])
        nodes.push(await scene.bootstrapd(build, { bootstrap: nodes.slice(0, 1) }))
      const ourNodes = [await scene.ourNode({ bootstrap: nodes.slice(0, 1) })]
      for (let i = 1; i < 3; i++) ourNodes.push(await scene.ourNode({ bootstrap: ourNodes.slice(-1) }))

      // Each joins by a node of another kind than itself, and each by another one.
      const doors = [nodes[1]!, ourNodes[1]!, nodes[2]!, ourNodes[2]!]
      const peers = await Promise.all(kinds.map((kind, i) => scene.peer(kind, { bootstrap: [doors[i]!] })))
      const pairs = peers.flatMap((asking, i) =>
        peers.slice(i + 1).map(accepting => [asking, accepting] as const),
      )
      const friends = await Promise.all(
        // By turns the earlier and the later one asks.
        pairs.map(([a, b], i) => (i % 2 === 0 ? makeFriends(a, b) : makeFriends(b, a))),
      )
      await Promise.all(
        friends.flat().map(({ from, to, number }) => tell(from, to, textOf(from, to), number)),
      )
    }),
  )
}

test.run()

interface Arrow {
  readonly from: RpcPeer
  readonly to: RpcPeer
  readonly number: number
}

async function makeFriends(asking: RpcPeer, accepting: RpcPeer): Promise<Arrow[]> {
  const { ofAsking, ofAccepting } = await befriend(asking, accepting)
  return [
    { from: asking, to: accepting, number: ofAsking },
    { from: accepting, to: asking, number: ofAccepting },
  ]
}

function textOf(from: RpcPeer, to: RpcPeer): string {
  return `${from.publicKey.slice(0, 8)} to ${to.publicKey.slice(0, 8)}`
}
