// The kernels export what packages/core/src/crypto/wasm-kernels.ts declares: nothing that nobody calls, nothing missing.
import { readFileSync } from 'node:fs'

const MODULE = 'packages/core/kernels/kernels.wasm'
const DECLARATION = 'packages/core/src/crypto/wasm-kernels.ts'
/** The linker's, which nobody asked for. */
const UNASKED = ['__data_end']

/** Problems, one a line: names that are on one side only. */
export function checkKernels() {
  const module = new WebAssembly.Module(readFileSync(MODULE))
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name)
  // Optional members are the relaxed module's alone, which not every Node can compile.
  const declared = [...readFileSync(DECLARATION, 'utf8').matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(
    ([, name]) => name,
  )
  return [
    ...exported
      .filter(name => !declared.includes(name) && !UNASKED.includes(name))
      .map(name => `${MODULE} exports ${name}, and ${DECLARATION} does not declare it`),
    ...declared
      .filter(name => !exported.includes(name))
      .map(name => `${DECLARATION} declares ${name}, and ${MODULE} does not export it`),
  ]
}
