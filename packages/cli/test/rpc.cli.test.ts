// `tox rpc` as a process: the contract's answers to good and bad input, and profiles.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RpcPeer, repositoryRoot } from '@ts-toxcore/interop'
import { suite, test } from 'uvu'
import * as assert from 'uvu/assert'

const TOX = [process.execPath, `${repositoryRoot()}/packages/cli/dist/tox.mjs`]
const OTHER = `${'11'.repeat(31)}01`

async function withPeer(run: (peer: RpcPeer) => Promise<void>, ...options: string[]): Promise<void> {
  const peer = await RpcPeer.spawn([...TOX, 'rpc', '--port', '0', ...options])
  try {
    await run(peer)
    // Whatever it was asked, the peer lives on.
    assert.is((await peer.call('self_get_address')).address, peer.address)
  } finally {
    assert.equal(await peer.quit(), { code: 0, signal: null })
  }
}

async function refusal(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return (error as { code: unknown }).code
  }
  throw new Error('the call was not refused')
}

test('the first line is ready', () =>
  withPeer(async peer => {
    assert.match(peer.address, /^[0-9A-F]{76}$/)
    assert.is(peer.address.slice(0, 64), peer.publicKey)
    assert.match(peer.ready.dht_id, /^[0-9A-F]{64}$/)
    assert.ok(peer.ready.udp_port! > 0)
  }))

test('friend_add refuses what c-toxcore refuses, by the same codes', () =>
  withPeer(async peer => {
    const add = (address: string, message: string) => refusal(peer.call('friend_add', { address, message }))
    const address = addressOf(OTHER)
    const broken = address.slice(0, -1) + (address.endsWith('0') ? '1' : '0')
    assert.is(await add(broken, 'hi'), 'TOX_ERR_FRIEND_ADD_BAD_CHECKSUM')
    assert.is(await add(peer.address, 'hi'), 'TOX_ERR_FRIEND_ADD_OWN_KEY')
    assert.is(await add(address, ''), 'TOX_ERR_FRIEND_ADD_NO_MESSAGE')
    assert.is(await add(address, 'x'.repeat(922)), 'TOX_ERR_FRIEND_ADD_TOO_LONG')
    assert.is(await add('1234', 'hi'), -32602)
    assert.equal(await peer.call('friend_add', { address, message: 'x'.repeat(921) }), { friend_number: 0 })
    assert.is(await add(address, 'hi'), 'TOX_ERR_FRIEND_ADD_ALREADY_SENT')
    assert.is(await add(addressOf(OTHER, '00000001'), 'hi'), 'TOX_ERR_FRIEND_ADD_SET_NEW_NOSPAM')
  }))

test('names, states and friends that are refused', () =>
  withPeer(async peer => {
    const call = (method: string, params: object) =>
      refusal(peer.call(method, params as Record<string, unknown>))
    assert.is(await call('self_set_name', { name: 'n'.repeat(129) }), 'TOX_ERR_SET_INFO_TOO_LONG')
    assert.is(
      await call('self_set_status_message', { status_message: 's'.repeat(1008) }),
      'TOX_ERR_SET_INFO_TOO_LONG',
    )
    assert.is(await call('self_set_status', { status: 'sleepy' }), -32602)
    assert.is(
      await call('self_set_typing', { friend_number: 7, typing: true }),
      'TOX_ERR_SET_TYPING_FRIEND_NOT_FOUND',
    )
    assert.is(await call('friend_delete', { friend_number: 7 }), 'TOX_ERR_FRIEND_DELETE_FRIEND_NOT_FOUND')
    assert.is(await call('friend_get_name', { friend_number: 7 }), 'TOX_ERR_FRIEND_QUERY_FRIEND_NOT_FOUND')
    const message = { friend_number: 7, type: 'normal', message: 'hi' }
    assert.is(await call('friend_send_message', message), 'TOX_ERR_FRIEND_SEND_MESSAGE_FRIEND_NOT_FOUND')
    await peer.call('friend_add_norequest', { public_key: OTHER })
    const offline = { ...message, friend_number: 0 }
    assert.is(await call('friend_send_message', offline), 'TOX_ERR_FRIEND_SEND_MESSAGE_FRIEND_NOT_CONNECTED')
    await peer.call('self_set_name', { name: 'n'.repeat(128) })
    assert.is((await peer.call('self_get_name')).name, 'n'.repeat(128))
  }))

test('bootstrap: unreachable and impossible nodes', () =>
  withPeer(
    async peer => {
      const node = { host: '127.0.0.1', port: 33445, public_key: OTHER }
      const bootstrap = (change: object) => peer.call('bootstrap', { ...node, ...change })
      assert.is(await refusal(bootstrap({ host: 'no-such-host.invalid' })), 'TOX_ERR_BOOTSTRAP_BAD_HOST')
      assert.is(await refusal(bootstrap({ port: 0 })), 'TOX_ERR_BOOTSTRAP_BAD_PORT')
      assert.is(await refusal(bootstrap({ port: 70000 })), 'TOX_ERR_BOOTSTRAP_BAD_PORT')
      assert.is(await refusal(bootstrap({ public_key: 'zz' })), -32602)
      // Nobody listens there; that is no error, only silence.
      assert.equal(await bootstrap({ port: 9 }), {})
    },
    '--bootstrap',
    `no-such-host.invalid:33445:${OTHER}`,
  ))

