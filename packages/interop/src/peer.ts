// A peer in a process of its own that speaks the `tox rpc` contract: the C driver or our own `tox rpc`.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { onExit } from './cleanup.ts'
import type { ReadyParams, RpcEvent, RpcResult } from './contract.ts'

export interface SpawnOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** The network namespace to run in. */
  readonly netns?: string
  /** How long the `ready` line may take. */
  readonly readyTimeoutMs?: number
}

/** Any line without an id, with the time of its arrival (performance.now()). */
export interface RpcNotification {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly at: number
}

/** An answer with `error`: `code` is c-toxcore's name for it, or JSON-RPC's number when it has none. */
export class RpcError extends Error {
  readonly code: string | number

  constructor(method: string, message: string, code: string | number) {
    super(`${method}: ${message}`)
    this.name = 'RpcError'
    this.code = code
  }
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

interface Call {
  readonly method: string
  resolve(result: never): void
  reject(error: Error): void
}

interface Waiter {
  readonly type: string
  matches(event: RpcEvent): boolean
  resolve(event: RpcEvent): void
  reject(error: Error): void
}

interface Line {
  readonly id?: number
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: unknown
  readonly error?: {
    readonly code: number
    readonly message: string
    readonly data?: { readonly code?: string }
  }
}

const QUIT_TIMEOUT_MS = 10_000
const STDERR_KEPT = 8_000

export class RpcPeer {
  /** When the process was started (performance.now()). */
  readonly startedAt = performance.now()
  /** Everything that was notified, in the order of arrival. */
  readonly notifications: RpcNotification[] = []
  /** Of these the events. waitFor() takes nothing out of here. */
  readonly events: RpcEvent[] = []
  /** Resolves when the process has ended and all its output has been read. */
  readonly exited: Promise<Exit>

  #child: ChildProcessWithoutNullStreams
  #argv: readonly string[]
  #ready: ReadyParams | undefined
  #exit: Exit | undefined
  #stderr = ''
  #rest = ''
  #nextId = 1
  #calls = new Map<number, Call>()
  #waiters = new Set<Waiter>()
  #listeners = new Set<(notification: RpcNotification) => void>()
  /** Events that no waitFor() has had yet, by type. */
  #unconsumed = new Map<string, RpcEvent[]>()

