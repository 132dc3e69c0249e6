import { type Block, decodeBlock } from '@gala/contracts'

const keptMax = 4_000

/** Everybody gets the same bytes: they are read once, and again only after very many others. */
export class BlockBook {
  readonly #known = new Map<string, { bytes: Uint8Array; block: Block }[]>()

  read(bytes: Uint8Array): Block {
    const key = `${bytes.length} ${Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(24, bytes.length)).toString('latin1')}`
    const alike = this.#known.get(key) ?? []
    const known = alike.find((each) => Buffer.compare(each.bytes, bytes) === 0)
    if (known) return known.block
    const block = decodeBlock(bytes)
    if (this.#known.size >= keptMax) this.#known.clear()
    this.#known.set(key, [...alike, { bytes: bytes.slice(), block }])
    return block
  }
}
