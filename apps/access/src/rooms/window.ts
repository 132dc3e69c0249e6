import { framed } from './framing.js'

/** A mark is answered by whoever reads it: browsers do it by themselves (RFC 6455, section 5.5.2). */
const mark = framed(new Uint8Array(0), 'ping')
const bytesMin = 2_048
const bytesFirst = 16_384
const bytesMax = 65_536
/** Whoever has not read for this long what was written gets no more for now. */
const lateMs = 3_000

/**
 * How much may be under way to one client. Node only knows what the kernel has not taken yet, and that takes megabytes for
 * somebody who reads a kilobyte a second: they would see everything, minutes late. So a mark is written after so many bytes, which
 * the client answers when it has read up to there.
 */
export class ReadWindow {
  #bytes = bytesFirst
  /** Written after the mark that is under way, or since the last one was answered. */
  #since = 0
  #markedAtMs: number | undefined
  /** One that never answers a mark is left to the kernel's buffers. */
  #answers = false
  #shut = false

  get isShut(): boolean {
    return this.#shut
  }

  /** So much has been written. @returns a mark to be written after it. */
  wrote(bytes: number, nowMs: number): Buffer | undefined {
    this.#since += bytes
    if (this.#markedAtMs !== undefined) {
      if (this.#answers && this.#since > this.#bytes) this.#shut = true
      return undefined
    }
    return this.#since >= this.#bytes ? this.marked(nowMs) : undefined
  }

  /** A mark that is to be written now. */
  marked(nowMs: number): Buffer {
    this.#markedAtMs = nowMs
    this.#since = 0
    return mark
  }

  /** Once in a while: shuts when a mark has not been answered for long. */
  look(nowMs: number) {
    if (this.#answers && this.#markedAtMs !== undefined && nowMs - this.#markedAtMs > lateMs) this.#shut = true
  }

  /** The mark has been read. False when there is none. */
  answered(nowMs: number): boolean {
    const markedAtMs = this.#markedAtMs
    if (markedAtMs === undefined) return false
    const late = nowMs - markedAtMs > lateMs
    this.#bytes = late ? Math.max(bytesMin, this.#bytes / 2) : Math.min(bytesMax, this.#bytes * 2)
    this.#answers = true
    this.#markedAtMs = undefined
    this.#shut = false
    return true
  }
}
