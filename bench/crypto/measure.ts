// One process's share: every candidate takes its turn in every round. Prints a `ProcessResult` as JSON.

import { BACKENDS, type Backend } from '../../packages/core/src/index.ts'
import { median } from '../lib/statistics.ts'
import { libraries } from './libraries.ts'
import { Native } from './native.ts'
import { type Candidate, inputsOf, OPERATIONS, type Operation } from './operations.ts'

export interface Job {
  readonly rounds: number
  /** The fastest round instead of the median: on a busy machine it says more. */
  readonly best: boolean
  /** What a round of one candidate should take. */
  readonly milliseconds: number
  readonly native: string | undefined
  readonly packages: string | undefined
  /** Ids of operations. */
  readonly operations: readonly string[]
}

export interface ProcessResult {
  readonly candidates: readonly { readonly name: string; readonly detail: string }[]
  /** Operation → candidate → operations a second. */
  readonly rates: Record<string, Record<string, number>>
}

type Timed = { name: string; seconds: (operation: Operation, count: number) => number | Promise<number> }

const WARM_UP_SECONDS = 0.06
const WARM_UP_ROUNDS = 2
const job = JSON.parse(process.argv[2]!) as Job

const candidates: (Candidate | Native)[] = []
if (job.native !== undefined) candidates.push(new Native(job.native))
candidates.push(...(await libraries(job.packages)))
for (const backend of BACKENDS) {
  const ours = await loadOurs(backend)
  if (ours) candidates.push(ours)
}

const names: { name: string; detail: string }[] = []
for (const candidate of candidates) {
  const native = candidate instanceof Native
  names.push({
    name: native ? 'native libsodium' : candidate.name,
    detail: native ? await candidate.version() : candidate.detail,
  })
}

const rates: ProcessResult['rates'] = {}
for (const operation of OPERATIONS.filter(({ id }) => job.operations.includes(id)))
  rates[operation.id] = await measure(operation)
for (const candidate of candidates) if (candidate instanceof Native) candidate.stop()
console.log(JSON.stringify({ candidates: names, rates } satisfies ProcessResult))

async function measure(operation: Operation): Promise<Record<string, number>> {
  const inputs = inputsOf(operation)
  const timed: Timed[] = []
  for (const [index, candidate] of candidates.entries()) {
    const { name } = names[index]!
    if (candidate instanceof Native) {
      timed.push({ name, seconds: (operation, count) => candidate.run(operation, count) })
      continue
    }
    const { derive, [operation.kind]: own } = candidate.loops
    // Who cannot do two at once does one after the other.
    const loop = own ?? (operation.kind === 'derive2' ? derive : undefined)
    if (!loop) continue
    timed.push({
      name,
      seconds(_, count) {
        const start = performance.now()
        loop(count, inputs)
        return (performance.now() - start) / 1000
      },
    })
  }

  const counts = new Map<string, number>()
  for (const { name, seconds } of timed) counts.set(name, await countFor(operation, seconds))
  const samples = new Map(timed.map(({ name }) => [name, [] as number[]]))
  for (let round = -WARM_UP_ROUNDS; round < job.rounds; round++) {
    // Another one begins each time: who follows whom should favour nobody.
    const first = (round + WARM_UP_ROUNDS) % timed.length
    for (const { name, seconds } of [...timed.slice(first), ...timed.slice(0, first)]) {
      const count = counts.get(name)!
      const took = await seconds(operation, count)
      if (round >= 0) samples.get(name)!.push(count / took)
    }
  }
  const typical = (values: readonly number[]) => (job.best ? Math.max(...values) : median(values))
  return Object.fromEntries([...samples].map(([name, values]) => [name, typical(values)]))
}

/** How many runs take about the time that a round should, found while warming up. Even, for those who take two at once. */
async function countFor(operation: Operation, seconds: Timed['seconds']): Promise<number> {
  const wanted = job.milliseconds / 1000
  let count = 2
  let took = 0
  for (let total = 0; total < WARM_UP_SECONDS; total += took) {
    if (took < wanted / 2) count *= 2
    took = await seconds(operation, count)
  }
  return 2 * Math.max(1, Math.round((count * wanted) / took / 2))
}

/** An instance of the module for each backend: shared ones would see each other's types, and be slower for it. */
async function loadOurs(backend: Backend): Promise<Candidate | undefined> {
  const url = new URL(`./ours.mjs?${backend}`, import.meta.url).href
  const { load } = (await import(url)) as typeof import('./ours.ts')
  return load(backend)
}
