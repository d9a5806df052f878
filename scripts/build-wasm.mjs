// npm run build:wasm [-- --crate DIR --out DIR --only NAME]: compiles wasm/ into kernels.wasm (128-bit SIMD) and kernels-relaxed.wasm (fused
// multiply-add). With Debian's toolchain if it is there (CONTRIBUTING.md, "Kernels"), else with rustup's wasm32 target.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

const VARIANTS = [
  { name: 'kernels', target: '+simd128,+bulk-memory', features: [] },
  { name: 'kernels-relaxed', target: '+simd128,+relaxed-simd,+bulk-memory', features: ['relaxed'] },
]
const DEBIAN = { rustc: '/usr/bin/rustc', cargo: '/usr/bin/cargo', linker: '/usr/bin/rust-lld' }
const DEBIAN_LIBRARY = '/usr/lib/rustlib/src/rust/library'

const { values: options } = parseArgs({
  options: {
    crate: { type: 'string', default: 'wasm' },
    out: { type: 'string', default: 'packages/core/kernels' },
    only: { type: 'string' },
  },
})
const { crate, out, only } = options
const isDebian = existsSync(DEBIAN.rustc) && existsSync(DEBIAN.linker) && existsSync(DEBIAN_LIBRARY)
const directory = crate === 'wasm' ? resolve('build/wasm') : resolve(crate, 'build')
mkdirSync(directory, { recursive: true })
mkdirSync(out, { recursive: true })

for (const { name, target, features } of VARIANTS) {
  if (only !== undefined && only !== name) continue
  const flags = [`-Ctarget-feature=${target}`, '-Clink-arg=--stack-first', '-Clink-arg=-zstack-size=65536']
  const args = [
    'build',
    '--release',
    '--target',
    'wasm32-unknown-unknown',
    '--target-dir',
    `${directory}/${name}`,
  ]
  if (features.length > 0) args.push('--features', features.join(','))
  const env = { ...process.env }
  if (isDebian) {
    const config = `${directory}/vendored.toml`
    writeFileSync(
      config,
      `[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "${DEBIAN_LIBRARY}/vendor"\n`,
    )
    flags.push(`-Clinker=${DEBIAN.linker}`, `--remap-path-prefix=${DEBIAN_LIBRARY}=library`)
    args.unshift('--config', config)
    args.push('-Zbuild-std=core,alloc,compiler_builtins', '-Zbuild-std-features=compiler-builtins-mem')
    env.RUSTC = DEBIAN.rustc
    env.RUSTC_BOOTSTRAP = '1'
  }
  flags.push(`--remap-path-prefix=${resolve(crate)}=wasm`)
  env.RUSTFLAGS = flags.join(' ')
  execFileSync(isDebian ? DEBIAN.cargo : 'cargo', args, { cwd: crate, env, stdio: 'inherit' })
  copyFileSync(`${directory}/${name}/wasm32-unknown-unknown/release/kernels.wasm`, `${out}/${name}.wasm`)
}
