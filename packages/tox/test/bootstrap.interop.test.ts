// Our bootstrap nodes are the whole network of strangers: a c-toxcore pair finds each other on them. And our pair finds
// each other on DHT_bootstrap, which knows less than tox-bootstrapd.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { allCtox, freeUdpPort, onExit, startDhtBootstrap } from '@ts-toxcore/interop'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { befriend, ours, start, theirs, toxArgv } from './peers.ts'

for (const lookup of allCtox()) {
  if (!lookup.available) {
    console.log(`SKIP ${lookup.title}`)
    test.skip(lookup.title)
    continue
  }
  const kind = theirs(lookup.build)
  for (const count of [1, 4]) {
    test(`a pair of ${kind.title} on ${count} of our nodes`, async () => {
      const nodes = await startOurNodes(count)
      const last = nodes[nodes.length - 1]!
      const a = await start(kind, { bootstrap: [nodes[0]!] })
      const b = await start(kind, { bootstrap: [last] })
      try {
        await befriend(a, b)
        await a.call('friend_send_message', { friend_number: 0, type: 'normal', message: 'found you' })
        assert.is((await b.waitFor('friend_message')).message, 'found you')
      } finally {
        await Promise.all([a.quit(), b.quit(), ...nodes.map(node => node.stop())])
      }
    })
  }

  test(`our pair on DHT_bootstrap of ${kind.title}`, async () => {
    const node = await startDhtBootstrap(lookup.build)
    const a = await start(ours, { bootstrap: [node] })
    const b = await start(ours, { bootstrap: [node] })
    try {
      await befriend(a, b)
    } finally {
      await Promise.all([a.quit(), b.quit()])
      await node.stop()
    }
  })
}

test.run()

interface OurNode {
  readonly host: string
  readonly port: number
  readonly publicKey: string
  readonly spec: string
  stop(): Promise<void>
}

/** `tox bootstrap` processes; each joins by the one before it. */
async function startOurNodes(count: number): Promise<OurNode[]> {
  const nodes: OurNode[] = []
  for (let i = 0; i < count; i++) {
    const before = nodes[i - 1]
    nodes.push(await startOurNode(before === undefined ? [] : ['--bootstrap', before.spec]))
  }
  return nodes
}

async function startOurNode(options: string[]): Promise<OurNode> {
  const port = await freeUdpPort()
  const [command, ...args] = toxArgv('bootstrap', '--json', '--udp-port', String(port), ...options)
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const forget = onExit(() => child.kill('SIGKILL'))
  const line = await firstLine(child)
  const ready = JSON.parse(line) as { public_key: string; udp_port: number }
  assert.is(ready.udp_port, port)
  return {
    host: '127.0.0.1',
    port,
    publicKey: ready.public_key,
    spec: `127.0.0.1:${port}:${ready.public_key}`,
    stop: () =>
      new Promise(resolve => {
        forget()
        child.once('close', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve)
    child.once('close', code => reject(new Error(`tox bootstrap ended with ${code}`)))
  })
}
