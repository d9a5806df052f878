// `tox bootstrap`, our bootstrap node, as a process.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { freeUdpPort, type NodeAddress, onExit } from '@ts-toxcore/interop'
import * as assert from 'uvu/assert'
import { toxArgv } from './peers.ts'

export interface OurNodeOptions {
  /** The address under which others reach it; it listens on all. */
  readonly host?: string
  readonly motd?: string
  /** Nodes to join. */
  readonly bootstrap?: readonly { readonly spec: string }[]
}

export interface OurNode extends NodeAddress {
  /** HOST:PORT:KEYHEX, as `--bootstrap` takes it. */
  readonly spec: string
  stop(): Promise<void>
}

export async function startOurNode(options: OurNodeOptions = {}): Promise<OurNode> {
  const { host = '127.0.0.1', motd, bootstrap = [] } = options
  const port = await freeUdpPort()
  const [command, ...args] = toxArgv(
    ...['bootstrap', '--json', '--udp-port', String(port)],
    ...bootstrap.flatMap(node => ['--bootstrap', node.spec]),
    ...(motd === undefined ? [] : ['--motd', motd]),
  )
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const forget = onExit(() => child.kill('SIGKILL'))
  const ready = JSON.parse(await firstLine(child)) as { public_key: string; udp_port: number }
  assert.is(ready.udp_port, port)
  return {
    host,
    port,
    publicKey: ready.public_key,
    spec: `${host.includes(':') ? `[${host}]` : host}:${port}:${ready.public_key}`,
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
