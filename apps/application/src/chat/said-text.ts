import { fieldRefused, textMax } from '@gala/contracts'

/**
 * Marks on one letter that are left. Vietnamese needs two, Hebrew with vowels and accents three; what piles up more covers the lines of others.
 */
const marksMax = 4

// Line breaks and tabs would make one message look like several; control characters have no business here.
const breaks = /[\p{Cc}\p{Zl}\p{Zp}\p{Zs}]+/gu
// Direction marks turn the rest of the line round, tag characters hide texts, the others cannot be seen. Joiners stay:
// Persian, Hindi and most emoji need them.
const hidden =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\u{e0000}-\u{e007f}]/gu
const piled = new RegExp(`(\\p{M}{${marksMax}})\\p{M}+`, 'gu')
const blank = /[\s\p{Default_Ignorable_Code_Point}\u2800]/gu

/**
 * A text as it is going to be shown: composed (NFC), on one line, without what cannot be seen.
 * @throws AppError VALIDATION_FAILED when nothing is left, or more than may be: characters are counted, not UTF-16 units.
 */
export function saidText(text: string): string {
  const said = text.normalize('NFC').replace(hidden, '').replace(breaks, ' ').replace(piled, '$1').trim()
  if (said.replace(blank, '') === '') throw fieldRefused('body.text', 'must say something')
  if ([...said].length > textMax) throw fieldRefused('body.text', `must be at most ${textMax} characters`)
  return said
}
