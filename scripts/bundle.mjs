// How every bundle of this repository is made: TypeScript straight from the workspace's sources, by esbuild.
import { basename, resolve } from 'node:path'
import { build } from 'esbuild'

/** Where kernels are taken from instead of packages/core/kernels: freshly built ones (scripts/build-wasm.mjs). */
const { TS_TOXCORE_KERNELS } = process.env
const otherKernels = {
  name: 'other kernels',
  setup({ onResolve }) {
    if (TS_TOXCORE_KERNELS)
      onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: resolve(TS_TOXCORE_KERNELS, basename(path)) }))
  },
}

const shared = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  // Packages that are published point to their bundles; in here their sources are meant (package.json, "exports").
  conditions: ['source'],
  // Kernels travel inside the bundle, and are decoded when somebody wants them.
  loader: { '.wasm': 'base64' },
  plugins: [otherKernels],
  logLevel: 'warning',
}

/** Bundles for Node. `entryPoints`: { output name: input file }. */
export function bundleForNode(entryPoints, outdir, options = {}) {
  return build({
    ...shared,
    platform: 'node',
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    // tweetnacl looks for Node's crypto by require().
    banner: {
      js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);",
    },
    ...options,
  })
}

/** Bundles the published library: no platform but `node:` imports, and what the entry points share only once. */
export function bundleLibrary(entryPoints, outdir) {
  return build({
    ...shared,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    splitting: true,
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'shared',
    external: ['node:*'],
    // tweetnacl would look for a platform's randomness, which nobody here asks it for.
    define: { require: 'undefined' },
  })
}

/** Bundles for pages and workers. */
export function bundleForBrowser(entryPoints, outdir) {
  return build({ ...shared, platform: 'browser', entryPoints, outdir, sourcemap: false })
}
