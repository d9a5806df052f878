// A peer that vanishes without a word is offline for its friend within c-toxcore's own timeout, and found again.
import { test } from 'uvu'
import { befriend, offline, online, ours, tell, theirs } from './peers.ts'
import { AtOnce, forEachBuild } from './scene.ts'

/** c-toxcore's FRIEND_CONNECTION_TIMEOUT is 32 s, its clock counts whole seconds and its loop adds some. */
const TIMEOUT_MS = 36_000

const atOnce = new AtOnce()
forEachBuild(build => {
  const kind = theirs(build)
  for (const which of ['ours', 'theirs'] as const) {
    atOnce.test(`${which} of ours and ${kind.title} vanishes and comes back`, async scene => {
      const node = await scene.bootstrapd(build)
      const a = await scene.peer(ours, { bootstrap: [node] })
      const b = await scene.peer(kind, { bootstrap: [node] })
      await befriend(a, b)
      const [vanishing, staying] = which === 'ours' ? [a, b] : [b, a]
      vanishing.pause()
      await offline(staying, TIMEOUT_MS)
      vanishing.cont()
      await online(staying)
      await tell(staying, vanishing, 'where have you been?')
    })
  }
})

test.run()
