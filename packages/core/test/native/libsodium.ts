import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { concatBytes } from '@ts-toxcore/core'

/** libsodium behind `sodium.c`: a bunch of requests in, all the answers out. */
export interface Libsodium {
  readonly version: string
  ask(requests: readonly Request[]): Uint8Array[]
}

/** What is written, and how many bytes the answer has. `sodium.c` has the table. */
export interface Request {
  readonly bytes: Uint8Array
  readonly answer: number
}

const text = (letter: string) => Uint8Array.of(letter.charCodeAt(0))
const counted = (data: Uint8Array) => concatBytes(Uint8Array.of(data.length, data.length >> 8), data)

export const requests = {
  seal: (key: Uint8Array, nonce: Uint8Array, message: Uint8Array): Request => ({
    bytes: concatBytes(text('s'), key, nonce, counted(message)),
    answer: message.length + 16,
  }),
  open: (key: Uint8Array, nonce: Uint8Array, box: Uint8Array): Request => ({
    bytes: concatBytes(text('o'), key, nonce, counted(box)),
    answer: 1 + box.length - 16,
  }),
  beforenm: (secretKey: Uint8Array, publicKey: Uint8Array): Request => ({
    bytes: concatBytes(text('n'), secretKey, publicKey),
    answer: 33,
  }),
  publicKey: (secretKey: Uint8Array): Request => ({ bytes: concatBytes(text('b'), secretKey), answer: 32 }),
  signatureKeyPair: (seed: Uint8Array): Request => ({ bytes: concatBytes(text('k'), seed), answer: 96 }),
  sign: (secretKey: Uint8Array, message: Uint8Array): Request => ({
    bytes: concatBytes(text('g'), secretKey, counted(message)),
    answer: 64,
  }),
  verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Request => ({
    bytes: concatBytes(text('v'), publicKey, signature, counted(message)),
    answer: 1,
  }),
  sha256: (data: Uint8Array): Request => ({ bytes: concatBytes(text('2'), counted(data)), answer: 32 }),
  sha512: (data: Uint8Array): Request => ({ bytes: concatBytes(text('5'), counted(data)), answer: 64 }),
  hmacSha256: (key: Uint8Array, data: Uint8Array): Request => ({
    bytes: concatBytes(text('h'), key, counted(data)),
    answer: 32,
  }),
}

/**
 * Builds the program, or tells why that is not possible here. With TS_TOXCORE_REQUIRE_INTEROP=1 that is an error, so
 * that CI cannot skip in silence.
 */
export function findLibsodium(): Libsodium | { reason: string } {
  const directory = resolve('build/native')
  mkdirSync(directory, { recursive: true })
  // Of this process alone: several test files may build at the same time.
  const program = join(directory, `sodium-${process.pid}`)
  const source = resolve('packages/core/test/native/sodium.c')
  const built = spawnSync('cc', ['-O2', '-o', program, source, '-lsodium'], { encoding: 'utf8' })
  if (built.status !== 0) {
    const reason = built.error ? 'no C compiler' : 'libsodium’s development files are missing (libsodium-dev)'
    if (process.env.TS_TOXCORE_REQUIRE_INTEROP === '1') throw new Error(`${reason}\n${built.stderr ?? ''}`)
    return { reason }
  }
  process.on('exit', () => rmSync(program, { force: true }))
  const run = (input: Uint8Array) => {
    const { status, stdout, stderr } = spawnSync(program, { input, maxBuffer: 2 ** 30 })
    if (status !== 0) throw new Error(`sodium: exit code ${status}\n${stderr}`)
    return new Uint8Array(stdout)
  }
  const name = run(text('i'))
  const version = String.fromCharCode(...name.subarray(0, name.indexOf(0)))
  return {
    version,
    ask(list) {
      const output = run(concatBytes(...list.map(({ bytes }) => bytes)))
      let end = 0
      return list.map(({ answer }) => {
        end += answer
        return output.subarray(end - answer, end)
      })
    },
  }
}
