// Does the time that secrets take depend on them? A test like dudect's: inputs of two classes in random order, and Welch's t on
// their times. Run it on a quiet machine; noise hides leaks and makes none.
//   npm run bench -- timing [--seconds N] [--backend NAME]… [--only WORD]
// --seconds: for each line. --only: lines that contain the word. |t| above 10: a leak; 4.5 to 10: probably one; below: none found.
import { randomFillSync } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type Backend, type Crypto, createCrypto } from '@ts-toxcore/core'
import { emptyControl, leakyControl, type Subject, subjects } from './timing/subjects.ts'
import { Dudect } from './timing/welch.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    backend: { type: 'string', multiple: true, default: ['wasm', 'wasm-relaxed'] },
    only: { type: 'string', default: '' },
  },
})
const LEAK = 10
const PROBABLY = 4.5
const WARM_UP_MS = 500
const BUNCH = 2000

const random = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }
const labels = new Uint8Array(BUNCH)

const leaky = leakyControl(random)
const control = measure(leaky)
report('', leaky, control)
if (control.result.t < LEAK) {
  console.log('The leak that is there on purpose was not found: more seconds, or a quieter machine.')
  process.exitCode = 1
}
for (const backend of values.backend) {
  const crypto = create(backend)
  if (crypto === undefined) continue
  for (const subject of [emptyControl(crypto, random), ...subjects(crypto, random)]) {
    if (!subject.title.includes(values.only)) continue
    const result = measure(subject)
    report(backend, subject, result)
    if (result.result.t > LEAK) process.exitCode = 1
  }
}

function create(backend: string): Crypto | undefined {
  try {
    return createCrypto({ backend: backend as Backend })
  } catch (error) {
    console.log(`SKIP ${backend}: ${(error as Error).message}`)
    return undefined
  }
}

function measure(subject: Subject): Dudect {
  const until = performance.now() + WARM_UP_MS
  const calibration: number[] = []
  while (performance.now() < until || calibration.length < BUNCH) {
    bunch(subject, time => calibration.push(time))
  }
  // What was measured while code was being compiled says nothing about percentiles.
  const dudect = new Dudect(Float64Array.from(calibration.slice(calibration.length >> 1)))
  const end = performance.now() + Number(values.seconds) * 1000
  while (performance.now() < end) bunch(subject, (time, label) => dudect.add(time, label))
  return dudect
}

function bunch(subject: Subject, take: (time: number, label: 0 | 1) => void): void {
  const { repeat } = subject
  random.fill(labels)
  for (const byte of labels) {
    const label = (byte & 1) as 0 | 1
    subject.prepare(label)
    const start = performance.now()
    for (let i = 0; i < repeat; i++) subject.run()
    const time = performance.now() - start
    subject.finish()
    take(time, label)
  }
}

function report(backend: string, { title, repeat }: Subject, { result, count }: Dudect): void {
  const { t, difference } = result
  const verdict = t > LEAK ? 'leak' : t > PROBABLY ? 'probably a leak' : 'none found'
  const name = backend === '' ? title : `${backend}, ${title}`
  const nanoseconds = ((difference * 1e6) / repeat).toFixed(1)
  console.log(
    `${name.padEnd(72)} |t| ${t.toFixed(2).padStart(8)}  ${nanoseconds.padStart(7)} ns  ${count} measurements  ${verdict}`,
  )
}
