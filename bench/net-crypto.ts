// How many data packets a second does net-crypto handle in one thread, engine and kernels, without a socket? On each
// backend: receiving (datagram in, checked payload out, each datagram another one), sealing alone (the crypto), and two
// engines in one thread that send each other packets; then what receiving allocates, over many packets. Backends and sizes
// take turns, each time in a process of its own.
//   npm run bench -- net-crypto [--processes N] [--rounds N] [--packets N] [--node PATH] [--json]
// --packets: for what receiving allocates; 0 leaves that out. --node: another Node.
import { parseArgs } from 'node:util'
import { BACKENDS, type Backend } from '@ts-toxcore/core'
import { runPart } from './lib/processes.ts'
import { median } from './lib/statistics.ts'
import type { Garbage, Job, ProcessResult, Rates } from './net-crypto/measure.ts'

const KINDS = ['receive', 'seal', 'two engines'] as const
const SIZES = [100, 1373] as const

interface Row {
  readonly backend: Backend
  readonly size: number
  /** Of each process. */
  readonly rates: Rates[]
  garbage?: Garbage
}

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '11' },
    packets: { type: 'string', default: '10000000' },
    node: { type: 'string', default: process.execPath },
    json: { type: 'boolean', default: false },
  },
})
const processes = Number(values.processes)

const rows: Row[] = BACKENDS.flatMap(backend => SIZES.map(size => ({ backend, size, rates: [] })))
for (let i = 0; i < processes; i++) {
  for (const row of rows) {
    process.stderr.write(`process ${i + 1} of ${processes}: ${row.backend}, ${row.size} bytes…   \r`)
    const result = measure(row, i === 0)
    if (result === null) continue
    row.rates.push(result.rates)
    if (result.garbage) row.garbage = result.garbage
  }
}
const measured = rows.filter(({ rates }) => rates.length > 0)

if (values.json) console.log(JSON.stringify(measured))
else {
  const line = (cells: readonly string[]) => console.log(cells.map(cell => cell.padStart(24)).join(''))
  console.log(`packets a second, medians of ${processes} processes (best)`)
  line(['backend', 'bytes', ...KINDS])
  for (const { backend, size, rates } of measured) {
    line([backend, `${size}`, ...KINDS.map(kind => figure(rates.map(rate => rate[kind])))])
  }
  console.log('\nallocated while receiving')
  line(['backend', 'bytes', 'packets', 'bytes a packet', 'collections'])
  for (const { backend, size, garbage } of measured) {
    if (!garbage) continue
    const { packets, bytesPerPacket, collections } = garbage
    line([backend, `${size}`, `${packets}`, bytesPerPacket.toFixed(3), `${collections}`])
  }
}

function measure({ backend, size }: Row, isFirst: boolean): ProcessResult | null {
  // What JavaScript's own allocates is no secret, and takes its time.
  const packets = isFirst && backend !== 'js' ? Number(values.packets) : 0
  const job: Job = { backend, size, rounds: Number(values.rounds), packets }
  return runPart('net-crypto/measure', [JSON.stringify(job)], values.node)
}

function figure(values: readonly number[]): string {
  const text = (value: number) => Math.round(value).toLocaleString('en')
  return `${text(median(values))} (${text(Math.max(...values))})`
}
