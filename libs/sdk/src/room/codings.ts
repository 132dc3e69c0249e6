import { blockDictionary, deflatedDictionary } from '@gala/contracts'

/** What one block may become: many times the largest. */
const bytesMax = 1_048_576

/** What stands before the bytes of a coding, to be unpacked with them and then left out. */
const before = {
  zstd: { bytes: new Uint8Array(), becomes: 0 },
  deflate: { bytes: deflatedDictionary, becomes: blockDictionary.length },
}

/** As `DecompressionStream` calls them. */
const formatOf = { zstd: 'zstd', deflate: 'deflate-raw' } as const

/** The codings this runtime can undo, best first. */
export function knownCodings(): string[] {
  if (typeof DecompressionStream === 'undefined') return []
  return (['zstd', 'deflate'] as const).filter((coding) => {
    try {
      return Boolean(newStream(coding))
    } catch {
      return false
    }
  })
}

/** @throws Error when the bytes are not of this coding, or are more than a block can be. */
export async function undo(coding: 'zstd' | 'deflate', bytes: Uint8Array): Promise<Uint8Array> {
  const stream = newStream(coding)
  const writer = stream.writable.getWriter()
  // Both fail together with the reader below, which is where it is told.
  const head = before[coding]
  writer.write(new Uint8Array(joined([head.bytes, bytes]))).catch(() => {})
  writer.close().catch(() => {})
  const parts: Uint8Array[] = []
  let total = 0
  const reader = stream.readable.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return joined(parts).subarray(head.becomes)
    total += value.byteLength
    if (total > bytesMax) {
      reader.cancel().catch(() => {})
      throw new Error('a block is too large')
    }
    parts.push(value)
  }
}

// The type of the DOM does not know zstd yet; a runtime that does not either throws.
const newStream = (coding: 'zstd' | 'deflate') => new DecompressionStream(formatOf[coding] as CompressionFormat)

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts
  if (parts.length === 1 && first) return first
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}
