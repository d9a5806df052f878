// A profile is never lost and never torn, whenever its process is killed: what was answered is on disk.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RpcPeer, repositoryRoot } from '@ts-toxcore/interop'
import { addressOfSave, Tox, toHex } from 'ts-toxcore/node'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const ROUNDS = Number(process.env.KILL_COUNT ?? 15)
/** Changes that are asked for in one go; the process is killed after one more of them is answered in every round. */
const CHANGES = 30

test(`${ROUNDS} × SIGKILL while it saves`, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tox-crash-'))
  const profile = join(dir, 'me.tox')
  let address: string | undefined
  let friends = 0
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const peer = await RpcPeer.spawn([
        process.execPath,
        `${repositoryRoot()}/packages/cli/dist/tox.mjs`,
        'rpc',
        '--port',
        '0',
        '--profile',
        profile,
      ])
      address ??= peer.address
      assert.is(peer.address, address, `round ${round}: the identity`)

      let answered = 0
      const wanted = round % CHANGES
      await new Promise<void>(resolve => {
        if (wanted === 0) resolve()
        for (let i = 0; i < CHANGES; i++) {
          const name = `${round}.${i}`
          const change =
            i === 0
              ? peer.call('friend_add_norequest', { public_key: keyOf(round) })
              : peer.call('self_set_name', { name: name.padEnd(1 + ((i * 37) % 128), '.') })
          change.then(
            () => {
              answered++
              if (i === 0) friends++
              if (answered === wanted) resolve()
            },
            () => {},
          )
        }
      })
      await peer.kill()

      const saved = readFileSync(profile)
      assert.is(toHex(addressOfSave(saved)!), address, `round ${round}: the file`)
      const tox = await Tox.create({ port: 0, savedata: saved })
      const kept = tox.selfFriendList.length
      await tox.kill()
      // A change that was not answered may have been kept, too.
      assert.ok(kept >= friends && kept <= round + 1, `round ${round}: ${kept} friends, answered ${friends}`)
      friends = kept
    }
    const again = await RpcPeer.spawn([
      process.execPath,
      `${repositoryRoot()}/packages/cli/dist/tox.mjs`,
      'rpc',
      '--port',
      '0',
      '--profile',
      profile,
    ])
    await again.quit()
    assert.equal(readdirSync(dir), ['me.tox'], 'nothing is left lying around')
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test.run()

/** Some valid public key for each round. */
function keyOf(round: number): string {
  return `${round.toString(16).padStart(4, '0')}${'42'.repeat(29)}01`.toUpperCase()
}
