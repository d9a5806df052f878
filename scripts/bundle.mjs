// How every bundle of this repository is made: TypeScript straight from the workspace's sources, by esbuild.
import { build } from 'esbuild'

const shared = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
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
