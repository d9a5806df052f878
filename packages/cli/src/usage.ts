import { type ParseArgsConfig, parseArgs } from 'node:util'
import { Endpoint, fromHex, PUBLIC_KEY_SIZE } from '@ts-toxcore/core'
import type { BootstrapAddress } from 'ts-toxcore/node'

/** Wrong usage of the command: printed with a hint at --help, exit code 2. */
export class UsageError extends Error {}

/** Options of the contract that a later version brings, and what is missing for them. */
export interface LaterOptions {
  readonly [name: string]: { readonly type: 'string' | 'boolean'; readonly why: string }
}

/** parseArgs with every mistake turned into a UsageError; no positionals. */
export function parseOptions<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
  later: LaterOptions = {},
) {
  const laterOptions = Object.fromEntries(
    Object.entries(later).map(([name, { type }]) => [name, { type, multiple: true } as const]),
  )
  const values = parse(args, { ...laterOptions, ...options })
  for (const [name, { why }] of Object.entries(later)) {
    if (name in values) throw new UsageError(`--${name}: ${why}`)
  }
  return values
}

function parse<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** `N` or `N-M`, 0 ≤ N ≤ M ≤ 65535. */
export function parsePorts(option: string, text: string): [from: number, to: number] {
  const match = text.match(/^(\d{1,5})(?:-(\d{1,5}))?$/)
  const from = Number(match?.[1])
  const to = Number(match?.[2] ?? match?.[1])
  if (match === null || to > 0xffff || from > to) {
    throw new UsageError(`${option}: expected a port or a range such as 33445 or 33445-33545, got '${text}'`)
  }
  return [from, to]
}

/** `HOST:PORT:KEYHEX`; an IPv6 address stands in brackets. */
export function parseNode(
  option: string,
  text: string,
): BootstrapAddress & { readonly publicKey: Uint8Array } {
  const match = text.match(/^(\[[^\]]+\]|[^:]+):(\d{1,5}):([0-9a-fA-F]+)$/)
  const publicKey = match && fromHex(match[3]!)
  const port = Number(match?.[2])
  if (!match || publicKey?.length !== PUBLIC_KEY_SIZE || port < 1 || port > 0xffff) {
    throw new UsageError(`${option}: expected HOST:PORT:KEYHEX with 64 hex digits, got '${text}'`)
  }
  const host = match[1]!.replace(/^\[|\]$/g, '')
  if (match[1]!.startsWith('[') && Endpoint.parse(host, port) === undefined) {
    throw new UsageError(`${option}: '${host}' is no IPv6 address`)
  }
  return { host, port, publicKey }
}