  /** Starts a peer and resolves once it has said `ready`. */
  static async spawn(argv: readonly string[], options: SpawnOptions = {}): Promise<RpcPeer> {
    const peer = new RpcPeer(argv, options)
    const { promise, resolve, reject } = deferred<void>()
    const timeoutMs = options.readyTimeoutMs ?? 20_000
    const timer = setTimeout(() => reject(peer.#problem(`not ready after ${timeoutMs} ms`)), timeoutMs)
    const off = peer.on(notification => {
      if (notification.method !== 'ready') return
      peer.#ready = notification.params as unknown as ReadyParams
      resolve()
    })
    peer.exited.then(() => reject(peer.#problem('ended before it was ready')))
    try {
      await promise
    } catch (error) {
      await peer.kill()
      throw error
    } finally {
      clearTimeout(timer)
      off()
    }
    return peer
  }

  private constructor(argv: readonly string[], { cwd, env, netns }: SpawnOptions) {
    this.#argv = netns === undefined ? argv : ['ip', 'netns', 'exec', netns, ...argv]
    const [command, ...args] = this.#argv
    if (command === undefined) throw new Error('argv: expected a command, got nothing')

    const child = spawn(command, args, { cwd, env: env ?? process.env })
    this.#child = child
    const forget = onExit(() => child.kill('SIGKILL'))
    const { promise, resolve } = deferred<Exit>()
    this.exited = promise
    child.once('error', error => this.#keepStderr(error.message))
    child.once('close', (code, signal) => {
      forget()
      this.#exit = { code, signal }
      resolve(this.#exit)
      this.#abandon()
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#keepStderr(text))
    // Writing to a peer that has just ended: the end is reported, the broken pipe says no more.
    child.stdin.on('error', () => {})
  }

  get ready(): ReadyParams {
    if (!this.#ready) throw this.#problem('is not ready')
    return this.#ready
  }

  get address(): string {
    return this.ready.address
  }

  get publicKey(): string {
    return this.ready.public_key
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The last that the process has written to stderr. */
  get stderr(): string {
    return this.#stderr
  }

  /** Calls a method; rejects with an RpcError when it is refused. */
  call<M extends string>(method: M, params: Readonly<Record<string, unknown>> = {}): Promise<RpcResult<M>> {
    if (this.#exit) return Promise.reject(this.#problem(`${method}: the peer has ended`))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { method, resolve, reject })
      this.writeLine(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }

  /** Writes a line as it is, for tests of what is not a request. */
  writeLine(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /**
   * The next event of a type that the predicate accepts: one that has already arrived and that no earlier waitFor()
   * got, or else one to come. Of several that wait for the same event the first gets it.
   */
  waitFor<T extends string>(
    type: T,
    predicate: (event: RpcEvent<T>) => boolean = () => true,
    timeoutMs = 30_000,
  ): Promise<RpcEvent<T>> {
    const matches = predicate as unknown as (event: RpcEvent) => boolean
    const waiting = this.#unconsumed.get(type)
    const index = waiting?.findIndex(matches) ?? -1
    if (waiting && index >= 0) return Promise.resolve(waiting.splice(index, 1)[0] as unknown as RpcEvent<T>)
    if (this.#exit) return Promise.reject(this.#problem(`no ${type}: the peer has ended`))

    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        type,
        matches,
        resolve: event => {
          clearTimeout(timer)
          resolve(event as unknown as RpcEvent<T>)
        },
        reject: error => {
          clearTimeout(timer)
          reject(error)
        },
      }
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter)
        reject(this.#problem(`no ${type} within ${timeoutMs} ms`))
      }, timeoutMs)
      this.#waiters.add(waiter)
    })
  }

  /** Tells of every notification as it arrives. Returns a function that unsubscribes. */
  on(listener: (notification: RpcNotification) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Asks the peer to save and leave, and ends it when it does not. */
  async quit(): Promise<Exit> {
    if (this.#exit) return this.#exit
    this.cont()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), QUIT_TIMEOUT_MS)
    // A peer may be gone before its answer is written: that is a way to quit, too.
    this.call('quit').catch(() => {})
    this.#child.stdin.end()
    const exit = await this.exited
    clearTimeout(timer)
    return exit
  }

  /** Ends the peer without a chance to say goodbye (or with one, by another signal). */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    if (!this.#exit) this.#child.kill(signal)
    return this.exited
  }

  /** Stops the process where it is: to its friends, a machine that has gone to sleep. */
  pause(): void {
    this.#child.kill('SIGSTOP')
  }

  cont(): void {
    this.#child.kill('SIGCONT')
  }

  #read(text: string): void {
    const at = performance.now()
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#handle(line, at)
  }

  #handle(text: string, at: number): void {
    let line: Line
    try {
      line = JSON.parse(text)
    } catch {
      this.#keepStderr(`not JSON on stdout: ${text}\n`)
      return
    }
    if (line.method !== undefined) this.#notified(line.method, line.params ?? {}, at)
    else this.#answered(line)
  }

  #notified(method: string, params: Readonly<Record<string, unknown>>, at: number): void {
    const notification = { method, params, at }
    this.notifications.push(notification)
    if (method === 'event') {
      const event = { ...params, type: String(params.type), at }
      this.events.push(event)
      this.#deliver(event)
    }
    for (const listener of this.#listeners) listener(notification)
  }

  #deliver(event: RpcEvent): void {
    for (const waiter of this.#waiters) {
      if (waiter.type === event.type && waiter.matches(event)) {
        this.#waiters.delete(waiter)
        waiter.resolve(event)
        return
      }
    }
    const waiting = this.#unconsumed.get(event.type)
    if (waiting) waiting.push(event)
    else this.#unconsumed.set(event.type, [event])
  }

  #answered({ id, result, error }: Line): void {
    const call = this.#calls.get(id ?? 0)
    if (!call) return
    this.#calls.delete(id ?? 0)
    if (error) call.reject(new RpcError(call.method, error.message, error.data?.code ?? error.code))
    else call.resolve(result as never)
  }

  /** The process has ended: nothing that is still awaited will come. */
  #abandon(): void {
    for (const call of this.#calls.values()) call.reject(this.#problem(`${call.method}: the peer has ended`))
    for (const waiter of this.#waiters) waiter.reject(this.#problem(`no ${waiter.type}: the peer has ended`))
    this.#calls.clear()
    this.#waiters.clear()
  }

  #keepStderr(text: string): void {
    this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT)
  }

  #problem(what: string): Error {
    const ended = this.#exit ? ` (exit code ${this.#exit.code}, signal ${this.#exit.signal})` : ''
    const latest = this.events.slice(-5).map(event => `\n  ${JSON.stringify(event)}`)
    const heard = latest.length > 0 ? `\nlatest events:${latest.join('')}` : ''
    const stderr = this.#stderr ? `\nstderr:\n${this.#stderr}` : ''
    return new Error(`${this.#argv.join(' ')}: ${what}${ended}${heard}${stderr}`)
  }
}

function deferred<T>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (error: Error) => void
} {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
