// The only bootstrap node restarts under the same key while peers are connected: friends stay together meanwhile, and
// whoever comes afterwards finds them.
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { befriend, ours, tell, theirs } from './peers.ts'
import { AtOnce, forEachBuild } from './scene.ts'

const atOnce = new AtOnce()
forEachBuild(build => {
  const kind = theirs(build)
  for (const newcomer of [ours, kind]) {
    atOnce.test(
      `ours and ${kind.title} while tox-bootstrapd restarts; then ${newcomer.title} joins`,
      async scene => {
        const dir = scene.dir()
        const keys = join(dir, 'keys')
        const node = await scene.bootstrapd(build, { keys })
        const a = await scene.peer(ours, { bootstrap: [node] })
        const b = await scene.peer(kind, { bootstrap: [node] })
        await befriend(a, b)

        await node.stop()
        await Promise.all([tell(a, b, 'is it dark at yours?'), tell(b, a, 'yes')])
        const again = await scene.bootstrapd(build, { keys, udpPort: node.port })
        assert.is(again.spec, node.spec, 'the same node again')

        const c = await scene.peer(newcomer, { bootstrap: [again] })
        const [withOurs, withTheirs] = await Promise.all([befriend(c, a), befriend(c, b)])
        await Promise.all([
          tell(c, a, 'light again', withOurs.ofAsking),
          tell(c, b, 'here too', withTheirs.ofAsking),
        ])
        for (const peer of [a, b]) {
          const lost = peer.events.filter(
            event => event.type === 'friend_connection_status' && event.connection_status === 'none',
          )
          assert.equal(lost, [], 'friends do not need the node')
        }
      },
    )
  }
})

test.run()
