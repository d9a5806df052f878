// Text that comes from others, and text that goes to them.

/** c-toxcore's TOX_MAX_MESSAGE_LENGTH, in bytes. */
export const MAX_MESSAGE_SIZE = 1372

/**
 * What others send must not move the cursor, ring bells, turn the writing direction or hide: control characters,
 * bidirectional and other invisible formatting, line and paragraph separators become U+FFFD.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd')
}

const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu

/** A message that may have several lines; those after the first are indented, so that none looks like somebody else's. */
export function printableLines(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map(printable)
    .join('\n    ')
}

/** At most `length` characters, the last of which is … if some are missing. */
export function shorten(text: string, length: number): string {
  const characters = [...text]
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`
}

/** Pieces of at most `size` bytes of UTF-8 each, parted at a line's end or a space where there is one. */
export function splitText(text: string, size: number): string[] {
  const pieces: string[] = []
  let rest = text
  while (Buffer.byteLength(rest) > size) {
    const fitting = longestPrefix(rest, size)
    const end = Math.max(fitting.lastIndexOf('\n'), fitting.lastIndexOf(' '))
    // A separator early in the piece is not worth a short message.
    const cut = end >= fitting.length / 2 ? end : fitting.length
    pieces.push(rest.slice(0, cut))
    rest = rest.slice(cut === end ? cut + 1 : cut)
  }
  if (rest !== '') pieces.push(rest)
  return pieces
}

/** The longest beginning of at most `size` bytes that parts no character. */
function longestPrefix(text: string, size: number): string {
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > size) break
    end += character.length
  }
  return text.slice(0, end)
}
