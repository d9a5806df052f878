import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'

const DIRECTORY = 'build/bench-packages'

/**
 * Where the packages of bench/package.json are installed: on first use, and again when that file changed. They are no
 * dependencies of the workspace, because nobody else needs them. Undefined if it cannot be done.
 */
export function benchPackages(): string | undefined {
  const manifest = `${DIRECTORY}/package.json`
  const lock = `${DIRECTORY}/package-lock.json`
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  if (existsSync(`${DIRECTORY}/node_modules`) && read(lock) === read('bench/package-lock.json'))
    return absolute(manifest)
  mkdirSync(DIRECTORY, { recursive: true })
  copyFileSync('bench/package.json', manifest)
  copyFileSync('bench/package-lock.json', lock)
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: DIRECTORY,
    encoding: 'utf8',
  })
  if (status === 0) return absolute(manifest)
  console.error(`SKIP packages of bench/package.json: npm ci failed\n${stderr}`)
  return undefined
}

function absolute(path: string): string {
  return `${process.cwd()}/${path}`
}
