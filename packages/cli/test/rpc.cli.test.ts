// `tox rpc` as a process: the contract's answers to good and bad input, and profiles.
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RpcPeer, repositoryRoot } from '@ts-toxcore/interop'
import { suite, test } from 'uvu'
import * as assert from 'uvu/assert'

const TOX = [process.execPath, `${repositoryRoot()}/packages/cli/dist/tox.mjs`]
const OTHER = `${'11'.repeat(31)}01`

function tox(args: readonly string[], input = '') {
  return spawnSync(TOX[0]!, [...TOX.slice(1), ...args], { input, encoding: 'utf8' })
}

async function inDirectory(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tox-rpc-'))
  try {
    await run(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

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
      '{"jsonrpc":"1.0","id":1001,"method":"quit"}',
      '{"jsonrpc":"2.0","id":1002}',
      '\0\xff',
    ]) {
      peer.writeLine(line)
    }
    peer.writeLine('')
    assert.is(await refusal(peer.call('no_such_method')), -32601)
    assert.is(await refusal(peer.call('__proto__')), -32601)
    assert.is(await refusal(peer.call('friend_add', { address: 5 })), -32602)
  }))

/** What `tox rpc` answers to lines that are given to it all at once, before the end of input. */
function answersTo(...lines: string[]): { id?: unknown; result?: unknown; error?: { code: number } }[] {
  const { stdout, status } = tox(['rpc', '--port', '0'], `${lines.join('\n')}\n`)
  assert.is(status, 0)
  const [ready, ...answers] = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.is(ready.method, 'ready')
  return answers
}

test('the codes of bad lines, as they are written', () => {
  const answers = answersTo(
    '{',
    '[]',
    '{"jsonrpc":"2.0","id":"x"}',
    '{"jsonrpc":"2.0","id":{},"method":"self_get_name"}',
    '{"jsonrpc":"2.0","id":3,"method":"self_get_name","params":[]}',
    // A notification, which is not answered, and a line as Windows ends it.
    '{"jsonrpc":"2.0","method":"self_get_name"}',
    '{"jsonrpc":"2.0","id":null,"method":"self_get_name"}\r',
  )
  assert.equal(
    answers.map(answer => [answer.id, answer.error?.code]),
    [
      [null, -32700],
      [null, -32600],
      ['x', -32600],
      [null, -32600],
      [3, -32602],
      [null, undefined],
    ],
  )
})

test('after quit nothing more is done; the end of input waits for the answers', () => {
  const call = (id: number, method: string, params: object = {}) =>
    JSON.stringify({ jsonrpc: '2.0', id, method, params })
  const answers = answersTo(
    call(1, 'self_set_name', { name: 'x' }),
    call(2, 'quit'),
    call(3, 'self_get_name'),
  )
  assert.equal(
    answers.map(({ id, result }) => [id, result]),
    [
      [1, {}],
      [2, {}],
    ],
  )
  const slow = answersTo(
    call(1, 'bootstrap', { host: 'no-such-host.invalid', port: 1, public_key: OTHER }),
    call(2, 'self_get_tcp_port'),
  )
  assert.equal(slow.map(({ id, error }) => [id, error?.code]).sort(), [
    [1, -32000],
    [2, -32000],
  ])
})

test('SIGTERM right after ready saves and leaves', async () => {
  await inDirectory(async dir => {
    const profile = join(dir, 'me.tox')
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const peer = await RpcPeer.spawn([...TOX, 'rpc', '--port', '0', '--profile', profile])
      assert.ok(existsSync(profile), 'there before ready')
      assert.equal(await peer.kill(signal), { code: 0, signal: null })
      assert.equal(readdirSync(dir), ['me.tox'])
    }
  })
})

