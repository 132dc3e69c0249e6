const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** A text with every grapheme covered that `covered` says something of, by UTF-16 unit: half an emoji is never left over. */
export function masked(text: string, covered: Uint8Array): string {
  let result = ''
  for (const { segment, index } of graphemes.segment(text)) {
    result += covered.subarray(index, index + segment.length).includes(1) ? '*' : segment
  }
  return result
}
