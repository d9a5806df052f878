import plain from '../../kernels/kernels.wasm'
import relaxed from '../../kernels/kernels-relaxed.wasm'
import { BACKENDS, type Backend, type Crypto } from './crypto.ts'
import { createJsCrypto } from './crypto-js.ts'
import { createWasmCrypto } from './crypto-wasm.ts'
import { type Capacities, NoMemoryError } from './wasm-arena.ts'
import type { Kernels } from './wasm-kernels.ts'

export interface CryptoOptions extends Capacities {
  /** 'auto', the default, is the fastest that runs here. Of another one that does not run it is an error. */
  readonly backend?: 'auto' | Backend
}

type WasmBackend = Exclude<Backend, 'js'>

const BASE64: Record<WasmBackend, string> = { wasm: plain, 'wasm-relaxed': relaxed }

/** Compiled once for all: instances share it. Undefined: it does not run here. */
const modules = new Map<WasmBackend, WebAssembly.Module | undefined>()

/**
 * The fastest implementation that runs here, or the one that is asked for. Compiles WebAssembly at once, which the main
 * thread of a browser may not be allowed to: there it is `loadCrypto`.
 */
export function createCrypto(options: CryptoOptions = {}): Crypto {
  for (const backend of candidates(options)) {
    if (backend === 'js') return createJsCrypto()
    if (!modules.has(backend)) modules.set(backend, compiled(bytesOf(backend)))
    const crypto = madeOf(instance(modules.get(backend)), backend, options)
    if (crypto) return crypto
  }
  throw unsupported(options)
}

/** As `createCrypto`, and compiles beside what else is going on. */
export function loadCrypto(options: CryptoOptions = {}): Promise<Crypto> {
  let remaining: Backend[] = []
  const next = (): Crypto | Promise<Crypto> => {
    const backend = remaining.shift()
    if (backend === undefined) throw unsupported(options)
    if (backend === 'js') return createJsCrypto()
    const bytes = modules.has(backend) ? undefined : bytesOf(backend)
    const compiling = bytes
      ? WebAssembly.compile(bytes).catch(() => undefined)
      : Promise.resolve(modules.get(backend))
    return compiling
      .then(module => {
        modules.set(backend, module)
        // Not `new WebAssembly.Instance`: Chromium before 115 refuses it where it refuses to compile at once.
        return module && WebAssembly.instantiate(module).catch(() => undefined)
      })
      .then(instance => madeOf(instance, backend, options) ?? next())
  }
  return Promise.resolve().then(() => {
    remaining = candidates(options)
    return next()
  })
}

function candidates({ backend = 'auto' }: CryptoOptions): Backend[] {
  expectBackend('backend', backend)
  return backend === 'auto' ? [...BACKENDS].reverse() : [backend]
}

/** Throws unless `value` is 'auto' or names a backend, be it one that does not run here. */
export function expectBackend(title: string, value: string): asserts value is Backend | 'auto' {
  if (value === 'auto' || (BACKENDS as readonly string[]).includes(value)) return
  throw new RangeError(`${title}: expected auto, ${BACKENDS.join(', ')}, got '${value}'`)
}

/** The module's bytes, if there is WebAssembly. */
function bytesOf(backend: WasmBackend): Uint8Array | undefined {
  return typeof WebAssembly === 'undefined' ? undefined : decoded(BASE64[backend])
}

/** A loop over the characters takes longer than all else together: it runs once, and uncompiled. */
function decoded(base64: string): Uint8Array {
  const { fromBase64 } = Uint8Array as { fromBase64?: (base64: string) => Uint8Array }
  if (fromBase64) return fromBase64.call(Uint8Array, base64)
  if (typeof Buffer !== 'undefined') return Buffer.from(base64, 'base64')
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/**
 * Undefined if this engine does not know all that is in it, or must not compile: a page's policy may forbid it (no
 * 'wasm-unsafe-eval').
 */
function compiled(bytes: Uint8Array | undefined): WebAssembly.Module | undefined {
  try {
    return bytes && new WebAssembly.Module(bytes)
  } catch {
    return undefined
  }
}

function instance(module: WebAssembly.Module | undefined): WebAssembly.Instance | undefined {
  try {
    return module && new WebAssembly.Instance(module)
  } catch {
    return undefined
  }
}

function madeOf(
  instance: WebAssembly.Instance | undefined,
  backend: WasmBackend,
  options: CryptoOptions,
): Crypto | undefined {
  if (instance === undefined) return undefined
  const kernels = instance.exports as unknown as Kernels
  // An engine may multiply and add in two steps, which is slower, and wrong for us.
  if (backend === 'wasm-relaxed' && kernels.fma_is_fused?.() !== 1) return undefined
  const { backend: _, ...capacities } = options
  try {
    return createWasmCrypto(kernels, backend, capacities)
  } catch (error) {
    if (error instanceof NoMemoryError) return undefined
    throw error
  }
}

function unsupported({ backend }: CryptoOptions): Error {
  return new Error(`backend: '${backend}' does not run here`)
}
