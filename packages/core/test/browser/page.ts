// Runs in a page, and in a worker that the page starts; each reports what came of it to the server of the test.
import type { Backend } from '@ts-toxcore/core'
import { knownAnswers } from './known-answers.ts'

// What of the browser is used here: the types of the tests are Node's.
declare const document: object | undefined
declare const location: { readonly href: string }
declare const Worker: new (url: string, options: { type: 'module' }) => object

const { href } = location
const { searchParams } = new URL(href)
const backend = searchParams.get('backend') as Backend | 'auto'

if (typeof document === 'undefined') await report('worker')
else {
  await report('page')
  new Worker(`page.js${new URL(href).search}`, { type: 'module' })
}

async function report(where: 'page' | 'worker'): Promise<void> {
  const outcome = await knownAnswers({ backend }).catch(error => `${error}\n${error.stack}`)
  await fetch(where, { method: 'POST', body: JSON.stringify(outcome) })
}
