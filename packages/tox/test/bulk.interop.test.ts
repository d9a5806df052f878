// 10,000 messages each way at once: none lost, doubled or reordered.
import type { RpcPeer } from '@ts-toxcore/interop'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { befriend, NETWORK_TIMEOUT_MS, ours, theirs } from './peers.ts'
import { forEachBuild, scene } from './scene.ts'

const COUNT = 10_000

forEachBuild(build => {
  const kind = theirs(build)
  test(
    `${COUNT} messages each way: ours and ${kind.title}`,
    scene(async scene => {
      const node = await scene.bootstrapd(build)
      const a = await scene.peer(ours, { bootstrap: [node] })
      const b = await scene.peer(kind, { bootstrap: [node] })
      await befriend(a, b)
      const arrived = [collect(a, COUNT), collect(b, COUNT)]
      await b.call('flood', { friend_number: 0, count: COUNT, size: 100, prefix: 'c' })
      const receipts = await sendAll(a, COUNT)
      const [atOurs, atTheirs] = await Promise.all(arrived)
      assert.equal(numbers(atOurs!), sequence())
      assert.equal(numbers(atTheirs!), sequence())
      await receipts
    }),
  )
})

test.run()

/** Sends as fast as the peer takes them, waiting a moment when its queue is full; resolves when all have a receipt. */
async function sendAll(peer: RpcPeer, count: number): Promise<Promise<void>> {
  const open = new Set<number>()
  let sentAll = false
  let done = () => {}
  const receipts = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${open.size} receipts are missing`)), NETWORK_TIMEOUT_MS)
    done = () => {
      clearTimeout(timer)
      resolve()
    }
  })
  const early = new Set<number>()
  peer.on(({ params }) => {
    if (params.type !== 'friend_read_receipt') return
    const id = params.message_id as number
    if (!open.delete(id)) early.add(id)
    if (sentAll && open.size === 0) done()
  })
  for (let i = 0; i < count; ) {
    const message = `o ${i} `.padEnd(100, '.')
    try {
      const { message_id } = await peer.call('friend_send_message', {
        friend_number: 0,
        type: 'normal',
        message,
      })
      if (!early.delete(message_id)) open.add(message_id)
      i++
    } catch (error) {
      if ((error as { code: unknown }).code !== 'TOX_ERR_FRIEND_SEND_MESSAGE_SENDQ') throw error
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
  sentAll = true
  if (open.size === 0) done()
  return receipts
}

function collect(peer: RpcPeer, count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const texts: string[] = []
    const timer = setTimeout(
      () => reject(new Error(`only ${texts.length} of ${count} messages arrived`)),
      NETWORK_TIMEOUT_MS,
    )
    peer.on(({ params }) => {
      if (params.type !== 'friend_message') return
      texts.push(params.message as string)
      // One too many would be a doubled one: a moment is left for it.
      if (texts.length === count) {
        clearTimeout(timer)
        setTimeout(() => resolve(texts), 500)
      }
    })
  })
}

function numbers(texts: string[]): number[] {
  return texts.map(text => Number(text.match(/\d+/)?.[0]))
}

function sequence(): number[] {
  return Array.from({ length: COUNT }, (_, i) => i)
}
