// `tox chat` as a process: two of them by way of `tox bootstrap`, and one on a real terminal.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onExit, repositoryRoot } from '@ts-toxcore/interop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const TOX = `${repositoryRoot()}/packages/cli/dist/tox.mjs`
const PATIENCE_MS = 60_000

/** A process whose output can be waited for. */
class Session {
  readonly #child: ChildProcessWithoutNullStreams
  readonly exited: Promise<number | null>
  output = ''
  #heard = () => {}

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(command, args, { env: { ...process.env, ...env } })
    const forget = onExit(() => this.#child.kill('SIGKILL'))
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        this.#heard()
      })
    }
    this.#child.stdin.on('error', () => {})
    this.exited = new Promise(resolve => {
      this.#child.once('close', code => {
        forget()
        resolve(code)
      })
    })
  }

  type(text: string): void {
    this.#child.stdin.write(text)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  end(): Promise<number | null> {
    this.#child.stdin.end()
    return this.exited
  }

  /** Resolves to the match when the output has one; rejects when that takes too long. */
  see(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why}: no ${pattern} in\n${this.output}`))
      const timer = setTimeout(() => fail('too late'), PATIENCE_MS)
      const look = () => {
        const match = pattern.exec(this.output)
        if (!match) return
        clearTimeout(timer)
        resolve(match)
      }
      this.#heard = look
      this.exited.then(() => fail('it has ended'))
      look()
    })
  }
}

const tox = (...args: string[]) => new Session(process.execPath, [TOX, ...args])

async function inDirectory(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tox-chat-'))
  try {
    await run(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const talking = suite('tox chat')

talking('two chats befriend each other and talk', () =>
  inDirectory(async dir => {
    const node = tox('bootstrap', '--udp-port', '0')
    const [, key] = await node.see(/public key ([0-9A-F]{64})\n/)
    const [, port] = await node.see(/UDP port (\d+)\n/)
    const start = (name: string, ...options: string[]) =>
      tox(
        'chat',
        '--profile',
        join(dir, `${name}.tox`),
        '--port',
        '0',
        '--bootstrap',
        `127.0.0.1:${port}:${key}`,
        ...options,
      )
    const alice = start('alice')
    const bob = start('bob', '--json')
    const [, bobsId] = await bob.see(/"type":"ready","address":"([0-9A-F]{76})"/)
    await alice.see(/New profile .*alice\.tox\nYou: [0-9A-F]{76}\n/)

    alice.type(`/name Alice \x1b[31m\n/add tox:${bobsId} Hello Bob\n`)
    const [, alices] = await bob.see(
      /"type":"friend_request","public_key":"([0-9A-F]{64})","message":"Hello Bob"/,
    )
    bob.type('/accept FFFFFFFFF\n/accept\n')
    await bob.see(/"type":"error","message":"No such request/)
    bob.type(`/accept ${alices!.slice(0, 6).toLowerCase()}\n/name Bob\n`)
    await alice.see(/ is online\n/)
    await bob.see(/"connection_status":"udp"/)

    alice.type('hello\n//etc\n/me waves\n/nonsense\n')
    await bob.see(/"message_type":"normal","message":"hello"/)
    await bob.see(/"message":"\/etc"/)
    await bob.see(/"message_type":"action","message":"waves"/)
    await alice.see(/No command \/nonsense/)
    bob.type(`${'long '.repeat(600)}\nbell\x07\n/me nods\n`)
    await alice.see(/\n\* Bob nods\n/)
    assert.match(alice.output, /Bob: bell\ufffd\n/)
    assert.is(alice.output.match(/Bob: (long )+/g)?.length, 3, '3000 bytes are three messages')
    // Not a terminal: no prompt and no control sequence.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    assert.not.match(alice.output, /\x1b|^> /m)

    bob.signal('SIGTERM')
    assert.is(await bob.exited, 0)
    await alice.see(/Bob is offline\n/)
    alice.type('anyone?\n')
    await alice.see(/Not sent: Bob is offline/)
    assert.is(await alice.end(), 0)
    assert.equal(readdirSync(dir).sort(), ['alice.tox', 'bob.tox'])
    node.signal('SIGINT')
    assert.is(await node.exited, 0)
  }),
)

talking('a bootstrap host that cannot be found is complained of, and the chat lives', () =>
  inDirectory(async dir => {
    const chat = tox(
      'chat',
      '--profile',
      join(dir, 'me.tox'),
      '--port',
      '0',
      '--bootstrap',
      `no-such-host.invalid:1:${'11'.repeat(31)}01`,
    )
    await chat.see(/cannot resolve no-such-host\.invalid/)
    chat.type('/friends\n')
    await chat.see(/No friends yet/)
    assert.is(await chat.end(), 0)
  }),
)

talking.run()

const terminal = suite('on a terminal')
// util-linux's script(1) gives a command a terminal of its own.
const hasScript = process.platform === 'linux' && existsSync('/usr/bin/script')
if (!hasScript) console.log('SKIP tox chat on a terminal: there is no script(1)')
const terminalTest = hasScript ? terminal : terminal.skip

const onTerminal = (profile: string) =>
  new Session(
    'script',
    ['-qec', `"${process.execPath}" "${TOX}" chat --profile "${profile}" --port 0`, '/dev/null'],
    { TERM: 'xterm' },
  )

terminalTest('Ctrl-C takes back what is typed, then leaves', () =>
  inDirectory(async dir => {
    const chat = onTerminal(join(dir, 'me.tox'))
    await chat.see(/\[\?2004h[\s\S]*> /)
    chat.type('half a thought')
    await chat.see(/half a thought/)
    chat.type('\x03')
    chat.type('/name Me\r/friends\r')
    await chat.see(/No friends yet/)
    chat.type('\x03')
    assert.is(await chat.exited, 0)
    assert.match(chat.output, /\[\?2004l/)
    assert.equal(readdirSync(dir), ['me.tox'])
  }),
)

terminalTest('a paste of several lines is one message; Ctrl-D leaves', () =>
  inDirectory(async dir => {
    const chat = onTerminal(join(dir, 'me.tox'))
    await chat.see(/> /)
    chat.type('\x1b[200~/help\r/friends\x1b[201~')
    await chat.see(/… /)
    chat.type('\r')
    // Pasted together they are no two commands.
    await chat.see(/lists them|\/id {2}/)
    chat.type('/friends\r')
    await chat.see(/No friends yet/)
    assert.is(chat.output.match(/No friends yet/g)?.length, 1)
    chat.type('\x04')
    assert.is(await chat.exited, 0)
  }),
)

terminalTest('a terminal that goes away: saved, and unlocked', () =>
  inDirectory(async dir => {
    const chat = onTerminal(join(dir, 'me.tox'))
    await chat.see(/> /)
    chat.type('/name Kept\r/friends\r')
    await chat.see(/No friends yet/)
    chat.signal('SIGKILL')
    await chat.exited
    const deadline = performance.now() + PATIENCE_MS
    while (existsSync(join(dir, 'me.tox.lock')) && performance.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    assert.equal(readdirSync(dir), ['me.tox'])
    const { stdout } = spawnSync(process.execPath, [TOX, 'id', '--profile', join(dir, 'me.tox')], {
      encoding: 'utf8',
    })
    assert.match(stdout, /^[0-9A-F]{76}\n$/)
  }),
)

terminal.run()
