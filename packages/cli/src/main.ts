import { expectBackend } from '@ts-toxcore/core'
import { ToxError } from 'ts-toxcore/node'
import { bootstrapCommand } from './bootstrap.ts'
import { chatCommand } from './chat.ts'
import type { Command } from './command.ts'
import { demoCommand } from './demo.ts'
import { idCommand } from './id.ts'
import { rpcCommand } from './rpc.ts'
import { UsageError } from './usage.ts'
import { VERSION } from './version.ts'

const COMMANDS: Readonly<Record<string, Command>> = {
  demo: demoCommand,
  id: idCommand,
  chat: chatCommand,
  rpc: rpcCommand,
  bootstrap: bootstrapCommand,
}

/** Commands that later versions bring. */
const LATER = ['bridge', 'profile', 'persona', 'vectors']

async function main(args: string[]): Promise<number> {
  const [name = '--help', ...rest] = args.filter((arg, i) => i > 0 || arg !== '--json')
  const json = args.includes('--json')
  if (name === '--version') {
    console.log(json ? JSON.stringify({ version: VERSION }) : VERSION)
    return 0
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    console.log(json ? JSON.stringify({ help: usage() }) : usage())
    return 0
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    throw new UsageError(
      LATER.includes(name) ? `this version has no 'tox ${name}' yet` : `unknown command '${name}'`,
    )
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(json ? JSON.stringify({ help: command.help }) : command.help)
    return 0
  }
  checkEnvironment()
  return command.run(rest)
}

/** A variable with a wrong value is wrong usage, as an option is. */
function checkEnvironment(): void {
  try {
    expectBackend('TS_TOXCORE_CRYPTO', process.env.TS_TOXCORE_CRYPTO || 'auto')
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function usage(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`)
  return `Usage: tox COMMAND [OPTION…]

${rows.join('\n')}

  --help, --version, and 'tox COMMAND --help'; --json everywhere
  TS_TOXCORE_CRYPTO=js, wasm or wasm-relaxed in the environment chooses the cryptography (default: the fastest that runs)
Exit codes: 0 fine, 1 refused or failed, 2 wrong usage.`
}

function report(error: Error, json: boolean): void {
  const code = error instanceof ToxError ? `TOX_ERR_${error.code}` : undefined
  if (json) console.error(JSON.stringify({ error: { message: error.message, ...(code && { code }) } }))
  else if (error instanceof UsageError) console.error(`tox: ${error.message}\nTry 'tox --help'.`)
  else console.error(`tox: ${error.message}${code ? ` (${code})` : ''}`)
}

const args = process.argv.slice(2)
// Whoever read what we say may have gone: then there is nobody left to tell.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
try {
  process.exitCode = await main(args)
} catch (error) {
  report(error as Error, args.includes('--json'))
  process.exitCode = error instanceof UsageError ? 2 : 1
}
// A name that is still being looked up must not keep the process; what was written must be out.
process.stdout.write('', () => process.exit())
