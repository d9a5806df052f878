// Two peers, tox-bootstrapd as the only node: friendship in both directions and everything friends say to each other.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allCtox, type BootstrapNode, type RpcPeer, startBootstrapd } from '@ts-toxcore/interop'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { befriend, type Kind, NETWORK_TIMEOUT_MS, offline, online, ours, start, theirs } from './peers.ts'

for (const lookup of allCtox()) {
  if (!lookup.available) {
    console.log(`SKIP ${lookup.title}`)
    test.skip(lookup.title)
    continue
  }
  const { build } = lookup
  const pairs: [Kind, Kind][] = [
    [ours, theirs(build)],
    [theirs(build), ours],
  ]
  for (const [asking, accepting] of pairs) {
    test(`${asking.title} asks ${accepting.title}`, async () => {
      const node = await startBootstrapd(build)
      const dir = mkdtempSync(join(tmpdir(), 'tox-friends-'))
      const profiles = [join(dir, 'a.tox'), join(dir, 'b.tox')] as const
      let a = await start(asking, { bootstrap: [node], profile: profiles[0] })
      let b = await start(accepting, { bootstrap: [node], profile: profiles[1] })
      try {
        await befriend(a, b)
        await presence(a, b)
        await presence(b, a)
        await messages(a, b)
        await messages(b, a)
        await customPackets(a, b)
        await customPackets(b, a)

        a = await restart(a, b, asking, node, profiles[0])
        b = await restart(b, a, accepting, node, profiles[1])
        await messages(a, b)
        await messages(b, a)
      } finally {
        await Promise.all([a.quit(), b.quit()])
        await node.stop()
        rmSync(dir, { recursive: true })
      }
    })
  }
}

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

/** Every kind of length from 1 to 1372 bytes, with a receipt for each, in order. */
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

/** Quits cleanly, which the other must notice at once, and starts again from the profile. */
async function restart(
  peer: RpcPeer,
  other: RpcPeer,
  kind: Kind,
  node: BootstrapNode,
  profile: string,
): Promise<RpcPeer> {
  await peer.quit()
  await offline(other, 2_000)
  const again = await start(kind, { bootstrap: [node], profile })
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
