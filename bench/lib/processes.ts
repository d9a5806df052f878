import { execFileSync } from 'node:child_process'

/** Runs a part of a benchmark (`crypto/measure` is bench/crypto/measure.ts) in a process of its own; the JSON that it prints. */
export function runPart<Result>(name: string, args: readonly string[], node = process.execPath): Result {
  return JSON.parse(run(node, [`build/bench/${name}.mjs`, ...args])) as Result
}

export function versionOf(node: string): string {
  return run(node, ['--version']).trim().slice(1)
}

function run(node: string, args: readonly string[]): string {
  return execFileSync(node, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
