import { fromHex, fromUtf8, toHex } from '@ts-toxcore/core'
import { decodeSave, encodeSave } from '@ts-toxcore/messenger'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import vectors from '../../../test-vectors/messenger/save-data.json'

for (const vector of vectors.cases) {
  const bytes = fromHex(vector.save)!

  test(`saves of c-toxcore are read: ${vector.comment}`, () => {
    const save = decodeSave(bytes)
    if ('error' in save) throw new Error(save.error)
    assert.equal(
      {
        nospam: toHex(save.identity!.nospam).toLowerCase(),
        name: fromUtf8(save.name),
        statusMessage: fromUtf8(save.statusMessage),
        status: save.status,
        friends: save.friends.map(({ publicKey: _, request, ...friend }) => ({
          ...friend,
          name: fromUtf8(friend.name),
          statusMessage: fromUtf8(friend.statusMessage),
          ...(request && {
            request: {
              ...request,
              nospam: toHex(request.nospam).toLowerCase(),
              message: fromUtf8(request.message),
            },
          }),
        })),
        pathNodes: save.pathNodes.map(node => node.endpoint.text),
        others: save.others.map(section => section.type),
      },
      {
        nospam: vector.nospam,
        name: vector.name,
        statusMessage: vector.statusMessage,
        status: vector.status,
        friends: vector.friends,
        pathNodes: vector.pathNodes,
        others: vector.others,
      },
    )
  })

  test(`saves of c-toxcore are written again byte for byte: ${vector.comment}`, () => {
    const save = decodeSave(bytes)
    if ('error' in save) throw new Error(save.error)
    const again = encodeSave(save)
    assert.equal(again, bytes.slice(0, again.length))
    // c-toxcore reserves room for relays and path nodes that it may not have.
    assert.ok(bytes.slice(again.length).every(byte => byte === 0))
  })
}

test.run()