test('lines that are no requests', () =>
  withPeer(async peer => {
    for (const line of [
      '{',
      '[]',
      '42',
      '{"jsonrpc":"1.0","id":1,"method":"quit"}',
      '{"jsonrpc":"2.0","id":1}',
      '\0\xff',
    ]) {
      peer.writeLine(line)
    }
    peer.writeLine('')
    assert.is(await refusal(peer.call('no_such_method')), -32601)
    assert.is(await refusal(peer.call('__proto__')), -32601)
    assert.is(await refusal(peer.call('friend_add', { address: 5 })), -32602)
  }))

test('the codes of bad lines, as they are written', () => {
  const { stdout, status } = spawnSync(TOX[0]!, [...TOX.slice(1), 'rpc', '--port', '0'], {
    input:
      '{\n[]\n{"jsonrpc":"2.0","id":3,"method":"self_get_name","params":[]}\n{"jsonrpc":"2.0","method":"self_get_name"}\n',
    encoding: 'utf8',
  })
  assert.is(status, 0)
  const [ready, ...answers] = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.is(ready.method, 'ready')
  // The last line was a notification: no answer.
  assert.equal(
    answers.map(answer => [answer.id, answer.error?.code]),
    [
      [null, -32700],
      [null, -32600],
      [null, -32600],
    ],
  )
})

test('a profile is created, saved on change, and kept over a kill', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tox-rpc-'))
  const profile = join(dir, 'me.tox')
  try {
    const peer = await RpcPeer.spawn([...TOX, 'rpc', '--port', '0', '--profile', profile])
    await peer.call('self_set_name', { name: 'Kept' })
    await peer.call('friend_add_norequest', { public_key: OTHER })
    await peer.call('save', { path: `${profile}.copy` })
    await eventually(() => readFileSync(profile).equals(readFileSync(`${profile}.copy`)))
    await peer.kill()
    assert.is(statSync(profile).mode & 0o777, 0o600)

    const again = await RpcPeer.spawn([...TOX, 'rpc', '--port', '0', '--profile', profile])
    assert.is(again.address, peer.address)
    assert.is((await again.call('self_get_name')).name, 'Kept')
    assert.is((await again.call('friend_get_public_key', { friend_number: 0 })).public_key, OTHER)
    await again.quit()
    assert.equal(readdirSync(dir).sort(), ['me.tox', 'me.tox.copy'], 'no temporary file is left')
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('a damaged or encrypted profile is refused and left as it is', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tox-rpc-'))
  try {
    for (const content of [
      Buffer.from('not a save'),
      Buffer.from(`toxEsave${'x'.repeat(200)}`),
      Buffer.alloc(0),
    ]) {
      const profile = join(dir, 'bad.tox')
      writeFileSync(profile, content)
      const { status, stderr } = spawnSync(
        TOX[0]!,
        [...TOX.slice(1), 'rpc', '--port', '0', '--profile', profile],
        {
          input: '',
          encoding: 'utf8',
        },
      )
      assert.is(status, 1)
      assert.match(stderr, /bad\.tox/)
      assert.ok(readFileSync(profile).equals(content))
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
})

const usage = suite('usage')

for (const [args, hint] of [
  [['rpc', '--port', '70000'], '--port'],
  [['rpc', '--port', '9-3'], '--port'],
  [['rpc', '--bootstrap', 'host:1'], '--bootstrap'],
  [['rpc', '--colour'], '--colour'],
  [['bootstrap', '--motd', 'x'.repeat(257)], '--motd'],
  [['nonsense'], 'nonsense'],
] as const) {
  usage(`tox ${args.join(' ').slice(0, 40)} is wrong usage`, () => {
    const { status, stderr, stdout } = spawnSync(TOX[0]!, [...TOX.slice(1), ...args], {
      input: '',
      encoding: 'utf8',
    })
    assert.is(status, 2)
    assert.is(stdout, '')
    assert.ok(stderr.includes(hint))
  })
}

usage('help and version', () => {
  for (const args of [['--help'], ['--version'], ['rpc', '--help'], ['demo', '--help']]) {
    const { status, stdout, stderr } = spawnSync(TOX[0]!, [...TOX.slice(1), ...args], { encoding: 'utf8' })
    assert.is(status, 0)
    assert.ok(stdout.length > 4)
    assert.is(stderr, '')
  }
})

test.run()
usage.run()

/** The Tox ID of a public key, with a checksum that fits. */
function addressOf(publicKey: string, nospam = '00000000'): string {
  const bytes = Buffer.from(publicKey + nospam, 'hex')
  const checksum = [0, 0]
  for (const [i, byte] of bytes.entries()) checksum[i % 2]! ^= byte
  return Buffer.concat([bytes, Buffer.from(checksum)])
    .toString('hex')
    .toUpperCase()
}

async function eventually(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('it did not come true within 5 s')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
