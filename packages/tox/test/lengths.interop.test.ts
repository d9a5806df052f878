// Every length that a message can have, 1 to 1372 bytes, both ways at once, each with its receipt.
import type { EventFields, RpcEvent, RpcPeer } from '@ts-toxcore/interop'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { befriend, NETWORK_TIMEOUT_MS, ours, theirs } from './peers.ts'
import { forEachBuild, scene } from './scene.ts'

const LONGEST = 1372

forEachBuild(build => {
  const kind = theirs(build)
  test(
    `1 to ${LONGEST} bytes both ways: ours and ${kind.title}`,
    scene(async scene => {
      const node = await scene.bootstrapd(build)
      const a = await scene.peer(ours, { bootstrap: [node] })
      const b = await scene.peer(kind, { bootstrap: [node] })
      await befriend(a, b)
      await Promise.all([everyLength(a, b), everyLength(b, a)])
    }),
  )
})

test.run()

async function everyLength(from: RpcPeer, to: RpcPeer): Promise<void> {
  const arrived = gather(to, 'friend_message', LONGEST)
  const receipts = gather(from, 'friend_read_receipt', LONGEST)
  const expected: string[] = []
  const ids: number[] = []
  for (let length = 1; length <= LONGEST; length++) {
    const message = textOf(length)
    assert.is(Buffer.byteLength(message), length)
    const type = length % 2 === 0 ? 'normal' : 'action'
    ids.push((await from.call('friend_send_message', { friend_number: 0, type, message })).message_id)
    expected.push(`${type} ${message}`)
  }
  assert.is(new Set(ids).size, LONGEST, 'a number is used once')
  assert.equal(
    (await arrived).map(event => `${event.message_type} ${event.message}`),
    expected,
  )
  assert.equal(
    (await receipts).map(event => event.message_id),
    ids,
  )
}

/** Different bytes everywhere for different lengths, and at the end a character of four bytes. */
function textOf(length: number): string {
  const end = '👋'
  return length < 4 ? `${length}`.padEnd(length, '.') : ''.padEnd(length - 4, `${length} `) + end
}

function gather<T extends keyof EventFields>(peer: RpcPeer, type: T, count: number): Promise<RpcEvent<T>[]> {
  return new Promise((resolve, reject) => {
    const events: RpcEvent<T>[] = []
    const timer = setTimeout(
      () => reject(new Error(`only ${events.length} of ${count} ${type} have come`)),
      NETWORK_TIMEOUT_MS,
    )
    const off = peer.on(({ params, at }) => {
      if (params.type !== type || events.push({ ...params, type, at } as unknown as RpcEvent<T>) < count)
        return
      clearTimeout(timer)
      off()
      resolve(events)
    })
  })
}
