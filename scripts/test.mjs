// npm test [-- WORD…]: bundles every *.test.ts (whose path contains one of the words) and runs each in a process of
// its own. Without words the static checks run first. The last line counts: N passed, N failed, N skipped.
// TS_TOXCORE_CRYPTO names the crypto backend (js, wasm, wasm-relaxed) instead of the best that runs here;
// TS_TOXCORE_ALL_BACKENDS=1 runs every file that does not choose its backend itself once with wasm and once with js.
// TS_TOXCORE_NEWER_NODE=PATH: a Node that has relaxed SIMD, for tests that want it where this one has not.
import { spawn } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { bundleForNode } from './bundle.mjs'
import { runChecks } from './check.mjs'

/** A file that runs longer hangs: it is ended and counts as failed. */
const FILE_TIMEOUT_MS = 15 * 60_000
const OUT = 'build/test'
/** Files that run at the same time. */
const LANES = 2
/** What runs on any backend. `core` tests each by name, the others have no cryptography. */
const ON_ANY_BACKEND = ['dht', 'onion', 'net-crypto', 'messenger', 'tox', 'cli']
const BACKENDS = ['wasm', 'js']
/** Tests of all backends that the engine has. */
const OF_KERNELS = /^core\/test\/(crypto-wasm-relaxed|crypto-differential|crypto-libsodium|kernels-)/
const newerNode = process.env.TS_TOXCORE_NEWER_NODE

const words = process.argv.slice(2)
const totals = { passed: 0, failed: 0, skipped: 0 }
const began = performance.now()

if (words.length === 0 && !(await runChecks())) totals.failed++

const files = readdirSync('packages', { recursive: true })
  .filter(path => path.endsWith('.test.ts') && !path.includes('node_modules'))
  .filter(path => words.length === 0 || words.some(word => path.includes(word)))
  .sort()
await import('./build.mjs')
rmSync(OUT, { recursive: true, force: true })
await bundleForNode(Object.fromEntries(files.map(path => [path.slice(0, -3), `packages/${path}`])), OUT)

const runs = files.flatMap(path =>
  process.env.TS_TOXCORE_ALL_BACKENDS && ON_ANY_BACKEND.includes(path.split('/')[0])
    ? BACKENDS.map(backend => ({ path, backend }))
    : [
        {
          path,
          backend: process.env.TS_TOXCORE_CRYPTO,
          node: newerNode && OF_KERNELS.test(path) ? newerNode : process.execPath,
        },
      ],
)
// Tests of real processes mostly wait, but want the cores when they do not: they run after the others.
const isOfProcesses = ({ path }) => /\.(interop|cli|browser)\.test\.ts$/.test(path)
await runAll(runs.filter(run => !isOfProcesses(run)))
await runAll(runs.filter(isOfProcesses))

console.log(`\n${files.length} files in ${seconds(began)} s`)
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = totals.failed === 0 ? 0 : 1

async function runAll(runs) {
  const waiting = [...runs]
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (let run = waiting.shift(); run; run = waiting.shift()) await runFile(run)
    }),
  )
}

async function runFile({ path, backend, node = process.execPath }) {
  const start = performance.now()
  const child = spawn(node, ['--enable-source-maps', `${OUT}/${path.slice(0, -3)}.mjs`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: backend ? { ...process.env, TS_TOXCORE_CRYPTO: backend } : process.env,
  })
  let output = ''
  child.stdout.on('data', data => (output += data))
  child.stderr.on('data', data => (output += data))
  const timer = setTimeout(() => child.kill('SIGKILL'), FILE_TIMEOUT_MS)
  const code = await new Promise(resolve => child.on('close', (code, signal) => resolve(code ?? signal)))
  clearTimeout(timer)

  const result = parseUvu(output)
  const problem =
    result === undefined
      ? 'no summary: did it forget test.run(), or was it ended?'
      : result.passed + result.failed + result.skipped === 0
        ? 'no test ran'
        : code !== 0 && result.failed === 0
          ? `exit code ${code}`
          : undefined
  totals.passed += result?.passed ?? 0
  totals.skipped += result?.skipped ?? 0
  totals.failed += (result?.failed ?? 0) + (problem ? 1 : 0)

  const failed = problem !== undefined || result.failed > 0
  const counts = result ? `${result.passed} passed${result.skipped ? `, ${result.skipped} skipped` : ''}` : ''
  const how = `${backend ? ` [${backend}]` : ''}${node === process.execPath ? '' : ' [newer Node]'}`
  console.log(`${failed ? 'FAIL' : 'ok  '} ${path}${how} (${seconds(start)} s) ${problem ?? counts}`)
  // What a test prints beside uvu's own lines are its figures, seeds and reasons for skipping.
  if (failed) console.log(output)
  else
    for (const line of output.split('\n')) if (/^(SKIP|NOTE|SEED)\b/.test(line)) console.log(`     ${line}`)
}

/** uvu ends with `Total`, `Passed` and `Skipped`; skipped tests are not part of its total. */
function parseUvu(output) {
  const figures = ['Total', 'Passed', 'Skipped'].map(
    name => output.match(new RegExp(`^ {2}${name}:\\s+(\\d+)`, 'm'))?.[1],
  )
  if (figures.includes(undefined)) return undefined
  const [total, passed, skipped] = figures.map(Number)
  return { passed, failed: total - passed, skipped }
}

function seconds(since) {
  return ((performance.now() - since) / 1000).toFixed(1)
}
