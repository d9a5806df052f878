// Builds what runs outside the tests: the `tox` command. `--quiet` prints nothing but problems.
import { bundleForNode } from './bundle.mjs'

const quiet = process.argv.includes('--quiet')
await bundleForNode({ tox: 'packages/cli/src/main.ts' }, 'packages/cli/dist')
if (!quiet) console.log('built packages/cli/dist/tox.mjs')
