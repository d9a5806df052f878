// From the processes' figures to tables: in the terminal, in Markdown, and as a chart.
import { type BarGroup, barChart } from '../lib/chart.ts'
import { median } from '../lib/statistics.ts'
import { FLOORS } from './floors.ts'
import type { ProcessResult } from './measure.ts'
import { OPERATIONS } from './operations.ts'

const NATIVE = 'native libsodium'
const WRAPPERS = 'libsodium-wrappers'

export interface Start {
  readonly backend: string
  /** Milliseconds, medians of fresh processes: the module's evaluation, `createCrypto()`, the first opened box. */
  readonly evaluated: number
  readonly loaded: number
  readonly opened: number
}

export interface Report {
  readonly date: string
  readonly cpu: string
  readonly node: string
  readonly processes: number
  readonly rounds: string
  readonly candidates: ProcessResult['candidates']
  /** What is not here, and why. */
  readonly missing: readonly string[]
  readonly rows: readonly Row[]
  readonly floors: readonly FloorResult[]
  readonly starts: readonly Start[]
}

interface Row {
  readonly operation: string
  readonly title: string
  /** Candidate → operations a second. */
  readonly rates: Record<string, number>
  readonly toNative: Record<string, number>
  readonly toWrappers: Record<string, number>
}

interface FloorResult {
  readonly line: string
  readonly ratio: number
  readonly floor: number
  readonly aim: number | undefined
  readonly reached: boolean
}

export function rowsOf(results: readonly ProcessResult[]): Row[] {
  return OPERATIONS.filter(({ id }) => results[0]!.rates[id]).map(({ id, title }) => {
    const names = Object.keys(results[0]!.rates[id]!)
    const each = (value: (name: string) => number | undefined) =>
      Object.fromEntries(names.map(name => [name, value(name)]).filter(([, value]) => value !== undefined))
    return {
      operation: id,
      title,
      rates: each(name => median(results.map(({ rates }) => rates[id]![name]!))),
      toNative: each(name => ratio(results, [id, name], [id, NATIVE])),
      toWrappers: each(name => ratio(results, [id, name], [id, WRAPPERS])),
    }
  })
}

export function floorsOf(results: readonly ProcessResult[]): FloorResult[] {
  return FLOORS.flatMap(({ candidate, operation, against, againstOperation = operation, floor, aim }) => {
    const reached = ratio(results, [operation, candidate], [againstOperation, against])
    if (reached === undefined) return []
    const other = againstOperation === operation ? against : `${against}'s ${titleOf(againstOperation)}`
    const line = `${candidate}: ${titleOf(operation)} to ${other}`
    return [{ line, ratio: reached, floor, aim, reached: reached >= floor }]
  })
}

type Place = readonly [operation: string, candidate: string]

/** Within each process, where the two took turns; then the median of the processes. */
function ratio(results: readonly ProcessResult[], of: Place, to: Place): number | undefined {
  const rate = (rates: ProcessResult['rates'], [operation, candidate]: Place) =>
    rates[operation]?.[candidate] ?? Number.NaN
  const ratios = results.map(({ rates }) => rate(rates, of) / rate(rates, to))
  return ratios.some(Number.isNaN) ? undefined : median(ratios)
}

function titleOf(operation: string): string {
  return OPERATIONS.find(({ id }) => id === operation)!.title
}

type Table = readonly (readonly string[])[]

function rateTable({ candidates, rows }: Report, field: 'rates' | 'toNative' | 'toWrappers'): Table {
  const format = field === 'rates' ? thousands : (value: number) => value.toFixed(2)
  return [
    ['', ...candidates.map(({ name }) => name)],
    ...rows
      .filter(row => Object.keys(row[field]).length > 0)
      .map(row => [
        row.title,
        ...candidates.map(({ name }) => {
          const value = row[field][name]
          return value === undefined ? '–' : format(value)
        }),
      ]),
  ]
}

