import type { FileHandle } from 'node:fs/promises'
import type { Clock } from '@gala/kernel'
import type { Run } from './event-log.js'
import { identityOf, listFiles, openIfThere, readAt, type SeenFile, type TailedFile } from './tail-files.js'

export interface TailOptions {
  dir: string
  /** Of the file that is written to now, without `.log`; full ones are `NAME.000123.log` beside it. */
  name: string
  clock: Clock
  /** Bytes of one run. A line that is longer is carried as an empty one: counted, not kept. */
  runBytesMax?: number
  /** For how long nothing may have come to a full file before no more is expected: its writer may have it open still. */
  settleMs?: number
}

/** A full file of which nothing more will come. */
export interface FinishedFile {
  path: string
  /** Undefined when it never had a whole line. */
  source: string | undefined
  /** Place after its last whole line. */
  end: number
  /** It ends with half a line. */
  torn: boolean
}

const lineFeed = 0x0a
/** Lines begin with what they are and when. */
const halfBytes = 1_024

/**
 * Reads what is written to one file, through every renaming of it. The places are the caller's: two readers of the same files do not
 * know of each other, and one that begins again goes on where its own places say.
 *
 * Of a copy and its original the longer one is read. A file that got shorter is counted in `truncated`; what had not been read of it is
 * lost, and what comes after a new first line is a source of its own.
 */
export class Tail {
  truncated = 0
  #seen: readonly SeenFile[] = []
  readonly #runBytesMax: number

  constructor(private readonly options: TailOptions) {
    this.#runBytesMax = options.runBytesMax ?? 256 * 1024
  }

  /** Every file there is now: the oldest first, the one that is written to last. */
  async look(): Promise<readonly TailedFile[]> {
    const { dir, name, clock } = this.options
    const { files, truncated } = await listFiles(dir, name, this.#seen, {
      nowMs: clock.monotonicMs(),
      headBytesMax: this.#runBytesMax,
    })
    this.#seen = files
    this.truncated += truncated
    return files
  }

  /** What comes after those places: runs of about `bytesMax` together, those of the oldest source first. None: nothing new. */
  async next(places: Pick<ReadonlyMap<string, number>, 'get'>, bytesMax: number): Promise<Run[]> {
    const runs: Run[] = []
    let left = bytesMax
    for (const file of longest(await this.look())) {
      if (left <= 0) break
      const found = await this.#runs(file, places.get(file.source) ?? 0, left)
      runs.push(...found)
      left -= found.reduce((sum, { from, to }) => sum + to - from, 0)
    }
    return runs
  }

  /** What comes after a place in one source, as it was when `look` was called last. */
  async rest(source: string, place: number, bytesMax: number): Promise<Run[]> {
    const file = longest(this.#seen).find((each) => each.source === source)
    return file ? await this.#runs(file, place, bytesMax) : []
  }

  /** How the half a line begins that a source ends with after a place. */
  async half(source: string, place: number): Promise<Buffer> {
    const file = longest(this.#seen).find((each) => each.source === source)
    const handle = file && (await this.#openSame(file.path))
    if (!handle) return Buffer.alloc(0)
    try {
      return await readAt(handle, place, Math.min(halfBytes, Math.max(0, file.bytes - place)))
    } finally {
      await handle.close()
    }
  }

  /** Full files that have been read to their end, and to which nothing has come for a while. They may be deleted. */
  async finished(places: ReadonlyMap<string, number>): Promise<FinishedFile[]> {
    const { clock, settleMs = 5_000 } = this.options
    const found: FinishedFile[] = []
    const files = await this.look()
    const read = new Set(longest(files).map(({ path }) => path))
    for (const { path, source, bytes, current, sinceMs } of files) {
      if (current || clock.monotonicMs() - sinceMs < settleMs) continue
      const place = source === undefined ? 0 : (places.get(source) ?? 0)
      if (bytes <= place || (source === undefined && bytes === 0)) {
        found.push({ path, source, end: bytes, torn: false })
      } else if (source !== undefined && !read.has(path)) {
        // The longer one of the two is still there, and is read instead.
        found.push({ path, source, end: bytes, torn: false })
      } else if (!(await this.#hasLineAfter(path, source ?? '', place, bytes))) {
        found.push({ path, source, end: place, torn: true })
      }
    }
    return found
  }

  async #runs({ path, source, bytes }: TailedFile & { source: string }, from: number, bytesMax: number) {
    const runs: Run[] = []
    const handle = bytes > from ? await this.#openSame(path) : undefined
    if (!handle) return runs
    try {
      for (let place = from; place - from < bytesMax; place = runs.at(-1)?.to ?? place) {
        const run = await this.#runAt(handle, source, place, bytes)
        if (!run) break
        runs.push(run)
      }
    } finally {
      await handle.close()
    }
    return runs
  }

  async #hasLineAfter(path: string, source: string, place: number, bytes: number): Promise<boolean> {
    const handle = await this.#openSame(path)
    if (!handle) return true
    try {
      return (await this.#runAt(handle, source, place, bytes)) !== undefined
    } finally {
      await handle.close()
    }
  }

  /** Undefined when another file has come under that name since it was looked at. */
  async #openSame(path: string): Promise<FileHandle | undefined> {
    const handle = await openIfThere(path)
    if (!handle) return undefined
    const now = await handle.stat()
    const seen = this.#seen.find((file) => file.path === path)
    if (seen?.identity === identityOf(now) && now.size >= seen.bytes) return handle
    await handle.close()
    return undefined
  }

  /** The whole lines between a place and an end, as many as a run may hold. */
  async #runAt(handle: FileHandle, source: string, from: number, end: number): Promise<Run | undefined> {
    const bytes = await readAt(handle, from, Math.min(this.#runBytesMax, end - from))
    const last = bytes.lastIndexOf(lineFeed)
    if (last >= 0) {
      const lines = bytes.subarray(0, last + 1)
      return { source, from, to: from + lines.length, count: countLines(lines), lines }
    }
    if (bytes.length < this.#runBytesMax) return undefined
    for (let place = from + bytes.length; place < end; ) {
      const more = await readAt(handle, place, Math.min(this.#runBytesMax, end - place))
      if (more.length === 0) return undefined
      const first = more.indexOf(lineFeed)
      if (first >= 0) return { source, from, to: place + first + 1, count: 1, lines: Buffer.from('\n') }
      place += more.length
    }
    return undefined
  }
}

/** One file of each source: of a copy and its original, what one has the other has up to its own end. */
function longest(files: readonly TailedFile[]): (TailedFile & { source: string })[] {
  const bySource = new Map<string, TailedFile & { source: string }>()
  for (const file of files) {
    const { source } = file
    if (source === undefined) continue
    const other = bySource.get(source)
    if (!other || other.bytes <= file.bytes) bySource.set(source, { ...file, source })
  }
  return [...bySource.values()]
}

function countLines(lines: Buffer): number {
  let count = 0
  for (let at = lines.indexOf(lineFeed); at >= 0; at = lines.indexOf(lineFeed, at + 1)) count++
  return count
}
