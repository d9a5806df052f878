// Two peers, tox-bootstrapd as the only node: friendship in both directions and everything friends say to each other.
import { join } from 'node:path'
import type { RpcPeer } from '@ts-toxcore/interop'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { befriend, type Kind, NETWORK_TIMEOUT_MS, offline, online, ours, theirs } from './peers.ts'
import { AtOnce, forEachBuild } from './scene.ts'

/** Far from the 32 s after which a silent friend counts as gone, and enough for a loaded machine. */
const GOODBYE_MS = 10_000

const atOnce = new AtOnce()
forEachBuild(build => {
  const pairs: [Kind, Kind][] = [
    [ours, theirs(build)],
    [theirs(build), ours],
  ]
  for (const [asking, accepting] of pairs) {
    atOnce.test(`${asking.title} asks ${accepting.title}`, async scene => {
      const dir = scene.dir()
      const node = await scene.bootstrapd(build)
      const profiles = [join(dir, 'a.tox'), join(dir, 'b.tox')] as const
      let a = await scene.peer(asking, { bootstrap: [node], profile: profiles[0] })
      let b = await scene.peer(accepting, { bootstrap: [node], profile: profiles[1] })
      await befriend(a, b)
      await presence(a, b)
      await presence(b, a)
      await messages(a, b)
      await messages(b, a)
      await customPackets(a, b)
      await customPackets(b, a)

      await leave(a, b)
      a = await comeBack(a, b, () => scene.peer(asking, { bootstrap: [node], profile: profiles[0] }))
      await leave(b, a)
      b = await comeBack(b, a, () => scene.peer(accepting, { bootstrap: [node], profile: profiles[1] }))
      await messages(a, b)
      await messages(b, a)
    })
  }
})

test.run()

async function presence(from: RpcPeer, to: RpcPeer): Promise<void> {
  const name = `${from.publicKey.slice(0, 8)} – ναί ✓`
  await from.call('self_set_name', { name })
  assert.is((await to.waitFor('friend_name', event => event.name === name)).friend_number, 0)
  await from.call('self_set_name', { name: 'n'.repeat(128) })
  await to.waitFor('friend_name', event => event.name === 'n'.repeat(128))

  const longest = 's'.repeat(1007)
  await from.call('self_set_status_message', { status_message: longest })
  await to.waitFor('friend_status_message', event => event.message === longest)
  await from.call('self_set_status_message', { status_message: '' })
  await to.waitFor('friend_status_message', event => event.message === '')

  for (const status of ['away', 'busy', 'none'] as const) {
    await from.call('self_set_status', { status })
    await to.waitFor('friend_status', event => event.status === status)
  }
  for (const typing of [true, false]) {
    await from.call('self_set_typing', { friend_number: 0, typing })
    await to.waitFor('friend_typing', event => event.typing === typing)
  }
}

/** One at a time, each with its receipt (lengths.interop.test.ts has every length, all at once). */
async function messages(from: RpcPeer, to: RpcPeer): Promise<void> {
  const lengths = [1, 2, 100, 255, 256, 1000, 1371, 1372]
  for (const type of ['normal', 'action'] as const) {
    for (const length of lengths) {
      const message = `${length}`.padEnd(length, '.').slice(0, length)
      const { message_id } = await from.call('friend_send_message', { friend_number: 0, type, message })
      const [received] = await Promise.all([
        to.waitFor('friend_message', () => true, NETWORK_TIMEOUT_MS),
        from.waitFor('friend_read_receipt', event => event.message_id === message_id, NETWORK_TIMEOUT_MS),
      ])
      assert.is(received.message, message)
      assert.is(received.message_type, type)
    }
  }
  const tooLong = from.call('friend_send_message', {
    friend_number: 0,
    type: 'normal',
    message: 'x'.repeat(1373),
  })
  assert.is(await code(tooLong), 'TOX_ERR_FRIEND_SEND_MESSAGE_TOO_LONG')
  const empty = from.call('friend_send_message', { friend_number: 0, type: 'normal', message: '' })
  assert.is(await code(empty), 'TOX_ERR_FRIEND_SEND_MESSAGE_EMPTY')
}

async function customPackets(from: RpcPeer, to: RpcPeer): Promise<void> {
  for (const data of ['A0', `BF${'00'.repeat(1372)}`, 'AA0102']) {
    await from.call('friend_send_lossless_packet', { friend_number: 0, data })
    assert.is((await to.waitFor('friend_lossless_packet')).data, data)
  }
  for (const data of ['C8', `FE${'07'.repeat(1372)}`]) {
    await from.call('friend_send_lossy_packet', { friend_number: 0, data })
    assert.is((await to.waitFor('friend_lossy_packet')).data, data)
  }
  const reserved = from.call('friend_send_lossless_packet', { friend_number: 0, data: '40AA' })
  assert.is(await code(reserved), 'TOX_ERR_FRIEND_CUSTOM_PACKET_INVALID')
}

/** Quits cleanly, which the other must notice long before its timeout. */
async function leave(peer: RpcPeer, other: RpcPeer): Promise<void> {
  await peer.quit()
  await offline(other, GOODBYE_MS)
}

/** Starts from the profile. */
async function comeBack(peer: RpcPeer, other: RpcPeer, start: () => Promise<RpcPeer>): Promise<RpcPeer> {
  const again = await start()
  assert.is(again.address, peer.address, 'the profile keeps the Tox ID')
  await Promise.all([online(again), online(other)])
  return again
}

async function code(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return (error as { code: unknown }).code
  }
  return undefined
}
