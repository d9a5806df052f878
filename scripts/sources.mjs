// Walks the packages' sources and reads their imports.
import { readdirSync, readFileSync } from 'node:fs'

/** Every TypeScript file below packages/<name>/<part>, as { file, text }. */
export function sources(name, part = 'src') {
  let paths
  try {
    paths = readdirSync(`packages/${name}/${part}`, { recursive: true })
  } catch {
    return []
  }
  return paths
    .filter(path => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map(path => ({ file: `packages/${name}/${part}/${path}` }))
    .map(({ file }) => ({ file, text: readFileSync(file, 'utf8') }))
}

/** The module specifiers a file imports or re-exports, with whether only types are taken. */
export function imports(text) {
  const found = []
  for (const [, kind, clause, specifier] of text.matchAll(
    /^(?:import|export)\s+(type\s+)?([^'"]*?)from\s+'([^']+)'/gms,
  )) {
    const names = clause
      .replace(/[{}]/g, '')
      .split(',')
      .map(name => name.trim())
      .filter(Boolean)
    found.push({
      specifier,
      typesOnly: kind !== undefined || (names.length > 0 && names.every(name => name.startsWith('type '))),
    })
  }
  for (const [, specifier] of text.matchAll(/^import\s+'([^']+)'/gm))
    found.push({ specifier, typesOnly: false })
  return found
}
