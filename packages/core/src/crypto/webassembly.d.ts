/** What is used of WebAssembly: neither ECMAScript's nor Node's type declarations know it. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module)
    readonly exports: Record<string, unknown>
  }
  function compile(bytes: Uint8Array): Promise<Module>
  function instantiate(module: Module): Promise<Instance>
}

/** Bundled as base64. */
declare module '*.wasm' {
  const base64: string
  export default base64
}
