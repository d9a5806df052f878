// libsodium natively: builds native.c and drives it round by round, so that its rounds interleave with the others'.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Operation } from './operations.ts'

const PROGRAM = 'build/bench/crypto-native'

/** The program's path, or why there is none. */
export function buildNative(): { program: string } | { reason: string } {
  mkdirSync('build/bench', { recursive: true })
  const args = ['-O2', '-Wall', '-o', PROGRAM, 'bench/crypto/native.c', '-lsodium']
  const { error, status, stderr } = spawnSync('cc', args, { encoding: 'utf8' })
  if (error) return { reason: 'no C compiler' }
  return status === 0
    ? { program: PROGRAM }
    : { reason: `libsodium for C is missing: ${stderr.split('\n')[0]}` }
}

export class Native {
  #child: ChildProcess
  #lines: AsyncIterator<string>

  constructor(program: string) {
    this.#child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
  }

  async version(): Promise<string> {
    return this.#line()
  }

  /** Seconds. */
  async run({ kind, size }: Operation, count: number): Promise<number> {
    this.#child.stdin!.write(`${kind} ${size} ${count}\n`)
    return Number(await this.#line()) / 1e9
  }

  stop(): void {
    this.#child.stdin!.end()
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('the native program ended')
    return value
  }
}
