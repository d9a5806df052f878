// A peer that vanishes without a word is offline for its friend within c-toxcore's own timeout, and found again.
import { allCtox, type RpcPeer, startBootstrapd } from '@ts-toxcore/interop'
import { test } from 'uvu'
import { befriend, offline, online, ours, start, theirs } from './peers.ts'

/** c-toxcore's FRIEND_CONNECTION_TIMEOUT is 32 s, its clock counts whole seconds and its loop adds some. */
const TIMEOUT_MS = 36_000

for (const lookup of allCtox()) {
  if (!lookup.available) {
    console.log(`SKIP ${lookup.title}`)
    test.skip(lookup.title)
    continue
  }
  const { build } = lookup
  test(`ours and ${lookup.title}: either vanishes and comes back`, async () => {
    const node = await startBootstrapd(build)
    const peers: RpcPeer[] = []
    const pair = async (): Promise<[RpcPeer, RpcPeer]> => {
      const [a, b] = [
        await start(ours, { bootstrap: [node] }),
        await start(theirs(build), { bootstrap: [node] }),
      ]
      peers.push(a, b)
      await befriend(a, b)
      return [a, b]
    }
    const vanish = async (vanishing: RpcPeer, staying: RpcPeer) => {
      vanishing.pause()
      await offline(staying, TIMEOUT_MS)
      vanishing.cont()
      await online(staying)
    }
    try {
      const [[a, b], [c, d]] = await Promise.all([pair(), pair()])
      await Promise.all([vanish(a, b), vanish(d, c)])
    } finally {
      await Promise.all(peers.map(peer => peer.quit()))
      await node.stop()
    }
  })
}

test.run()
