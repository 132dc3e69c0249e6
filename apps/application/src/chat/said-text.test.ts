import { AppError } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { saidText } from './said-text.js'

const refusalOf = (text: string) => {
  try {
    return saidText(text)
  } catch (error) {
    return error instanceof AppError ? error.code : error
  }
}

describe('what a viewer has typed', () => {
  it.each([
    ['  hello   there ', 'hello there'],
    ['one\r\ntwo\tthree\u2028four', 'one two three four'],
    ['e\u0301', 'é'],
    ['safe \u202etxet\u202c end', 'safe txet end'],
    ['a\u200bb\ufeffc\u00add', 'abcd'],
    ['hi \u{e0041}\u{e0042}', 'hi'],
    ['👨\u200d👩\u200d👧', '👨\u200d👩\u200d👧'],
    ['می\u200cخواهم', 'می\u200cخواهم'],
    [`z${'\u0335'.repeat(60)}`, `z${'\u0335'.repeat(4)}`],
    ['\u0085x\u0000', 'x'],
  ])('is shown on one line, without what cannot be seen: %j', (typed, shown) => {
    expect(saidText(typed)).toBe(shown)
  })

  it.each(['', '   ', '\n\t', '\u200b\u200d', '\u3164', '\u2800 \u2800', '\ufe0f'])(
    'has to say something: %j does not',
    (text) => {
      expect(refusalOf(text)).toBe('VALIDATION_FAILED')
    },
  )

  it('is as long as it may be by characters, however these are written', () => {
    expect(saidText('👍'.repeat(200))).toBe('👍'.repeat(200))
    expect(refusalOf('👍'.repeat(201))).toBe('VALIDATION_FAILED')
    // One character that becomes three when it is composed.
    expect(refusalOf('\u{1d160}'.repeat(80))).toBe('VALIDATION_FAILED')
  })
})
