// Many peers may share one Crypto, and its memory is limited: one that has ended leaves no key behind.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SimNetwork } from './sim-network.ts'

const SECOND = 1000

test('a disposed peer has dropped every secret, key and session', () => {
  const network = new SimNetwork({ seed: 4, link: { latency: 10 } })
  const { crypto, sim } = network
  const live = new Set<number>()
  const { addSecret, dropSecret, addKey, dropKey, deriveKey, deriveKeys, addSession, dropSession } = crypto
  const kept = <Handle extends number | undefined>(handle: Handle): Handle => {
    if (handle !== undefined) live.add(handle)
    return handle
  }
  // Secrets, keys and sessions are numbered apart.
  const [SECRET, KEY, SESSION] = [0, 0.25, 0.5]
  Object.assign(crypto, {
    addSecret: (...args: Parameters<typeof addSecret>) => {
      const handle = addSecret(...args)
      kept(handle + SECRET)
      return handle
    },
    dropSecret: (handle: Parameters<typeof dropSecret>[0]) => {
      dropSecret(handle)
      live.delete(handle + SECRET)
    },
    addKey: (...args: Parameters<typeof addKey>) => {
      const handle = addKey(...args)
      kept(handle + KEY)
      return handle
    },
    deriveKey: (...args: Parameters<typeof deriveKey>) => {
      const handle = deriveKey(...args)
      kept(handle && handle + KEY)
      return handle
    },
    deriveKeys: (...args: Parameters<typeof deriveKeys>) => {
      const handles = deriveKeys(...args)
      for (const handle of handles) kept(handle && handle + KEY)
      return handles
    },
    dropKey: (handle: Parameters<typeof dropKey>[0]) => {
      dropKey(handle)
      live.delete(handle + KEY)
    },
    addSession: (...args: Parameters<typeof addSession>) => {
      const handle = addSession(...args)
      live.delete(args[0] + KEY)
      kept(handle + SESSION)
      return handle
    },
    dropSession: (handle: Parameters<typeof dropSession>[0]) => {
      dropSession(handle)
      live.delete(handle + SESSION)
    },
  })
  for (let i = 0; i < 6; i++) {
    const node = network.addNode({ name: `node${i}` })
    if (i > 0) network.join(node, network.nodes[0]!)
  }
  sim.run(10 * SECOND)
  const nodesAlone = live.size
  const peers = ['alice', 'bob'].map(name => network.addPeer({ name }))
  for (const peer of peers) for (const node of network.nodes.slice(0, 2)) network.join(peer, node)
  const [alice, bob] = peers as [(typeof peers)[0], (typeof peers)[0]]
  assert.ok(network.befriend(alice, bob, 60 * SECOND))
  sim.run(30 * SECOND)
  assert.ok(live.size > nodesAlone + 20, `${live.size}`)
  for (const { host, stack } of peers) {
    host.do(now => stack.leave(now))
    host.stop()
    stack.dispose()
  }
  // The nodes have no more of them than before, but for the keys of their return addresses.
  assert.ok(live.size <= nodesAlone + network.nodes.length, `${live.size - nodesAlone} left`)
})

test.run()
