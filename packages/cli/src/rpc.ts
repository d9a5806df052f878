import { toHex } from '@ts-toxcore/core'
import { Tox, ToxError } from 'ts-toxcore/node'
import type { Command } from './main.ts'
import { openProfile } from './profile.ts'
import type { ProfileFile } from './profile-file.ts'
import { forwardEvents } from './rpc-events.ts'
import { LineWriter, readLines } from './rpc-lines.ts'
import { InvalidParams, METHODS, type RpcContext } from './rpc-methods.ts'
import { untilStopped } from './signals.ts'
import { parseNode, parseOptions, parsePorts } from './usage.ts'

export const rpcCommand: Command = {
  summary: 'a peer driven by JSON-RPC 2.0 on stdin and stdout',
  help: `Usage: tox rpc [OPTION…]

Runs a peer. One JSON object a line: requests on stdin, answers and events on stdout; the first line is 'ready'.
Methods are c-toxcore's functions without tox_, with its parameter names; enums are lower case, bytes are hex.

  --profile FILE                 the .tox file: created if missing, saved on change and at the end
  --port N or N-M                UDP port, or range of which the first free one is taken (default 33445-33545)
  --bootstrap HOST:PORT:KEYHEX   join the network by this node (repeatable)
  --no-ipv6                      IPv4 only
  --no-local-discovery           do not look for peers on the local network (this version never does)

The method 'quit', the end of input, SIGINT and SIGTERM save and leave; friends see us go offline at once.`,

  async run(args) {
    const options = parseOptions(args, {
      profile: { type: 'string' },
      port: { type: 'string' },
      bootstrap: { type: 'string', multiple: true, default: [] },
      'no-ipv6': { type: 'boolean', default: false },
      'no-local-discovery': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    })
    const nodes = options.bootstrap.map(text => parseNode('--bootstrap', text))
    const toxOptions = {
      ipv6: !options['no-ipv6'],
      ...(options.port === undefined ? {} : { port: parsePorts('--port', options.port) }),
    }
    const { tox, file } =
      options.profile === undefined
        ? { tox: await Tox.create(toxOptions), file: undefined }
        : await openProfile(options.profile, toxOptions)
    return serve(tox, file, nodes)
  },
}

async function serve(
  tox: Tox,
  file: ProfileFile | undefined,
  nodes: ReturnType<typeof parseNode>[],
): Promise<number> {
  const writer = new LineWriter(process.stdout)
  const write = (message: object) => writer.write(message)
  // Once the peer is gone its last state is what there is to save.
  let last: Uint8Array | undefined
  const save = async () => {
    // A full disk must not end the conversation; the save at the end does report its failure.
    await file?.save(() => last ?? tox.savedata()).catch(complain)
  }
  let quit = () => {}
  const quitting = new Promise<void>(resolve => {
    quit = resolve
  })

  forwardEvents(tox, write, save)
  write({
    jsonrpc: '2.0',
    method: 'ready',
    params: {
      address: toHex(tox.selfAddress),
      public_key: toHex(tox.selfPublicKey),
      dht_id: toHex(tox.selfDhtId),
      udp_port: tox.selfUdpPort,
      tcp_port: null,
    },
  })
  await save()
  for (const node of nodes) tox.bootstrap(node.host, node.port, node.publicKey).catch(complain)

  const context: RpcContext = { tox, quit }
  const input = (async () => {
    for await (const line of readLines(process.stdin)) {
      if (line === undefined) write(failure(null, -32700, 'the line is too long'))
      else if (line.trim() !== '') void handleLine(context, line, write, save)
    }
  })()
  await Promise.race([input, quitting, untilStopped()])

  last = tox.savedata()
  const saved = file?.save(() => last!)
  await tox.kill()
  writer.flush()
  await saved
  // Standard input may still be open, and would keep the process alive.
  process.stdin.destroy()
  return 0
}

interface Request {
  readonly id: string | number | null | undefined
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

async function handleLine(
  context: RpcContext,
  line: string,
  write: (message: object) => void,
  save: () => Promise<void>,
): Promise<void> {
  let message: unknown
  try {
    message = JSON.parse(line)
  } catch (error) {
    write(failure(null, -32700, `not JSON: ${(error as Error).message}`))
    return
  }
  const request = parseRequest(message)
  if (typeof request === 'string') {
    write(failure(null, -32600, request))
    return
  }
  const answer = await callMethod(context, request, save)
  // A request without an id is a notification: nobody waits for the answer.
  if (request.id !== undefined) write(answer)
}

/** A request, or what is wrong with it. */
function parseRequest(message: unknown): Request | string {
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return 'expected one JSON object a line'
  const { jsonrpc, id, method, params = {} } = message as Record<string, unknown>
  if (jsonrpc !== '2.0') return `jsonrpc: expected "2.0"`
  if (typeof method !== 'string') return 'method: expected text'
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number')
    return 'id: expected text or number'
  if (typeof params !== 'object' || params === null || Array.isArray(params))
    return 'params: expected an object'
  return { id, method, params: params as Request['params'] }
}

async function callMethod(context: RpcContext, request: Request, save: () => Promise<void>): Promise<object> {
  const id = request.id ?? null
  const method = METHODS.get(request.method)
  if (method === undefined) return failure(id, -32601, `no method '${request.method}'`)
  try {
    const pending = method.run(context, request.params)
    const result = pending instanceof Promise ? await pending : pending
    if (method.changes) void save()
    return { jsonrpc: '2.0', id, result }
  } catch (error) {
    if (error instanceof ToxError) return failure(id, -32000, error.message, `TOX_ERR_${error.code}`)
    if (error instanceof InvalidParams || error instanceof RangeError || error instanceof TypeError) {
      return failure(id, -32602, error.message)
    }
    return failure(id, -32603, (error as Error).message)
  }
}

function failure(id: string | number | null, code: number, message: string, toxCode?: string): object {
  const error = toxCode === undefined ? { code, message } : { code, message, data: { code: toxCode } }
  return { jsonrpc: '2.0', id, error }
}

function complain(error: Error): void {
  console.error(`tox: ${error.message}`)
}
