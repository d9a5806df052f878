import {
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  type Key,
  moveCursor,
} from 'node:readline'

export interface TerminalOptions {
  /** What has been entered: one line, or all lines of what was pasted. */
  onText(text: string): void
}

const PASTE_ON = '\x1b[?2004h'
const PASTE_OFF = '\x1b[?2004l'

/**
 * Lines in, text out. On a terminal, text appears above the line that is being typed, and a paste of several lines is
 * one text (by bracketed paste, which terminals have had since xterm's). Elsewhere there is neither prompt nor control sequence.
 */
export class Terminal {
  /** Resolves at the end of input, at Ctrl-D and Ctrl-C, and when the terminal is gone. */
  readonly closed: Promise<void>
  readonly #lines: Interface
  readonly #interactive = Boolean(process.stdin.isTTY && process.stdout.isTTY)
  /** Whether the terminal understands control sequences. */
  readonly #smart = this.#interactive && process.env.TERM !== 'dumb'
  readonly #onText: (text: string) => void
  #prompt = '> '
  #isClosed = false
  #hungUp = false
  #pasting = false
  /** Lines that were pasted and wait for Enter. */
  #pasted: string[] = []

  constructor({ onText }: TerminalOptions) {
    this.#onText = onText
    this.#lines = createInterface({
      input: process.stdin,
      ...(this.#interactive ? { output: process.stdout } : {}),
      terminal: this.#interactive,
      prompt: this.#prompt,
    })
    this.#lines.on('line', line => this.#handleLine(line))
    this.#lines.on('SIGINT', () => this.#interrupt())
    this.closed = new Promise(resolve => {
      this.#lines.once('close', resolve)
      this.#lines.on('error', () => {
        this.#hungUp = true
        resolve()
      })
    })
    if (!this.#smart) return
    process.stdin.prependListener('keypress', (_text: string | undefined, key: Key) => this.#handleKey(key))
    process.stdout.write(PASTE_ON)
    process.once('exit', () => process.stdout.write(PASTE_OFF))
  }

  /** True if the terminal is gone, its window closed. */
  get hungUp(): boolean {
    return this.#hungUp
  }

  print(text: string): void {
    if (!this.#smart || this.#isClosed) {
      console.log(text)
      return
    }
    // What is being typed may have become several rows. readline will go up as many again before it redraws them.
    const { rows } = this.#lines.getCursorPos()
    moveCursor(process.stdout, 0, -rows)
    cursorTo(process.stdout, 0)
    clearScreenDown(process.stdout)
    process.stdout.write(`${text}\n${'\n'.repeat(rows)}`)
    this.#lines.prompt(true)
  }

  setPrompt(prompt: string): void {
    this.#prompt = prompt
    if (this.#pasted.length === 0) this.#showPrompt(prompt)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#lines.close()
  }

  #handleLine(line: string): void {
    // readline hands out what it has read already, even after it was closed.
    if (this.#isClosed) return
    if (this.#pasting) {
      this.#pasted.push(line)
      this.#showPrompt('… ')
      return
    }
    const text = [...this.#pasted, line].join('\n').trim()
    this.#pasted = []
    if (text !== '') this.#onText(text)
    this.#showPrompt(this.#prompt)
  }

  /** Before readline sees the key. */
  #handleKey(key: Key): void {
    // For keys that arrive together readline clears this, and then forgets where the cursor is and how many rows there are.
    const lines: Interface & { isCompletionEnabled?: boolean } = this.#lines
    lines.isCompletionEnabled = true
    if (key.name === 'paste-start') this.#pasting = true
    if (key.name === 'paste-end') this.#pasting = false
  }

  /** Ctrl-C takes back what is typed; with nothing typed it leaves. */
  #interrupt(): void {
    if (this.#lines.line === '' && this.#pasted.length === 0) {
      this.close()
      return
    }
    this.#pasted = []
    this.#pasting = false
    this.#lines.write(null, { ctrl: true, name: 'e' })
    this.#lines.write(null, { ctrl: true, name: 'u' })
    this.#showPrompt(this.#prompt)
  }

  #showPrompt(prompt: string): void {
    if (!this.#interactive || this.#isClosed) return
    this.#lines.setPrompt(prompt)
    this.#lines.prompt(true)
  }
}
