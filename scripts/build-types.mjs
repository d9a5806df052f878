// The declarations of the published library. Its packages are published as one, so what they declare is laid out as
// one tree, dist/types/<package>/…, in which they find each other by relative paths.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

export function buildTypes(packages, outdir) {
  mkdirSync('build', { recursive: true })
  const temporary = mkdtempSync('build/types-')
  try {
    emit(packages, temporary)
    rmSync(outdir, { recursive: true, force: true, maxRetries: 3 })
    // rootDir is packages/: <package>/src/<file>.d.ts
    for (const path of readdirSync(join(temporary, 'out'), { recursive: true })) {
      if (!path.endsWith('.d.ts')) continue
      const target = join(outdir, path.replace(/^([\w-]+)\/src\//, '$1/'))
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, relativeImports(readFileSync(join(temporary, 'out', path), 'utf8'), path))
    }
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

function emit(packages, temporary) {
  const config = join(temporary, 'tsconfig.json')
  writeFileSync(
    config,
    JSON.stringify({
      extends: resolve('tsconfig.base.json'),
      compilerOptions: {
        lib: ['ES2022'],
        types: ['node'],
        typeRoots: [resolve('node_modules/@types')],
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        rootDir: resolve('packages'),
        outDir: resolve(temporary, 'out'),
      },
      include: packages.map(name => resolve(`packages/${name}/src`)),
      // Stands in for the platform where engines are compiled without one.
      exclude: [resolve('packages/core/src/ambient.d.ts')],
    }),
  )
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', config], {
    encoding: 'utf8',
  })
  if (tsc.status !== 0) throw new Error(`declarations:\n${tsc.stdout}${tsc.stderr}`)
}

/** `@ts-toxcore/core` → `../core/index.js`, `./x.ts` → `./x.js`. */
function relativeImports(text, path) {
  const here = path.split('/')[0]
  return text.replace(/(from |import\()(['"])([^'"]+)\2/g, (_all, before, quote, specifier) => {
    const [, name, entry = 'index'] = specifier.match(/^@ts-toxcore\/([\w-]+)(?:\/([\w-]+))?$/) ?? []
    const target =
      name === undefined ? specifier.replace(/\.ts$/, '.js') : to(here, path, `${name}/${entry}.js`)
    return `${before}${quote}${target}${quote}`
  })
}

function to(here, path, target) {
  const from = dirname(path.replace(/^([\w-]+)\/src\//, '$1/'))
  const result = relative(from === '.' ? here : from, target)
  return result.startsWith('.') ? result : `./${result}`
}
