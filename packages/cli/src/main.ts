import { ToxError } from 'ts-toxcore/node'
import { bootstrapCommand } from './bootstrap.ts'
import { chatCommand } from './chat.ts'
import { demoCommand } from './demo.ts'
import { idCommand } from './id.ts'
import { rpcCommand } from './rpc.ts'
import { UsageError } from './usage.ts'
import { VERSION } from './version.ts'

/** A command takes its arguments and resolves to an exit code. */
export interface Command {
  readonly summary: string
  readonly help: string
  run(args: string[]): Promise<number>
}

const COMMANDS: Readonly<Record<string, Command>> = {
  demo: demoCommand,
  id: idCommand,
  chat: chatCommand,
  rpc: rpcCommand,
  bootstrap: bootstrapCommand,
}

async function main(args: string[]): Promise<number> {
  const [name = '--help', ...rest] = args
  if (name === '--version') {
    console.log(rest.includes('--json') ? JSON.stringify({ version: VERSION }) : VERSION)
    return 0
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    console.log(usage())
    return 0
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) throw new UsageError(`unknown command '${name}'`)
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(command.help)
    return 0
  }
  return command.run(rest)
}

function usage(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`)
  return `Usage: tox COMMAND [OPTION…]\n\n${rows.join('\n')}\n\n  --help, --version, and 'tox COMMAND --help'`
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`tox: ${error.message}\nTry 'tox --help'.`)
    process.exitCode = 2
  } else {
    console.error(
      `tox: ${error instanceof ToxError ? `${error.message} (${error.code})` : (error as Error).message}`,
    )
    process.exitCode = 1
  }
}
