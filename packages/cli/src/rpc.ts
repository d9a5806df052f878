import { toHex } from '@ts-toxcore/core'
import { ToxError } from 'ts-toxcore/node'
import type { Command } from './command.ts'
import { PEER_OPTIONS_HELP, type PeerOptions, parsePeerOptions } from './peer-options.ts'
import { Profile } from './profile.ts'
import { forwardEvents } from './rpc-events.ts'
import { LineWriter, readLines } from './rpc-lines.ts'
import { InvalidParams, METHODS, Refusal, type RpcContext } from './rpc-methods.ts'
import { untilStopped } from './signals.ts'

export const rpcCommand: Command = {
  summary: 'a peer driven by JSON-RPC 2.0 on stdin and stdout',
  help: `Usage: tox rpc [OPTION…]

Runs a peer. One JSON object a line: requests on stdin, answers and events on stdout; the first line is 'ready'.
Methods are c-toxcore's functions without tox_, with its parameter names; enums are lower case, bytes are hex.

  --profile FILE                 the .tox file: created if missing, saved on change and at the end
${PEER_OPTIONS_HELP}
  --json                         as it is anyway

The method 'quit', the end of input, SIGINT and SIGTERM save and leave; friends see us go offline at once.`,

  async run(args) {
    const options = parsePeerOptions(args)
    const stopped = untilStopped()
    const profile =
      options.profile === undefined
        ? await Profile.unsaved(options.tox)
        : await Profile.open(options.profile, options.tox)
    await serve(profile, options, stopped)
    return 0
  },
}

/** Answers and reports until it is time to leave; leaves. */
async function serve(profile: Profile, options: PeerOptions, stopped: Promise<void>): Promise<void> {
  const { tox } = profile
  const writer = new LineWriter(process.stdout)
  const write = (message: object) => writer.write(message)
  // A full disk must not end the conversation; the save at the end does report its failure.
  const save = () => profile.save().catch(complain)
  let leaving = false
  const quitting = promise()
  const gone = promise()
  const quit = () => {
    leaving = true
    quitting.resolve()
    return gone.resolved
  }
  process.stdout.once('error', quit)

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
  options.join(tox, complain)

  const context: RpcContext = { tox, profile, quit }
  const unanswered = new Set<Promise<void>>()
  const input = (async () => {
    for await (const line of readLines(process.stdin)) {
      if (leaving) return
      if (line === undefined) write(failure(null, -32700, 'the line is too long'))
      else if (line.trim() !== '') {
        const answered = handleLine(context, line, write, save).finally(() => unanswered.delete(answered))
        unanswered.add(answered)
      }
    }
    // The input has ended, but whoever gave it may still read.
    await Promise.all(unanswered)
  })()
  await Promise.race([input, quitting.resolved, stopped])
  leaving = true
  try {
    await profile.close()
  } finally {
    gone.resolve()
    // The answers that follow from that are written within this turn of the event loop.
    await new Promise(resolve => setImmediate(resolve))
    writer.flush()
  }
}

function promise(): { readonly resolved: Promise<void>; resolve(): void } {
  let resolve = () => {}
  const resolved = new Promise<void>(done => {
    resolve = done
  })
  return { resolved, resolve: () => resolve() }
}

interface Request {
  readonly id: string | number | null | undefined
  readonly method: string
  readonly params: unknown
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
    write(failure(idOf(message), -32600, request))
    return
  }
  const answer = await callMethod(context, request, save)
  // A request without an id is a notification: nobody waits for the answer.
  if (request.id !== undefined) write(answer)
}

/** A request, or what is wrong with it. */
function parseRequest(message: unknown): Request | string {
  if (!isObject(message)) return 'expected one JSON object a line'
  const { jsonrpc, id, method, params = {} } = message
  if (jsonrpc !== '2.0') return `jsonrpc: expected "2.0"`
  if (typeof method !== 'string') return 'method: expected text'
  if (id !== undefined && !isId(id)) return 'id: expected text or number'
  return { id, method, params }
}

/** The id to answer a bad request with: its own, if it has one. */
function idOf(message: unknown): string | number | null {
  return isObject(message) && isId(message.id) ? message.id : null
}

function isId(value: unknown): value is string | number | null {
  return value === null || typeof value === 'string' || typeof value === 'number'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function callMethod(context: RpcContext, request: Request, save: () => Promise<void>): Promise<object> {
  const id = request.id ?? null
  const method = METHODS.get(request.method)
  if (method === undefined) return failure(id, -32601, `no method '${request.method}'`)
  if (!isObject(request.params)) return failure(id, -32602, 'params: expected an object')
  try {
    const pending = method.run(context, request.params)
    const result = pending instanceof Promise ? await pending : pending
    // What has been answered is on disk: a crash takes nothing back.
    if (method.changes) await save()
    return { jsonrpc: '2.0', id, result }
  } catch (error) {
    if (error instanceof ToxError) return failure(id, -32000, error.message, `TOX_ERR_${error.code}`)
    if (error instanceof Refusal) return failure(id, -32000, error.message, error.code)
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
