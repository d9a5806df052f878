// The packages as users get them: packed, installed into an empty directory without a network, and used from there.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryRoot } from '@ts-toxcore/interop'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = repositoryRoot()
const dir = mkdtempSync(join(tmpdir(), 'ts-toxcore-pack-'))

/** What the command prints; a failing one fails the test with all it has said. */
function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  assert.is(status, 0, `${command} ${args.join(' ')}: ${error?.message ?? ''}\n${stdout}\n${stderr}`)
  return stdout
}

function write(name: string, text: string): void {
  writeFileSync(join(dir, name), text)
}

test.before(() => {
  write('package.json', '{ "name": "consumer", "private": true, "type": "module" }')
  // The tests are run after a build: packing need not build again.
  const tarballs = ['tox', 'cli'].map(name => {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', dir]
    const packed = JSON.parse(run(join(root, 'packages', name), 'npm', ...args))
    const [{ filename }] = Array.isArray(packed) ? packed : Object.values<{ filename: string }>(packed)
    return join(dir, filename)
  })
  run(dir, 'npm', 'install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs)
})

test.after(() => rmSync(dir, { recursive: true }))

test('nothing else comes with them, and their licences do', () => {
  const { dependencies } = JSON.parse(run(dir, 'npm', 'ls', '--all', '--json'))
  assert.equal(Object.keys(dependencies).sort(), ['@ts-toxcore/cli', 'ts-toxcore'])
  for (const name of ['@ts-toxcore/cli', 'ts-toxcore']) {
    const installed = join(dir, 'node_modules', name)
    assert.ok(existsSync(join(installed, 'README.md')), `${name}: README.md`)
    for (const file of ['LICENSE', 'THIRD-PARTY-NOTICES']) {
      assert.ok(existsSync(join(installed, 'dist', file)), `${name}: ${file}`)
    }
    assert.not.ok(existsSync(join(installed, 'src')), `${name}: no sources`)
  }
})

test('a program in JavaScript', () => {
  write(
    'use.mjs',
    `import { createJsCrypto, ToxError as Pure, ToxPeer } from 'ts-toxcore'
import { Tox, ToxError, toHex } from 'ts-toxcore/node'
const tox = await Tox.create({ port: 0 })
try {
  tox.selfSetName('x'.repeat(129))
} catch (error) {
  // Both entry points share one class.
  console.log(error instanceof ToxError && error instanceof Pure && tox instanceof ToxPeer, error.code)
}
console.log(toHex(tox.selfAddress).length, createJsCrypto().backend)
await tox.kill()
`,
  )
  assert.is(run(dir, process.execPath, 'use.mjs'), 'true SET_INFO_TOO_LONG\n76 js\n')
})

test('a program in TypeScript, checked with the strictest settings', () => {
  write(
    'use.ts',
    `import type { Clock, ToxEvents } from 'ts-toxcore'
import { BootstrapNode, type NodeToxOptions, Tox } from 'ts-toxcore/node'
const options: NodeToxOptions = { port: [33445, 33545], bootstrap: [{ host: '::1', port: 1, publicKey: '00' }] }
const tox: Tox = await Tox.create(options)
const off: () => void = tox.on('friend_message', ({ message, messageType }) => {
  const text: string = message
  const kind: 'normal' | 'action' = messageType
  console.log(text, kind)
})
for await (const event of tox.events('friend_request', { signal: AbortSignal.timeout(1) })) {
  const request: ToxEvents['friend_request'] = event
  tox.friendAddNorequest(request.publicKey)
}
// @ts-expect-error there is no such event
tox.on('friend_massage', () => {})
// @ts-expect-error text, not a number
tox.selfSetName(5)
off()
export const node: Promise<BootstrapNode> | undefined = undefined
export const clock: Clock = { now: () => 0, after: () => () => {} }
`,
  )
  for (const [module, moduleResolution] of [
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'bundler'],
  ]) {
    write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          target: 'ES2022',
          lib: ['ES2022'],
          types: ['node'],
          typeRoots: [join(root, 'node_modules/@types')],
          module,
          moduleResolution,
          strict: true,
          exactOptionalPropertyTypes: true,
          // The declarations themselves are checked, too.
          skipLibCheck: false,
          noEmit: true,
        },
        files: ['use.ts'],
      }),
    )
    run(dir, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
  }
})

test('the command', () => {
  const tox = join(dir, 'node_modules/.bin/tox')
  const { version } = JSON.parse(run(dir, tox, '--version', '--json'))
  assert.match(version, /^\d+\.\d+\.\d+$/)
  const id = run(dir, tox, 'id', '--profile', join(dir, 'me.tox'))
  assert.match(id, /^[0-9A-F]{76}\n$/)
  assert.is(run(dir, tox, 'id', '--profile', join(dir, 'me.tox')), id)
})

test('the command before it is built says what to do', () => {
  const bin = join(dir, 'node_modules/@ts-toxcore/cli')
  rmSync(join(bin, 'dist'), { recursive: true })
  const { status, stderr } = spawnSync(process.execPath, [join(bin, 'bin/tox.mjs'), '--help'], {
    encoding: 'utf8',
  })
  assert.is(status, 1)
  assert.is(stderr, "tox: the command is not built yet: run 'npm run build' first.\n")
})

test.run()
