import type { Readable, Writable } from 'node:stream'

/** Nobody needs a longer line; a peer that never sends a newline must not eat our memory. */
const MAX_LINE_SIZE = 4 * 1024 * 1024

/** The lines of a stream without their ends; a line that is too long is reported as undefined, once. */
export async function* readLines(input: Readable): AsyncGenerator<string | undefined> {
  let parts: Buffer[] = []
  let size = 0
  let skipping = false
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      if (!skipping) yield Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8')
      parts = []
      size = 0
      skipping = false
      from = end + 1
    }
    size += chunk.length - from
    if (size > MAX_LINE_SIZE && !skipping) {
      skipping = true
      parts = []
      yield undefined
    }
    if (!skipping) parts.push(chunk.subarray(from))
  }
  if (!skipping && size > 0) yield Buffer.concat(parts).toString('utf8')
}

/** Writes one JSON object a line; what is said within one turn of the event loop goes out in one write. */
export class LineWriter {
  readonly #output: Writable
  #lines: string[] = []

  constructor(output: Writable) {
    this.#output = output
  }

  write(message: object): void {
    if (this.#lines.length === 0) setImmediate(() => this.flush())
    this.#lines.push(JSON.stringify(message))
  }

  flush(): void {
    if (this.#lines.length === 0) return
    const text = `${this.#lines.join('\n')}\n`
    this.#lines = []
    this.#output.write(text)
  }
}
