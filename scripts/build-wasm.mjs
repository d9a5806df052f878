// npm run build:wasm: compiles wasm/ into packages/core/kernels/: kernels.wasm (128-bit SIMD), kernels-relaxed.wasm (fused
// multiply-add) and toolchain.json, which says what made them (CONTRIBUTING.md, "Kernels").
//   --check     builds into build/ and compares: with the recorded toolchain the bytes must be the same
//   --named     builds into build/ with the names of functions kept, for `npm run wasm:size` and profilers
//   --only NAME one module, and no toolchain.json   --crate DIR, --out DIR   other places
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const TARGET = 'wasm32-unknown-unknown'
const KERNELS = 'packages/core/kernels'
const REBUILT = 'build/kernels'
const NAMED = 'build/kernels-named'
const VARIANTS = [
  { name: 'kernels', target: '+simd128,+bulk-memory', features: [] },
  { name: 'kernels-relaxed', target: '+simd128,+relaxed-simd,+bulk-memory', features: ['relaxed'] },
]
const LINK_FLAGS = ['-Clink-arg=--stack-first', '-Clink-arg=-zstack-size=65536']

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    named: { type: 'boolean', default: false },
    crate: { type: 'string', default: 'wasm' },
    out: { type: 'string' },
    only: { type: 'string' },
  },
})
const crate = resolve(options.crate)
const out = resolve(options.out ?? (options.check ? REBUILT : options.named ? NAMED : KERNELS))
const scratch = options.crate === 'wasm' ? resolve('build/wasm') : join(crate, 'build')

const toolchain = findToolchain()
const versions = {
  rustc: toolchain.versions.match(/^rustc (.+)$/m)[1],
  llvm: toolchain.versions.match(/^LLVM version: (.+)$/m)[1],
  lld: execFileSync(toolchain.linker, ['-flavor', 'wasm', '--version'], { encoding: 'utf8' }).trim(),
}
mkdirSync(scratch, { recursive: true })
mkdirSync(out, { recursive: true })
const variants = VARIANTS.filter(({ name }) => options.only === undefined || options.only === name)
const modules = Object.fromEntries(variants.map(variant => [variant.name, { flags: compile(variant) }]))
if (options.only === undefined)
  writeFileSync(join(out, 'toolchain.json'), `${JSON.stringify({ ...versions, modules }, null, 2)}\n`)
if (options.check) process.exitCode = compare() ? 0 : 1

/** Debian's, which has the standard library as sources only, or rustup's. */
function findToolchain() {
  const debian = { rustc: '/usr/bin/rustc', cargo: '/usr/bin/cargo', linker: '/usr/bin/wasm-ld-22' }
  const library = '/usr/lib/rustlib/src/rust/library'
  const versions = rustc => execFileSync(rustc, ['-vV'], { encoding: 'utf8' })
  if (Object.values(debian).every(existsSync) && existsSync(library))
    return { ...debian, library, versions: versions(debian.rustc) }

  const found = { rustc: process.env.RUSTC ?? 'rustc', cargo: 'cargo' }
  try {
    const sysroot = execFileSync(found.rustc, ['--print', 'sysroot'], { encoding: 'utf8' }).trim()
    const text = versions(found.rustc)
    const linker = join(sysroot, 'lib/rustlib', text.match(/^host: (.+)$/m)[1], 'bin/rust-lld')
    if (existsSync(linker) && existsSync(join(sysroot, 'lib/rustlib', TARGET)))
      return { ...found, linker, versions: text }
  } catch {
    // No rustc at all.
  }
  console.error(
    'The kernels need Rust: Debian’s rustc-web cargo-web rust-web-src lld-22, or rustup with\n' +
      `rustup target add ${TARGET}. Nothing else does: the built modules are in ${KERNELS}.`,
  )
  process.exit(2)
}

/** Builds and copies one module; returns the compiler's flags, without this machine's paths. */
function compile({ name, target, features }) {
  const directory = join(scratch, name)
  const flags = [`-Ctarget-feature=${target}`, ...LINK_FLAGS]
  const args = ['build', '--release', '--target', TARGET, '--target-dir', directory]
  if (features.length > 0) args.push('--features', features.join(','))
  const remap = [`--remap-path-prefix=${crate}=wasm`]
  const env = { ...process.env, RUSTC: toolchain.rustc }
  if (options.named) env.CARGO_PROFILE_RELEASE_STRIP = 'none'
  if (toolchain.library) {
    const config = join(scratch, 'vendored.toml')
    const source = `[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "${toolchain.library}/vendor"\n`
    writeFileSync(config, source)
    args.unshift('--config', config)
    args.push('-Zbuild-std=core,compiler_builtins', '-Zbuild-std-features=compiler-builtins-mem')
    remap.push(`--remap-path-prefix=${toolchain.library}=library`)
    // Stable compilers know -Z only so.
    env.RUSTC_BOOTSTRAP = '1'
  }
  env.RUSTFLAGS = [...flags, `-Clinker=${toolchain.linker}`, ...remap].join(' ')
  execFileSync(toolchain.cargo, args, { cwd: crate, env, stdio: 'inherit' })
  copyFileSync(join(directory, TARGET, 'release/kernels.wasm'), join(out, `${name}.wasm`))
  return [...flags, ...features.map(feature => `--features=${feature}`)]
}

/** False if what is committed is not what the sources make. */
function compare() {
  const recorded = JSON.parse(readFileSync(join(KERNELS, 'toolchain.json'), 'utf8'))
  const others = Object.keys(versions).filter(key => versions[key] !== recorded[key])
  if (others.length > 0) {
    const [mine, its] = [versions, recorded].map(from => others.map(key => `${key} ${from[key]}`).join(', '))
    console.log(
      `SKIP comparison of the kernels: made with ${its}; here is ${mine}. Rebuilt ones are in ${REBUILT}`,
    )
    return true
  }
  const read = directory => name => readFileSync(join(directory, name))
  const files = [...variants.map(({ name }) => `${name}.wasm`), 'toolchain.json']
  const different = files.filter(file => !read(KERNELS)(file).equals(read(out)(file)))
  for (const file of different)
    console.error(`FAIL ${KERNELS}/${file} is not what wasm/ makes: npm run build:wasm, and commit it`)
  if (different.length === 0) console.log('ok   the kernels are what wasm/ makes')
  return different.length === 0
}
