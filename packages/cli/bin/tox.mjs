#!/usr/bin/env node
// The built command. `npm ci` builds it, unless it was told to run no scripts.
try {
  await import('../dist/tox.mjs')
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.url?.endsWith('/dist/tox.mjs')) throw error
  console.error("tox: the command is not built yet: run 'npm run build' first.")
  process.exitCode = 1
}
