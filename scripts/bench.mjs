// npm run bench -- NAME [OPTION…]: bundles bench/NAME.ts, and each file of bench/NAME/ if there is such a directory, and runs
// the former. Without a name it lists what there is.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { bundleForNode } from './bundle.mjs'

const names = readdirSync('bench')
  .filter(file => file.endsWith('.ts'))
  .map(file => file.slice(0, -3))
const [name, ...args] = process.argv.slice(2)
if (!names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [OPTION…]\nnames: ${names.join(', ')}`)
  process.exit(2)
}
await import('./build.mjs')
const parts = existsSync(`bench/${name}`) ? readdirSync(`bench/${name}`) : []
const files = [`${name}.ts`, ...parts.filter(file => file.endsWith('.ts')).map(file => `${name}/${file}`)]
await bundleForNode(
  Object.fromEntries(files.map(file => [file.slice(0, -3), `bench/${file}`])),
  'build/bench',
)
const child = spawn(process.execPath, ['--enable-source-maps', `build/bench/${name}.mjs`, ...args], {
  stdio: 'inherit',
})
child.on('close', code => {
  process.exitCode = code ?? 1
})