/** Three digits, of thousands. */
function thousands(rate: number): string {
  const value = rate / 1000
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function floorTable({ floors }: Report): Table {
  return [
    ['', 'ratio', 'floor', 'aim', ''],
    ...floors.map(({ line, ratio, floor, aim, reached }) => [
      line,
      ratio.toFixed(2),
      floor.toFixed(2),
      aim?.toFixed(2) ?? '–',
      !reached ? 'NOT REACHED' : aim !== undefined && ratio >= aim ? 'reached, aim too' : 'reached',
    ]),
  ]
}

function startTable({ starts }: Report): Table {
  return [
    ['', 'module evaluated', 'crypto ready', 'first box opened'],
    ...starts.map(({ backend, evaluated, loaded, opened }) => [
      backend,
      ...[evaluated, loaded, opened].map(milliseconds => `${milliseconds.toFixed(1)} ms`),
    ]),
  ]
}

function sections(report: Report): [title: string, table: Table][] {
  const all: [string, Table][] = [
    ['Thousands of operations a second', rateTable(report, 'rates')],
    [`Ratios to ${NATIVE}`, rateTable(report, 'toNative')],
    [`Ratios to ${WRAPPERS}`, rateTable(report, 'toWrappers')],
    ['What issue 3 demands', floorTable(report)],
    ['Cold start, from the beginning of the import', startTable(report)],
  ]
  return all.filter(([, table]) => table.length > 1)
}

function summary(report: Report): string[] {
  const candidates = report.candidates.filter(({ detail }) => detail !== '')
  return [
    `${report.date}, ${report.cpu}, Node ${report.node}; ${report.rounds} each, medians of ${report.processes} processes.`,
    `${candidates.map(({ name, detail }) => `${name}: ${detail}`).join('; ')}.`,
    ...report.missing.map(reason => `SKIP ${reason}`),
  ]
}

export function toText(report: Report): string {
  return [
    ...summary(report),
    ...sections(report).flatMap(([title, table]) => [
      '',
      title,
      ...aligned(table).map(cells => cells.join('  ')),
    ]),
  ].join('\n')
}

export function toMarkdown(reports: readonly Report[]): string {
  const parts = reports.flatMap(report => [
    `## Node ${report.node}`,
    summary(report).join('\n'),
    ...sections(report).flatMap(([title, table]) => [`### ${title}`, markdownTable(table)]),
  ])
  return `${['# crypto', INTRODUCTION, '![Bar chart of the ratios](crypto.svg)', ...parts].join('\n\n')}\n`
}

const INTRODUCTION = `Written by \`npm run bench -- crypto --write\`. Ratios are taken within a process, where all candidates take turns, and are then the
median of the processes. Ours is measured as its users call it: copies into and out of the kernels' memory are included, and keys of
peers include HSalsa20, keeping the key and dropping it. Two at once, of the others, is what they do one at a time.`

/** Cells padded to columns: the first to the left, figures to the right. */
function aligned(table: Table): string[][] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map(row => row[column]!.length)))
  return table.map(row =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))),
  )
}

function markdownTable(table: Table): string {
  const rows = aligned(table)
  const rule = rows[0]!.map((cell, i) =>
    i === 0 ? '-'.repeat(cell.length) : `${'-'.repeat(Math.max(1, cell.length - 1))}:`,
  )
  return [rows[0]!, rule, ...rows.slice(1)].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

const CHARTED = [
  'seal-64',
  'open-64',
  'seal-1024',
  'open-1024',
  'seal-1373',
  'open-1373',
  'derive',
  'derive2',
  'base',
  'sign',
  'verify',
]

export function toChart(report: Report): string {
  const groups = report.rows
    .filter(({ operation }) => CHARTED.includes(operation))
    .map(({ title, rates, toNative }): BarGroup => {
      const bars = report.candidates
        .filter(({ name }) => toNative[name] !== undefined)
        .map(({ name }) => ({
          series: name,
          value: toNative[name]!,
          label: `${thousands(rates[name]!)} k/s`,
        }))
      return { title, bars }
    })
  return barChart({
    title: `crypto: speed in ratio to ${NATIVE}`,
    subtitle: `${report.date} · ${report.cpu} · Node ${report.node}`,
    series: report.candidates.map(({ name }) => name),
    groups,
    reference: 1,
  })
}
