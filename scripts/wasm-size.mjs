// npm run wasm:size [-- --functions [N]]: how big the kernels are, and whether that is within the limit. With --functions the
// biggest functions too, which needs Rust (CONTRIBUTING.md, "Kernels").
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const KERNELS = 'packages/core/kernels'
const NAMED = 'build/kernels-named'
/** Of all modules together, gzipped. */
const LIMIT = 60 * 1024
const SECTIONS = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
  'data count',
]
const CODE = 10

/** Problems: none, or that the modules are too big. */
export function checkWasmSize() {
  const total = sizes().reduce((sum, { gzip }) => sum + gzip, 0)
  return total <= LIMIT ? [] : [`the kernels have ${total} bytes gzipped, more than ${LIMIT}`]
}

function sizes() {
  return modules(KERNELS).map(({ name, bytes }) => ({
    name,
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
    sections: sections(bytes),
  }))
}

function modules(directory) {
  return readdirSync(directory)
    .filter(name => name.endsWith('.wasm'))
    .map(name => ({ name, bytes: readFileSync(`${directory}/${name}`) }))
}

/** Reads WebAssembly's integers and names one after the other. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes
    this.at = at
  }
  number() {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++]
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }
  text() {
    const length = this.number()
    this.at += length
    return this.bytes.toString('utf8', this.at - length, this.at)
  }
}

function sections(bytes) {
  const found = []
  for (const reader = new Reader(bytes, 8); reader.at < bytes.length; ) {
    const id = bytes[reader.at++]
    const size = reader.number()
    const name = id === 0 ? new Reader(bytes, reader.at).text() : SECTIONS[id]
    found.push({ id, name, start: reader.at, size })
    reader.at += size
  }
  return found
}

/** Bytes of code of each function, the biggest first. */
function functions(bytes) {
  const all = sections(bytes)
  const names = functionNames(
    bytes,
    all.find(({ name }) => name === 'name'),
  )
  const reader = new Reader(bytes, all.find(({ id }) => id === CODE).start)
  // No module imports functions, so that the first function of the code section is number 0.
  return Array.from({ length: reader.number() }, (_, index) => {
    const size = reader.number()
    reader.at += size
    return { name: names.get(index) ?? `function ${index}`, size }
  }).sort((a, b) => b.size - a.size)
}

function functionNames(bytes, { start, size }) {
  const FUNCTION_NAMES = 1
  const names = new Map()
  const reader = new Reader(bytes, start)
  reader.text()
  while (reader.at < start + size) {
    const id = bytes[reader.at++]
    const end = reader.number() + reader.at
    if (id === FUNCTION_NAMES)
      for (let count = reader.number(); count > 0; count--)
        names.set(reader.number(), readable(reader.text()))
    reader.at = end
  }
  return names
}

/** Rust's mangled names as a path: of _RNvNtCs5fxD51pH5Yw_7kernels9secretbox4open that is secretbox::open. */
function readable(name) {
  if (!name.startsWith('_R')) return name
  const parts = []
  for (let rest = name.slice(2); rest !== ''; ) {
    // Disambiguators and back references end with _; identifiers begin with their length.
    const skipped = rest.match(/^[sB][0-9a-zA-Z]*_/)
    const length = Number.parseInt(rest, 10)
    if (skipped) rest = rest.slice(skipped[0].length)
    else if (Number.isNaN(length)) rest = rest.slice(1)
    else {
      const start = rest.match(/^\d+_?/)[0].length
      parts.push(rest.slice(start, start + length))
      rest = rest.slice(start + length)
    }
  }
  return parts.filter(part => part !== 'kernels').join('::')
}

function print() {
  const { values, positionals } = parseArgs({
    options: { functions: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const measured = sizes()
  for (const { name, raw, gzip, brotli, sections } of measured) {
    const parts = sections.filter(({ size }) => size >= 100).map(({ name, size }) => `${name} ${size}`)
    console.log(`${name}: ${raw} bytes, ${gzip} gzipped, ${brotli} brotli (${parts.join(', ')})`)
  }
  const total = measured.reduce((sum, { gzip }) => sum + gzip, 0)
  console.log(`in all ${total} bytes gzipped, ${((total / LIMIT) * 100).toFixed(0)} % of the limit`)
  if (total > LIMIT) process.exitCode = 1

  if (!values.functions) return
  execFileSync(process.execPath, ['scripts/build-wasm.mjs', '--named'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (const { name, bytes } of modules(NAMED)) {
    console.log(`\n${name}, bytes of code:`)
    for (const { name, size } of functions(bytes).slice(0, Number(positionals[0] ?? 20)))
      console.log(`${String(size).padStart(7)}  ${name}`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) print()
