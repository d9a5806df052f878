// Our bootstrap nodes are the whole network of strangers: a c-toxcore pair finds each other on them. And our pair finds
// each other on DHT_bootstrap, which knows less than tox-bootstrapd.
import { startDhtBootstrap } from '@ts-toxcore/interop'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { OurNode } from './our-node.ts'
import { befriend, ours, theirs } from './peers.ts'
import { AtOnce, forEachBuild, scene } from './scene.ts'

const atOnce = new AtOnce()
forEachBuild(build => {
  const kind = theirs(build)
  for (const count of [1, 4]) {
    atOnce.test(`a pair of ${kind.title} on ${count} of our nodes`, async scene => {
      const nodes: OurNode[] = []
      // Each joins by the one before it.
      for (let i = 0; i < count; i++) nodes.push(await scene.ourNode({ bootstrap: nodes.slice(-1) }))
      const a = await scene.peer(kind, { bootstrap: nodes.slice(0, 1) })
      const b = await scene.peer(kind, { bootstrap: nodes.slice(-1) })
      await befriend(a, b)
      await a.call('friend_send_message', { friend_number: 0, type: 'normal', message: 'found you' })
      assert.is((await b.waitFor('friend_message')).message, 'found you')
    })
  }

  // One after the other: its TCP ports are fixed, and it ends where they are taken.
  test(
    `our pair on DHT_bootstrap of ${kind.title}`,
    scene(async scene => {
      const node = scene.keep(await startDhtBootstrap(build))
      const a = await scene.peer(ours, { bootstrap: [node] })
      const b = await scene.peer(ours, { bootstrap: [node] })
      await befriend(a, b)
    }),
  )
})

test.run()