test('a profile has one process at a time; looking at its ID is free', () =>
  inDirectory(async dir => {
    const profile = join(dir, 'me.tox')
    const peer = await RpcPeer.spawn([...TOX, 'rpc', '--port', '0', '--profile', profile])
    // By another name, too.
    symlinkSync(profile, join(dir, 'link.tox'))
    for (const [command, name] of [
      ['rpc', 'me.tox'],
      ['chat', 'me.tox'],
      ['rpc', 'link.tox'],
    ] as const) {
      const second = tox([command, '--port', '0', '--profile', join(dir, name)])
      assert.is(second.status, 1)
      assert.match(second.stderr, /me\.tox is open in another process \(\d+\)/)
    }
    assert.is(tox(['id', '--profile', profile]).stdout, `${peer.address}\n`)

    // A process that was killed does not keep it.
    await peer.kill()
    const again = await RpcPeer.spawn([...TOX, 'rpc', '--port', '0', '--profile', join(dir, 'link.tox')])
    assert.is(again.address, peer.address)
    await again.call('self_set_name', { name: 'by the link' })
    await again.quit()
    assert.ok(lstatSync(join(dir, 'link.tox')).isSymbolicLink())
    assert.ok(readFileSync(profile).includes('by the link'))
  }))

test('save: elsewhere, at home, and where it cannot', () =>
  inDirectory(async dir => {
    const profile = join(dir, 'me.tox')
    await withPeer(
      async peer => {
        const copies = Array.from({ length: 5 }, () => peer.call('save', { path: join(dir, 'copy') }))
        assert.equal(await Promise.all([...copies, peer.call('save')]), Array(6).fill({}))
        assert.ok(readFileSync(profile).equals(readFileSync(join(dir, 'copy'))))
        assert.is(await refusal(peer.call('save', { path: join(dir, 'none/x') })), 'SAVE_FAILED')
        assert.is(await refusal(peer.call('save', { path: 5 })), -32602)
      },
      '--profile',
      profile,
    )
    await withPeer(async peer => assert.is(await refusal(peer.call('save')), -32602))
  }))

test('a port that is taken', async () => {
  const taken = createSocket('udp4')
  await new Promise<void>(resolve => taken.bind(0, resolve))
  try {
    const port = String(taken.address().port)
    for (const args of [
      ['rpc', '--port', port],
      ['bootstrap', '--udp-port', port],
    ]) {
      const { status, stderr, stdout } = tox(args)
      assert.is(status, 1)
      assert.is(stdout, '')
      assert.is(stderr, `tox: UDP port ${port} is in use, or not permitted (TOX_ERR_NEW_PORT_ALLOC)\n`)
    }
  } finally {
    await new Promise<void>(resolve => taken.close(resolve))
  }
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
  // What the contract has and this version has not.
  [['rpc', '--no-udp'], '--no-udp: this version has no relays yet'],
  [['rpc', '--relay', 'HOST:1:KEY'], '--relay: this version has no relays yet'],
  [['chat', '--ws', 'wss://x:KEY'], '--ws: this version has no relays yet'],
  [['rpc', '--tcp-port', '1'], '--tcp-port: this version has no relays yet'],
  [['rpc', '--proxy', 'socks5://x'], '--proxy: this version has no relays yet'],
  [['rpc', '--password-file', 'f'], '--password-file: this version cannot open encrypted profiles yet'],
  [['rpc', '--downloads', 'd'], '--downloads: this version has no file transfers yet'],
  [['bootstrap', '--tcp-port', '1,2'], '--tcp-port: this version has no relays yet'],
  [['bootstrap', '--ws-port', '1'], '--ws-port: this version has no relays yet'],
  [['bridge'], "this version has no 'tox bridge' yet"],
] as const) {
  usage(`tox ${args.join(' ').slice(0, 40)} is wrong usage`, () => {
    const { status, stderr, stdout } = tox(args)
    assert.is(status, 2)
    assert.is(stdout, '')
    assert.ok(stderr.includes(hint))
  })
}

usage('with --json an error is JSON, too', () => {
  const { stderr } = tox(['rpc', '--json', '--port', 'x'])
  assert.match(JSON.parse(stderr).error.message, /^--port: expected/)
})

usage('a variable with a wrong value is wrong usage, and says which', () => {
  const env = { ...process.env, TS_TOXCORE_CRYPTO: 'wsam' }
  const { status, stderr } = spawnSync(TOX[0]!, [...TOX.slice(1), 'id'], { env, encoding: 'utf8' })
  assert.is(status, 2)
  assert.match(stderr, /^tox: TS_TOXCORE_CRYPTO: expected auto, js, wasm, wasm-relaxed, got 'wsam'$/m)
})

usage('help and version', () => {
  for (const args of [[], ['--help'], ['--version'], ['rpc', '--help'], ['demo', '--help'], ['chat', '-h']]) {
    const { status, stdout, stderr } = tox(args)
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
