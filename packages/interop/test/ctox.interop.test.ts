// The rig itself: with each build of c-toxcore two peers and the build's own bootstrap node become friends and talk.
// With these green, a red test of ours against c-toxcore is about us.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  allCtox,
  createNatLab,
  netnsAvailable,
  RpcPeer,
  startBootstrapd,
  startDhtBootstrap,
} from '../src/index.ts'

const ONLINE_MS = 120_000

for (const rig of allCtox()) {
  if (!rig.available) {
    console.log(`SKIP ${rig.title}`)
    test.skip(rig.title, () => {})
    continue
  }
  const { build } = rig

  test(
    `${rig.title}: friend request, message and receipt between two peers`,
    ending(async keep => {
      const node = keep(await startBootstrapd(build))
      const options = ['--no-local-discovery', '--no-ipv6', '--bootstrap', node.spec]
      const [alice, bob] = await Promise.all([
        RpcPeer.spawn(build.rpc(...options)).then(keep),
        RpcPeer.spawn(build.rpc(...options)).then(keep),
      ])
      assert.is(alice.ready.address.slice(0, 64), alice.publicKey)

      const { friend_number } = await alice.call('friend_add', { address: bob.address, message: 'hello' })
      const request = await bob.waitFor('friend_request', undefined, ONLINE_MS)
      assert.is(request.public_key, alice.publicKey)
      assert.is(request.message, 'hello')
      await bob.call('friend_add_norequest', { public_key: request.public_key.toLowerCase() })
      await alice.waitFor('friend_connection_status', event => event.connection_status === 'udp', ONLINE_MS)

      const message = 'tschüß 👋'
      const sent = await alice.call('friend_send_message', { friend_number, type: 'action', message })
      const received = await bob.waitFor('friend_message')
      assert.is(received.message_type, 'action')
      assert.is(received.message, message)
      await alice.waitFor('friend_read_receipt', event => event.message_id === sent.message_id)

      await bob.call('flood', { friend_number: 0, count: 200, size: 100, prefix: 'n' })
      await bob.waitFor('flood_sent', event => event.count === 200)
      const last = await alice.waitFor('friend_message', event => event.message.startsWith('n199.'))
      assert.is(last.message.length, 100)
      assert.is(alice.events.filter(event => event.type === 'friend_message').length, 200)

      assert.is((await alice.quit()).code, 0)
      await bob.waitFor('friend_connection_status', event => event.connection_status === 'none')
      assert.is((await bob.quit()).code, 0)
    }),
  )

  test(
    `${rig.title}: refusals carry c-toxcore's names, and a bad line does no harm`,
    ending(async keep => {
      const peer = keep(await RpcPeer.spawn(build.rpc('--no-udp')))
      peer.writeLine('{"jsonrpc":')
      assert.is(
        await codeOf(peer.call('friend_add', { address: peer.address, message: 'me' })),
        'TOX_ERR_FRIEND_ADD_OWN_KEY',
      )
      assert.is(await codeOf(peer.call('friend_add', { address: '00', message: 'me' })), -32602)
      assert.is(await codeOf(peer.call('no_such_method')), -32601)
      assert.is((await peer.kill('SIGTERM')).code, 0)
    }),
  )
}

const lan = netnsAvailable()
const natRig = allCtox().find(each => each.available)
if (lan.available && natRig?.available) {
  const { build } = natRig

  test(
    `${natRig.title}: two peers behind two NATs reach each other by UDP`,
    ending(async keep => {
      const lab = keep(
        createNatLab({ publicHosts: ['node'], lans: [{ hosts: ['alice'] }, { hosts: ['bob'] }] }),
      )
      const { netns, address } = lab.host('node')
      const node = keep(await startDhtBootstrap(build, { netns, host: address }))
      const argv = build.rpc('--no-local-discovery', '--no-ipv6', '--bootstrap', node.spec)
      const [alice, bob] = await Promise.all([
        RpcPeer.spawn(argv, { netns: lab.host('alice').netns }).then(keep),
        RpcPeer.spawn(argv, { netns: lab.host('bob').netns }).then(keep),
      ])
      await alice.call('friend_add_norequest', { public_key: bob.publicKey })
      await bob.call('friend_add_norequest', { public_key: alice.publicKey })
      await alice.waitFor('friend_connection_status', event => event.connection_status === 'udp', ONLINE_MS)
    }),
  )
} else {
  const reason = lan.available ? 'no c-toxcore' : lan.reason
  console.log(`SKIP two peers behind two NATs: ${reason}`)
  test.skip(`two peers behind two NATs: ${reason}`, () => {})
}

test.run()

async function codeOf(call: Promise<unknown>): Promise<string | number | undefined> {
  return call.then(
    () => undefined,
    error => error.code,
  )
}

type Kept = { quit(): Promise<unknown> } | { stop(): Promise<void> } | { remove(): void }

/** A test's body whose processes and networks end with it, also when it fails: newest first. */
function ending(body: (keep: <T extends Kept>(kept: T) => T) => Promise<void>): () => Promise<void> {
  return async () => {
    const all: Kept[] = []
    try {
      await body(kept => {
        all.push(kept)
        return kept
      })
    } finally {
      for (const kept of all.reverse()) {
        await ('quit' in kept ? kept.quit() : 'stop' in kept ? kept.stop() : kept.remove())
      }
    }
  }
}
