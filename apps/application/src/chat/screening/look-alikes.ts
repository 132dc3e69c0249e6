/**
 * Letters that are drawn like a Latin one: what they are written after. A selection of Unicode's confusables (UTS 39) of what a
 * keyboard or a phone offers: Cyrillic, Greek, Armenian, small capitals, letters with a stroke, which do not decompose.
 */
const drawnAs: Record<string, string> = {
  a: 'аαɑᴀ',
  b: 'вβʙƀ',
  c: 'сϲᴄ',
  d: 'ԁᴅđ',
  e: 'еεєᴇɛ',
  f: 'ꜰƒ',
  g: 'ɡɢց',
  h: 'нһʜħη',
  i: 'іιıɪ',
  j: 'јʝᴊ',
  k: 'кκᴋ',
  l: 'ʟłⅼӏ',
  m: 'мμᴍ',
  n: 'пᴎɴոπ',
  o: 'оοσᴏøօ',
  p: 'рρᴘ',
  q: 'ԛʠ',
  r: 'ʀгᴦ',
  s: 'ѕꜱ',
  t: 'тτᴛŧ',
  u: 'υᴜսц',
  v: 'νѵᴠ',
  w: 'ѡωᴡшщ',
  x: 'хχ',
  y: 'уγʏү',
  z: 'ᴢʐ',
}

/** The Latin letter each of them stands for. */
export const drawnLikeLatin: ReadonlyMap<string, string> = new Map(
  Object.entries(drawnAs).flatMap(([latin, others]) => [...others].map((other) => [other, latin] as const)),
)

/** Digits and signs that are written for letters, with the letters they may stand for. */
const writtenFor: Record<string, string> = {
  0: 'o',
  1: 'il',
  2: 'z',
  3: 'e',
  4: 'a',
  5: 's',
  6: 'g',
  7: 't',
  8: 'b',
  9: 'g',
  '@': 'a',
  $: 's',
  '!': 'il',
  '|': 'il',
}

const asciiMax = 128
const firstOf = new Uint8Array(asciiMax)
const secondOf = new Uint8Array(asciiMax)
for (const [sign, letters] of Object.entries(writtenFor)) {
  firstOf[sign.charCodeAt(0)] = letters.charCodeAt(0)
  secondOf[sign.charCodeAt(0)] = letters.charCodeAt(letters.length - 1)
}
const l = 'l'.charCodeAt(0)
const i = 'i'.charCodeAt(0)

/** What all letters have in common that may stand for each other: `1` may be `i` or `l`, so these are one here. */
export function classOf(letter: number): number {
  if (letter === l) return i
  if (letter >= asciiMax) return letter
  return firstOf[letter] || letter
}

/** Whether what stands in a text may be meant as this letter of a word. `1` may be `l`; the letter `i` may not. */
export function standsFor(inText: number, inWord: number): boolean {
  if (inText === inWord) return true
  return inText < asciiMax && (firstOf[inText] === inWord || secondOf[inText] === inWord)
}

export const isDigit = (letter: number) => letter >= 48 && letter <= 57
/** Of those that are no letter beside what is none: `! $ |`. */
export const isSign = (letter: number) => letter === 33 || letter === 36 || letter === 124
