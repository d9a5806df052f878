// The static checks: formatter and linter, types (twice: engines must compile without Node's types), layers, purity, and
// exports and size of the kernels.
import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { checkKernels } from './check-kernels.mjs'
import { checkLayers } from './check-layers.mjs'
import { checkPurity } from './check-purity.mjs'
import { checkWasmSize } from './wasm-size.mjs'

export async function runChecks() {
  let fine = true
  const report = (name, problems) => {
    console.log(`${problems ? 'FAIL' : 'ok  '} ${name}${problems ? `\n${problems}` : ''}`)
    if (problems) fine = false
  }
  report(
    'format and lint',
    run('node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']),
  )
  report('types', run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.json']))
  report(
    'types of the engines, without a platform',
    run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.engines.json']),
  )
  report('layers', checkLayers().join('\n'))
  report('purity', checkPurity().join('\n'))
  report('exports of the kernels', checkKernels().join('\n'))
  report('size of the kernels', checkWasmSize().join('\n'))
  return fine
}

/** What the tool printed if it failed, else an empty string. */
function run(script, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return status === 0 ? '' : `${stdout}${stderr}`
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = (await runChecks()) ? 0 : 1
