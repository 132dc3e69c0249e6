/** Every message has so many bytes, and begins with when it was sent. */
const textBytes = 128
const stampChars = 9

/** A text of that length; what comes after the stamp is what people say. */
export function textSentAt(nowMs: number, words: string): string {
  // Hundredths of a millisecond would not fit: a text is short. Whole ones do.
  const stamp = Math.round(nowMs).toString(36).padStart(stampChars, '0')
  let text = `${stamp} `
  let bytes = text.length
  for (const character of words) {
    const next = Buffer.byteLength(character)
    if (bytes + next > textBytes) break
    text += character
    bytes += next
  }
  return text + '.'.repeat(textBytes - bytes)
}

/** Undefined when it is no text of ours. */
export function sentAtMs(text: string): number | undefined {
  const sent = Number.parseInt(text.slice(0, stampChars), 36)
  return text[stampChars] === ' ' && Number.isFinite(sent) ? sent : undefined
}
