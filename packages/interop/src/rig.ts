// Finds the builds of c-toxcore on this machine and compiles the driver for them.
//
//   debian12   the one that is installed system-wide (in CI: Debian 12's)
//   sid        the one that scripts/setup-ctoxcore.sh has unpacked into TS_TOXCORE_CTOX_DIR
//              (default: build/ctoxcore-sid)
//
// With TS_TOXCORE_REQUIRE_INTEROP=1 a missing build is an error, so that CI cannot skip in silence.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export type BuildLabel = 'debian12' | 'sid'

export interface CtoxBuild {
  readonly label: BuildLabel
  /** As in tox.h: '0.2.18'. */
  readonly version: string
  /** The argv of one of the build's own programs. */
  program(name: 'tox-bootstrapd' | 'DHT_bootstrap', ...args: string[]): string[]
  /** The argv of a peer: the driver on this build. */
  rpc(...options: string[]): string[]
}

export type CtoxLookup =
  | { readonly available: true; readonly title: string; readonly build: CtoxBuild }
  | { readonly available: false; readonly title: string; readonly reason: string }

/** Where a build's files are, before anything is compiled. */
interface Installation {
  readonly label: BuildLabel
  readonly version: string
  readonly includeDir: string
  readonly library: readonly string[]
  readonly programDir: string
  readonly wrapper: readonly string[]
}

const LABELS: readonly BuildLabel[] = ['debian12', 'sid']
const DRIVER = 'packages/interop/driver'
const lookups = new Map<BuildLabel, CtoxLookup>()

/** The build by its label or its version, with the driver compiled. `title` is for a test's name. */
export function ctox(name: string): CtoxLookup {
  const label = LABELS.find(label => label === name)
  if (label) return lookup(label)

  const found = LABELS.map(lookup).find(each => each.available && each.build.version === name)
  return found ?? unavailable(name, 'neither the system nor TS_TOXCORE_CTOX_DIR has this version')
}

/** Both builds, for tests that run with each. */
export function allCtox(): CtoxLookup[] {
  return LABELS.map(lookup)
}

/** The repository's root, found from wherever this module has been bundled to. */
export function repositoryRoot(): string {
  for (const start of [dirname(fileURLToPath(import.meta.url)), process.cwd()]) {
    for (let dir = start; ; dir = dirname(dir)) {
      if (existsSync(join(dir, DRIVER))) return dir
      if (dir === dirname(dir)) break
    }
  }
  throw new Error(`no ${DRIVER} above this module or the working directory`)
}

function lookup(label: BuildLabel): CtoxLookup {
  const known = lookups.get(label)
  if (known) return known

  const result = locate(label)
  lookups.set(label, result)
  return result
}

function locate(label: BuildLabel): CtoxLookup {
  const installation = label === 'sid' ? unpacked() : systemWide()
  if (typeof installation === 'string') return unavailable(label, installation)

  const driver = compile(installation)
  if ('reason' in driver) return unavailable(label, driver.reason)

  const { version, wrapper, programDir } = installation
  const build: CtoxBuild = {
    label,
    version,
    program: (name, ...args) => [...wrapper, join(programDir, name), ...args],
    rpc: (...options) => [...wrapper, driver.path, ...options],
  }
  return { available: true, title: `c-toxcore ${version} (${label})`, build }
}

function unavailable(name: string, reason: string): CtoxLookup {
  if (process.env.TS_TOXCORE_REQUIRE_INTEROP === '1') throw new Error(`c-toxcore ${name}: ${reason}`)
  return { available: false, title: `c-toxcore ${name} is not available: ${reason}`, reason }
}

function systemWide(): Installation | string {
  const asked = spawnSync('pkg-config', ['--variable=includedir', 'toxcore'], { encoding: 'utf8' })
  const includeDir = (asked.status === 0 && asked.stdout.trim()) || '/usr/include'
  const version = headerVersion(includeDir)
  if (!version) return 'libtoxcore-dev is not installed'

  const programDir = (process.env.PATH ?? '')
    .split(delimiter)
    .find(dir => existsSync(join(dir, 'tox-bootstrapd')))
  if (!programDir) return 'toxcore-utils is not installed'

  return { label: 'debian12', version, includeDir, library: ['-ltoxcore'], programDir, wrapper: [] }
}

function unpacked(): Installation | string {
  const dir = resolve(process.env.TS_TOXCORE_CTOX_DIR ?? join(repositoryRoot(), 'build/ctoxcore-sid'))
  const includeDir = join(dir, 'usr/include')
  const version = headerVersion(includeDir)
  const library = libraryBelow(join(dir, 'usr/lib'))
  if (!version || !library || !existsSync(join(dir, 'run')))
    return `nothing is unpacked in ${dir} (packages/interop/scripts/setup-ctoxcore.sh does it)`

  return {
    label: 'sid',
    version,
    includeDir,
    // Its libc is newer than the one that we link with: the loader resolves it, not the linker.
    library: [library, '-Wl,--allow-shlib-undefined'],
    programDir: join(dir, 'usr/bin'),
    wrapper: [join(dir, 'run')],
  }
}

function headerVersion(includeDir: string): string | undefined {
  const header = join(includeDir, 'tox/tox.h')
  if (!existsSync(header)) return undefined

  const text = readFileSync(header, 'utf8')
  return ['MAJOR', 'MINOR', 'PATCH']
    .map(part => text.match(new RegExp(`#define TOX_VERSION_${part}\\s+(\\d+)`))?.[1])
    .join('.')
}

/** Debian keeps libraries one level down, in a directory named after the architecture. */
function libraryBelow(dir: string): string | undefined {
  if (!existsSync(dir)) return undefined
  return readdirSync(dir)
    .map(name => join(dir, name, 'libtoxcore.so'))
    .find(path => existsSync(path))
}

/**
 * Compiles the driver unless what is there is newer than its sources. Test processes that do so at once do not
 * disturb each other: each compiles under a name of its own and renames.
 */
function compile(installation: Installation): { path: string } | { reason: string } {
  const root = repositoryRoot()
  const sources = readdirSync(join(root, DRIVER))
    .filter(name => /\.[ch]$/.test(name))
    .map(name => join(root, DRIVER, name))
  const path = join(root, 'build/interop', installation.version, 'tox-rpc')
  const changed = Math.max(...sources.map(source => statSync(source).mtimeMs))
  if (existsSync(path) && statSync(path).mtimeMs > changed) return { path }

  mkdirSync(dirname(path), { recursive: true })
  const own = `${path}.${process.pid}`
  const gcc = spawnSync(
    'gcc',
    [
      ...['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-I', installation.includeDir],
      ...sources.filter(source => source.endsWith('.c')),
      // Static, because another libc's directory has no jansson.
      ...['-o', own, ...installation.library, '-l:libjansson.a'],
    ],
    { encoding: 'utf8' },
  )
  if (gcc.status !== 0) {
    rmSync(own, { force: true })
    const problem = gcc.stderr?.split('\n').find(line => /error|cannot find/.test(line))
    return {
      reason: gcc.error ? 'gcc is not installed' : `the driver does not compile: ${problem ?? gcc.stderr}`,
    }
  }
  renameSync(own, path)
  return { path }
}
