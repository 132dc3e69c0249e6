import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Topic, topics } from './event-log.js'

/** A file as it was when it was looked at. */
export interface TailedFile {
  path: string
  /** What it is called wherever it is renamed to; undefined while it has no whole line. */
  source: string | undefined
  bytes: number
  /** It is written to; all others are full. */
  current: boolean
  /** Since when it has been seen as it is. */
  sinceMs: number
}

export interface SeenFile extends TailedFile {
  /** The same one under any name. */
  identity: string
  changedMs: number
}

const full = /^(.+)\.(\d{6,})\.log$/
const lineFeed = 0x0a
/** Most first lines are in there. */
const headBytes = 4_096

/** Of the files in a folder: what each of their names stands for, without number. A folder that is not there has none. */
export async function tailNames(dir: string): Promise<{ topic: Topic; name: string }[]> {
  const names = new Set((await filesIn(dir)).map((file) => full.exec(file)?.[1] ?? file.slice(0, -'.log'.length)))
  return [...names].sort().flatMap((name) => {
    const topic = topics.find((each) => name.startsWith(`${each}.`))
    return topic ? [{ topic, name }] : []
  })
}

/** The files of one name, the oldest first; `truncated`: how many of those seen before lost what they held. */
export async function listFiles(
  dir: string,
  name: string,
  before: readonly SeenFile[],
  { nowMs, headBytesMax }: { nowMs: number; headBytesMax: number },
): Promise<{ files: SeenFile[]; truncated: number }> {
  const numbers = (await filesIn(dir)).flatMap((file) => {
    if (file === `${name}.log`) return { file, number: Number.POSITIVE_INFINITY }
    const [, of, number] = full.exec(file) ?? []
    return of === name ? { file, number: Number(number) } : []
  })
  numbers.sort((a, b) => (a.number < b.number ? -1 : 1))
  const files: SeenFile[] = []
  let truncated = 0
  for (const { file, number } of numbers) {
    const handle = await openIfThere(join(dir, file))
    if (!handle) continue
    try {
      const { ino, birthtimeMs, size, mtimeMs } = await handle.stat()
      const identity = `${ino}:${birthtimeMs}`
      const was = before.find((each) => each.identity === identity)
      const same = was?.bytes === size && was.changedMs === mtimeMs
      const source = same ? was.source : await sourceOf(handle, name, Math.min(size, headBytesMax), headBytesMax)
      if (was?.source !== undefined && (size < was.bytes || source !== was.source)) truncated++
      files.push({
        path: join(dir, file),
        source,
        bytes: size,
        current: number === Number.POSITIVE_INFINITY,
        sinceMs: same ? was.sinceMs : nowMs,
        identity,
        changedMs: mtimeMs,
      })
    } finally {
      await handle.close()
    }
  }
  return { files, truncated }
}

/** Undefined when it was renamed or deleted meanwhile. */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Reads until `length` bytes are there or the file ends. */
export async function readAt(handle: FileHandle, place: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, place + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

async function filesIn(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter((file) => file.endsWith('.log'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function sourceOf(handle: FileHandle, name: string, size: number, headBytesMax: number) {
  let head = await readAt(handle, 0, Math.min(size, headBytes))
  let end = head.indexOf(lineFeed)
  if (end < 0 && size > headBytes) {
    head = await readAt(handle, 0, size)
    end = head.indexOf(lineFeed)
  }
  // A first line longer than any that is carried is known by what would have been carried of it.
  if (end < 0 && head.length < headBytesMax) return undefined
  const line = end < 0 ? head : head.subarray(0, end)
  return `${name}:${createHash('sha256').update(line).digest('hex').slice(0, 16)}`
}
