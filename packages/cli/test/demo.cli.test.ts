// `tox demo` without a terminal: what `npm start` runs for a newcomer.
import { spawnSync } from 'node:child_process'
import { repositoryRoot } from '@ts-toxcore/interop'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

test('shows the whole story and ends with 0', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`${repositoryRoot()}/packages/cli/dist/tox.mjs`, 'demo'],
    { encoding: 'utf8', timeout: 60_000 },
  )
  assert.is(status, 0, stderr)
  const story = [
    /DHT nodes are up/,
    /the cryptography is (JavaScript|WebAssembly)/,
    /connected/,
    /friend request/,
    /accepts it/,
    /sees .* online/,
    /reads:/,
    /has the receipt/,
  ]
  for (const step of story) assert.match(stdout, step)
  assert.is(stdout.match(/has the receipt/g)?.length, 2, 'messages both ways')
})

test.run()
