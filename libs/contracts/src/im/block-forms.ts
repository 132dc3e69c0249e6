import { MalformedFrame } from './wire.js'

/**
 * Ids and names of pictures are made by machines: a few beginnings that all share, and digits. The digits are written as the bytes
 * they stand for, which is half of them, and each beginning once.
 */
export interface Form {
  prefix: string
  tailBytes: number
}

/** Longer ones are taken for what they are not. */
const tailBytesMax = 32

/** Brings texts into forms; `indices` tells the form of each, `tails` what is left of all of them. */
export class FormWriter {
  readonly forms: Form[] = []
  readonly tails: number[] = []
  readonly #known = new Map<string, number>()

  indexOf(text: string): number {
    const tailBytes = tailBytesOf(text)
    const prefix = text.slice(0, text.length - 2 * tailBytes)
    for (let i = prefix.length; i < text.length; i += 2)
      this.tails.push(digitOf(text.charCodeAt(i)) * 16 + digitOf(text.charCodeAt(i + 1)))
    const key = `${tailBytes} ${prefix}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const index = this.forms.push({ prefix, tailBytes }) - 1
    this.#known.set(key, index)
    return index
  }
}

/** The texts again, one after the other. */
export class FormReader {
  #at = 0

  constructor(
    private readonly forms: readonly Form[],
    private readonly tails: Uint8Array,
  ) {}

  /** @throws MalformedFrame when there is no such form, or no tail is left. */
  next(index: number): string {
    const form = this.forms[index]
    if (!form || this.#at + form.tailBytes > this.tails.length) throw new MalformedFrame('a text without its form')
    let text = form.prefix
    for (const end = this.#at + form.tailBytes; this.#at < end; this.#at++) text += hexOf[this.tails[this.#at] ?? 0]
    return text
  }
}

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** How many bytes the hexadecimal digits at the end make. Capital ones are none, for they would come back as small ones. */
function tailBytesOf(text: string): number {
  let digits = 0
  while (digits < text.length && digitOf(text.charCodeAt(text.length - digits - 1)) >= 0) digits++
  return Math.min(tailBytesMax, digits >> 1)
}

/** -1 for what is none. */
function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  return code >= 97 && code <= 102 ? code - 87 : -1
}
