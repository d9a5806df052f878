import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { printable, printableLines, shorten, splitText } from '../src/text.ts'

test('nothing that others send can drive the terminal', () => {
  const hostile = [
    '\x1b[2J\x1b[H',
    '\x1b]0;title\x07',
    '\x9b31m',
    '\r\x08\x7f\0',
    '\u202eesrever\u2066',
    '\u200b\u200e\u2028\ufeff',
    'tag \u{e0041}',
    'half \ud83d',
  ]
  for (const text of hostile) {
    const shown = printable(text)
    assert.match(shown, '\ufffd')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them must be left
    assert.not.match(shown, /[\x00-\x1f\x7f-\x9f\u2028\u202e\u2066\ufeff]/)
  }
  assert.is(printable('Grüße 👩‍👩‍👧 日本 e\u0301'), 'Grüße 👩‍👩‍👧 日本 e\u0301')
})

test('lines after the first are indented', () => {
  assert.is(printableLines('one\r\nBob: two\rthree\x1b'), 'one\n    Bob: two\n    three\ufffd')
})

test('shorten counts characters, not code units', () => {
  assert.is(shorten('👍👍', 2), '👍👍')
  assert.is(shorten('👍👍👍', 2), '👍…')
})

test('long text is parted where it hurts least, and nothing is lost', () => {
  assert.equal(splitText('short', 10), ['short'])
  assert.equal(splitText('', 10), [])
  assert.equal(splitText('seven words of text', 10), ['seven', 'words of', 'text'])
  assert.equal(splitText('aaaaaaaaaaaa', 5), ['aaaaa', 'aaaaa', 'aa'])
  // A character of four bytes is not parted.
  assert.equal(splitText('👍👍👍', 9), ['👍👍', '👍'])
  const long = 'wörter und 日本 '.repeat(1000)
  const pieces = splitText(long, 1372)
  assert.ok(pieces.every(piece => Buffer.byteLength(piece) <= 1372))
  assert.is(pieces.join(' '), long)
})

test.run()
