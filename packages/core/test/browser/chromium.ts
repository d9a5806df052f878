import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const PROGRAM = '/usr/bin/chromium'
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
]
const TIMEOUT_MS = 120_000

/** With TS_TOXCORE_REQUIRE_CHROMIUM=1 a missing Chromium is an error, so that CI cannot skip in silence. */
export function chromiumIsMissing(): boolean {
  if (existsSync(PROGRAM)) return false
  if (process.env.TS_TOXCORE_REQUIRE_CHROMIUM === '1') throw new Error(`${PROGRAM} is not there`)
  return true
}

/** Bundles a module for browsers; returns the code. */
export async function bundled(entry: string): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'ts-toxcore-browser-'))
  try {
    const { bundleForBrowser } = await import(pathToFileURL(resolve('scripts/bundle.mjs')).href)
    await bundleForBrowser({ page: entry }, out)
    return readFileSync(join(out, 'page.js'), 'utf8')
  } finally {
    rmSync(out, { recursive: true })
  }
}

/**
 * Serves a page that runs `script`, under a content security policy, to a Chromium of its own, and waits until the page
 * has posted to each of `reports`; returns what it posted, as JSON.
 */
export async function visit<Name extends string>(options: {
  readonly script: string
  readonly policy: string
  /** Of the address, with its `?`. */
  readonly query: string
  readonly reports: readonly Name[]
}): Promise<Record<Name, unknown>> {
  const { script, policy, query, reports } = options
  const posted = new Map<string, unknown>()
  let done = () => {}
  const complete = new Promise<void>(resolve => {
    done = resolve
  })

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const name = new URL(request.url!, 'http://localhost').pathname.slice(1)
    const answer = (status: number, type: string, body: string) => {
      response.writeHead(status, { 'content-type': type, 'content-security-policy': policy }).end(body)
    }
    if (request.method === 'POST') {
      let body = ''
      request.on('data', data => (body += data))
      request.on('end', () => {
        posted.set(name, JSON.parse(body))
        answer(200, 'text/plain', '')
        if (reports.every(report => posted.has(report))) done()
      })
    } else if (name === '') answer(200, 'text/html', `<script type="module" src="page.js${query}"></script>`)
    else if (name === 'page.js') answer(200, 'text/javascript', script)
    else answer(404, 'text/plain', '')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  const profile = mkdtempSync(join(tmpdir(), 'ts-toxcore-chromium-'))
  const chromium = spawn(
    PROGRAM,
    [...FLAGS, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/${query}`],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let errors = ''
  chromium.stderr.on('data', data => (errors += data))
  const timer = setTimeout(done, TIMEOUT_MS)
  // Not 'exit': its children write into the profile until they are gone too, and hold its pipe.
  const closed = new Promise(resolve => chromium.on('close', resolve))
  void closed.then(done)
  await complete
  clearTimeout(timer)
  chromium.kill()
  await closed
  server.closeAllConnections()
  server.close()
  rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
  const missing = reports.filter(report => !posted.has(report))
  if (missing.length > 0) throw new Error(`no word from the ${missing.join(' and the ')}\n${errors}`)
  return Object.fromEntries(posted) as Record<Name, unknown>
}
