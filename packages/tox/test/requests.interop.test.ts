// Friend requests on crooked ways: nobody at home, both at once, taken back and made again, not for this Tox ID.
import { join } from 'node:path'
import type { RpcPeer } from '@ts-toxcore/interop'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  accept,
  befriend,
  type Kind,
  NETWORK_TIMEOUT_MS,
  offline,
  online,
  ours,
  tell,
  theirs,
} from './peers.ts'
import { AtOnce, forEachBuild } from './scene.ts'

const atOnce = new AtOnce()
forEachBuild(build => {
  const pairs: [Kind, Kind][] = [
    [ours, theirs(build)],
    [theirs(build), ours],
  ]
  for (const [asking, accepting] of pairs) {
    const who = `${asking.title} asks ${accepting.title}`

    atOnce.test(`${who}, who is offline and starts later`, async scene => {
      const node = await scene.bootstrapd(build)
      const dir = scene.dir()
      const profile = join(dir, 'b.tox')
      const before = await scene.peer(accepting, { bootstrap: [node], profile })
      await before.quit()
      const a = await scene.peer(asking, { bootstrap: [node] })
      await connected(a)
      await a.call('friend_add', { address: before.address, message: 'when you are back' })
      const b = await scene.peer(accepting, { bootstrap: [node], profile })
      assert.is(b.address, before.address)
      await accept(b, a, 'when you are back')
      await Promise.all([online(a), online(b)])
      await tell(a, b, 'there you are')
    })

    atOnce.test(`${who}, one deletes the other and asks again, then both do`, async scene => {
      const node = await scene.bootstrapd(build)
      const a = await scene.peer(asking, { bootstrap: [node] })
      const b = await scene.peer(accepting, { bootstrap: [node] })
      await befriend(a, b, 'first')

      await a.call('friend_delete', { friend_number: 0 })
      await offline(b, NETWORK_TIMEOUT_MS)
      assert.equal(await a.call('self_get_friend_list'), { friend_list: [] })
      // For b nothing has ended: it is not asked, and is back.
      assert.is((await a.call('friend_add', { address: b.address, message: 'second' })).friend_number, 0)
      await Promise.all([online(a), online(b)])
      await tell(a, b, 'again')
      assert.is(requests(b).length, 1)

      await a.call('friend_delete', { friend_number: 0 })
      await offline(b, NETWORK_TIMEOUT_MS)
      await b.call('friend_delete', { friend_number: 0 })
      await a.call('friend_add', { address: b.address, message: 'third' })
      // The second one may still have been under way, and then c-toxcore does not show another of the same key.
      await accept(b, a, /^(second|third)$/)
      await Promise.all([online(a), online(b)])
      await tell(b, a, 'as if nothing had been')
    })

    atOnce.test(`${who} by another nospam, which is not shown before it is right`, async scene => {
      const node = await scene.bootstrapd(build)
      const b = await scene.peer(accepting, { bootstrap: [node] })
      const a = await scene.peer(asking, { bootstrap: [node] })
      const control = await scene.peer(asking, { bootstrap: [node] })
      const nospam = 0x12345678
      const elsewhere = addressOf(b.publicKey, nospam)
      await a.call('friend_add', { address: elsewhere, message: 'wrong door' })
      // The same way, a little later: when this one has come, the other one has had its chance.
      await control.call('friend_add', { address: b.address, message: 'right door' })
      await accept(b, control, 'right door')
      await Promise.all([online(control), online(b)])
      assert.equal(
        requests(b).map(event => event.public_key),
        [control.publicKey],
      )

      await b.call('self_set_nospam', { nospam })
      assert.is((await b.call('self_get_address')).address, elsewhere)
      await accept(b, a, 'wrong door')
      await Promise.all([online(a), online(b, 1)])
    })
  }

  atOnce.test(`ours and ${theirs(build).title} add each other at the same moment`, async scene => {
    const node = await scene.bootstrapd(build)
    const a = await scene.peer(ours, { bootstrap: [node] })
    const b = await scene.peer(theirs(build), { bootstrap: [node] })
    await Promise.all([
      a.call('friend_add', { address: b.address, message: 'you' }),
      b.call('friend_add', { address: a.address, message: 'no, you' }),
    ])
    await Promise.all([online(a), online(b)])
    await Promise.all([tell(a, b, 'one'), tell(b, a, 'two')])
    assert.equal([...requests(a), ...requests(b)], [], 'who is a friend is not asked')
  })
})

test.run()

function requests(peer: RpcPeer) {
  return peer.events.filter(event => event.type === 'friend_request')
}

/** c-toxcore says 'tcp' here, because all nodes that it knows are on its own machine. */
async function connected(peer: RpcPeer): Promise<void> {
  await peer.waitFor(
    'self_connection_status',
    event => event.connection_status !== 'none',
    NETWORK_TIMEOUT_MS,
  )
}

/** A Tox ID: public key, nospam, and the XOR of all their byte pairs. */
function addressOf(publicKey: string, nospam: number): string {
  const address = Buffer.alloc(38)
  address.write(publicKey, 'hex')
  address.writeUInt32BE(nospam, 32)
  for (let i = 0; i < 36; i++) address[36 + (i % 2)]! ^= address[i]!
  return address.toString('hex').toUpperCase()
}
