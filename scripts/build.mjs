// Builds what runs outside the tests: the `tox` command, and the library as it is published. `--command` builds the
// command alone, `--quiet` prints nothing but problems.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { buildTypes } from './build-types.mjs'
import { bundleForNode, bundleLibrary } from './bundle.mjs'

const quiet = process.argv.includes('--quiet')
// Not to standard output: benchmarks build first, and may print JSON there.
const say = text => quiet || console.error(text)

await bundleForNode({ tox: 'packages/cli/src/main.ts' }, 'packages/cli/dist')
addLicences('packages/cli/dist', ['tweetnacl', '@noble/curves', '@noble/hashes', 'uqr'])
say('built packages/cli/dist/tox.mjs')

if (!process.argv.includes('--command')) {
  const entryPoints = { index: 'packages/tox/src/index.ts', node: 'packages/tox/src/node.ts' }
  await bundleLibrary(entryPoints, 'packages/tox/dist')
  buildTypes(['core', 'dht', 'onion', 'net-crypto', 'messenger', 'tox'], 'packages/tox/dist/types')
  addLicences('packages/tox/dist', ['tweetnacl', '@noble/curves', '@noble/hashes'])
  say('built packages/tox/dist/{index,node}.mjs and their types')
}

/** Our licence, and those of what is inside the bundles: all of them want to travel along. */
function addLicences(directory, libraries) {
  copyFileSync('LICENSE', `${directory}/LICENSE`)
  const notices = libraries.map(name => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8')}`)
  writeFileSync(`${directory}/THIRD-PARTY-NOTICES`, notices.join(`\n${'-'.repeat(80)}\n\n`))
}
