// Fails on an import that ARCHITECTURE.md's layer table does not allow. The table is the only place where the
// layers are written down. Table rows: | package | may import | types only |
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { imports, sources } from './sources.mjs'

export function checkLayers() {
  const table = layerTable(readFileSync('ARCHITECTURE.md', 'utf8'))
  const problems = []
  for (const name of readdirSync('packages')) {
    if (!existsSync(`packages/${name}/package.json`)) continue
    const layer = table.get(name)
    if (!layer) {
      problems.push(`packages/${name}: not in ARCHITECTURE.md's layer table`)
      continue
    }
    for (const { file, text } of sources(name)) {
      for (const { specifier, typesOnly } of imports(text)) {
        const [, target, path] = specifier.match(/^(?:@ts-toxcore\/([\w-]+)|ts-toxcore)(?:\/(.*))?$/) ?? []
        if (specifier.startsWith('.') && !join(dirname(file), specifier).startsWith(`packages/${name}/`))
          problems.push(`${file}: ${specifier} leaves its package by a path`)
        if (target === undefined && !/^ts-toxcore(\/|$)/.test(specifier)) continue
        const to = target ?? 'tox'
        const allowed = layer.all.has(to) || (layer.types.has(to) && (typesOnly || path === 'packets'))
        if (!allowed) problems.push(`${file}: ${specifier}: no arrow ${name} → ${to} in ARCHITECTURE.md`)
      }
    }
  }
  return problems
}

function layerTable(text) {
  const table = new Map()
  const section = text.split(/^## Layers.*$/m)[1]?.split(/^## /m)[0] ?? ''
  for (const line of section.split('\n')) {
    const cells = line.match(/^\| `([\w-]+)` *\|([^|]*)\|([^|]*)\|/)
    if (cells) table.set(cells[1], { all: names(cells[2]), types: names(cells[3]) })
  }
  if (table.size === 0) throw new Error('ARCHITECTURE.md: no layer table found')
  return table
}

function names(cell) {
  return new Set([...cell.matchAll(/`([\w-]+)`/g)].map(match => match[1]))
}
