// Fails when an engine package reaches for a clock, for randomness or for a platform: all of them are handed in.
import { imports, sources } from './sources.mjs'

const ENGINES = ['core', 'dht', 'onion', 'net-crypto', 'messenger', 'sim']
const FORBIDDEN = [
  /\bDate\.now\b/,
  /\bnew Date\b/,
  /\bMath\.random\b/,
  /\bperformance\b/,
  /\bset(?:Timeout|Interval|Immediate)\b/,
  /\bqueueMicrotask\b/,
  /\bglobalThis\b/,
  /\bprocess\b/,
  /\basync\b|\bawait\b/,
]
/** Libraries that engines may use: pure computation. */
const LIBRARIES = /^(tweetnacl|@noble\/(hashes|curves)\/.+|@ts-toxcore\/.+|\.{1,2}\/.+)$/

export function checkPurity() {
  const problems = []
  for (const name of ENGINES) {
    for (const { file, text } of sources(name)) {
      // Words in comments are free.
      const code = text
        .replace(/\/\*[\s\S]*?\*\//g, comment => comment.replace(/[^\n]/g, ' '))
        .replace(/\/\/.*$/gm, '')
      code.split('\n').forEach((line, i) => {
        const hit = FORBIDDEN.find(pattern => pattern.test(line))
        if (hit) problems.push(`${file}:${i + 1}: ${line.trim()} (${hit.source})`)
      })
      for (const { specifier } of imports(text)) {
        if (!LIBRARIES.test(specifier)) problems.push(`${file}: imports ${specifier}`)
      }
    }
  }
  return problems
}
