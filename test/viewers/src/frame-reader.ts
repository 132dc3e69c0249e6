/** Opcodes of RFC 6455 section 5.2. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** What a server sends is unmasked: two bytes, and up to eight more of length. */
const headBytesMax = 10
const noBytes = Buffer.alloc(0)

/**
 * Takes a WebSocket's bytes apart as they come. Who only counts never sees a payload put together: `keeps` says of which opcodes the
 * payload is wanted. Messages in several frames come frame by frame.
 */
export class FrameReader {
  readonly #head = Buffer.alloc(headBytesMax)
  #headBytes = 0
  #opcode = 0
  #length = 0
  /** Of the payload; -1 while the head is read. */
  #missing = -1
  #parts: Buffer[] = []

  constructor(
    private readonly onFrame: (opcode: number, length: number, payload: Buffer) => void,
    private readonly keeps: (opcode: number, length: number) => boolean,
  ) {}

  /** The chunk may be written over afterwards. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#missing < 0) at = this.#readHead(chunk, at)
      if (this.#missing < 0) return
      const taken = Math.min(this.#missing, chunk.length - at)
      if (this.keeps(this.#opcode, this.#length)) this.#parts.push(Buffer.from(chunk.subarray(at, at + taken)))
      at += taken
      this.#missing -= taken
      if (this.#missing === 0) this.#done()
    }
  }

  #done() {
    const [first = noBytes] = this.#parts
    const payload = this.#parts.length > 1 ? Buffer.concat(this.#parts) : first
    this.#parts = []
    this.#missing = -1
    this.onFrame(this.#opcode, this.#length, payload)
  }

  /** @returns how far the chunk is read. `#missing` is set once the head is complete. */
  #readHead(chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length) {
      this.#head[this.#headBytes++] = chunk[at++] as number
      const needed = this.#headBytes < 2 ? 2 : headBytesOf(this.#head[1] as number)
      if (this.#headBytes < needed) continue
      this.#headBytes = 0
      this.#opcode = (this.#head[0] as number) & 15
      this.#length = lengthIn(this.#head)
      this.#missing = this.#length
      return at
    }
    return at
  }
}

const headBytesOf = (second: number) => ((second & 127) === 126 ? 4 : (second & 127) === 127 ? 10 : 2)

function lengthIn(head: Buffer): number {
  const short = (head[1] as number) & 127
  if (short === 126) return head.readUInt16BE(2)
  return short === 127 ? Number(head.readBigUInt64BE(2)) : short
}

/**
 * A frame of a client. Its mask is always the same: a mask is against proxies that take a payload for a request (RFC 6455 section
 * 10.3), and there are none here.
 */
export function maskedFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.alloc(head + 4 + length)
  frame[0] = 0x80 | opcode
  frame[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127)
  if (head === 4) frame.writeUInt16BE(length, 2)
  if (head === 10) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.set(mask, head)
  for (let i = 0; i < length; i++) frame[head + 4 + i] = (payload[i] as number) ^ (mask[i & 3] as number)
  return frame
}

const mask = Uint8Array.of(0x67, 0x61, 0x6c, 0x61)
