// How fast is our crypto beside libsodium (natively, as a Node addon, in WebAssembly), tweetnacl and noble? All take
// turns, round by round, in several processes; ours is measured through the interface that the engines use.
//   npm run bench -- crypto [--json] [--rounds N] [--processes N] [--ms N] [--only WORD,…] [--node PATH]… [--best] [--write]
// --only: operations whose id contains a word (seal, open-64, derive, …). --node: another Node; several are measured one after
// the other. --best: the fastest rounds instead of the medians, for a busy machine. --write: also writes docs/bench/crypto.md
// and crypto.svg (its chart is the last Node's).
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { Job, ProcessResult } from './crypto/measure.ts'
import { buildNative } from './crypto/native.ts'
import { OPERATIONS } from './crypto/operations.ts'
import { floorsOf, type Report, rowsOf, type Start, toChart, toMarkdown, toText } from './crypto/report.ts'
import { benchPackages } from './lib/packages.ts'
import { runPart, versionOf } from './lib/processes.ts'
import { median } from './lib/statistics.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '11' },
    processes: { type: 'string', default: '5' },
    ms: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
    best: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const words = values.only.split(',')
const processes = Number(values.processes)
const native = buildNative()
const packages = benchPackages()
const missing: string[] = []
if ('reason' in native) missing.push(`native libsodium: ${native.reason}`)
if (!packages) missing.push('sodium-native, libsodium-wrappers, noble: their packages could not be installed')
const job: Job = {
  rounds: Number(values.rounds),
  best: values.best,
  milliseconds: Number(values.ms),
  native: 'program' in native ? native.program : undefined,
  packages,
  operations: OPERATIONS.map(({ id }) => id).filter(id => words.some(word => id.includes(word))),
}

const reports = values.node.map(measure)
if (values.json) console.log(JSON.stringify(reports))
else console.log(reports.map(toText).join('\n\n'))
if (values.write) {
  mkdirSync('docs/bench', { recursive: true })
  writeFileSync('docs/bench/crypto.md', toMarkdown(reports))
  writeFileSync('docs/bench/crypto.svg', toChart(reports[reports.length - 1]!))
}

function measure(node: string): Report {
  const results: ProcessResult[] = []
  for (let i = 0; i < processes; i++) {
    process.stderr.write(`process ${i + 1} of ${processes}…\r`)
    results.push(runPart<ProcessResult>('crypto/measure', [JSON.stringify(job)], node))
  }
  const { candidates } = results[0]!
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]!.model.trim(),
    node: versionOf(node),
    processes,
    rounds: `${job.best ? 'fastest' : 'medians'} of ${job.rounds} interleaved rounds`,
    candidates,
    missing,
    rows: rowsOf(results),
    floors: floorsOf(results),
    starts: candidates.filter(({ name }) => name.startsWith('ours')).map(({ detail }) => start(node, detail)),
  }
}

/** Fresh processes; the first has a cold file cache and is left out. */
function start(node: string, backend: string): Start {
  const starts = Array.from({ length: job.rounds + 1 }, () =>
    runPart<Start>('crypto/start', [backend], node),
  ).slice(1)
  const middle = (field: 'evaluated' | 'loaded' | 'opened') => median(starts.map(start => start[field]))
  return { backend, evaluated: middle('evaluated'), loaded: middle('loaded'), opened: middle('opened') }
}
