import plain from '../kernels/kernels.wasm'
import relaxed from '../kernels/kernels-relaxed.wasm'
import type { Kernels } from '../src/crypto/wasm-kernels.ts'

/** The stack comes first in memory (`scripts/build-wasm.mjs`). */
export const STACK_SIZE = 65_536

export interface KernelModule {
  readonly name: string
  /** A fresh instance, in its own memory. */
  open(): Kernels
}

/** Both modules, or those that this engine can run. */
export function kernelModules(): KernelModule[] {
  return Object.entries({ kernels: plain, 'kernels-relaxed': relaxed }).flatMap(([name, base64]) => {
    try {
      const module = new WebAssembly.Module(Buffer.from(base64, 'base64'))
      return [{ name, open: () => new WebAssembly.Instance(module).exports as unknown as Kernels }]
    } catch {
      console.log(`SKIP ${name}.wasm: this engine cannot run it`)
      return []
    }
  })
}
