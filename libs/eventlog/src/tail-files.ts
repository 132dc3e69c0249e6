import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
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
  /** When it was last written to, Unix milliseconds as the file system has it. */
  changedMs: number
}

export interface SeenFile extends TailedFile {
  identity: string
}

const full = /^(.+)\.(\d{6,})\.log$/
const lineFeed = 0x0a
/** Characters of a name: a topic and a process. Whatever is called longer is not ours. */
const nameMax = 120
/** Most first lines are in there. */
const headBytes = 4_096

/** Of the files in a folder: what each of their names stands for, without number. A folder that is not there has none. */
export async function tailNames(dir: string): Promise<{ topic: Topic; name: string }[]> {
  const names = new Set((await filesIn(dir)).map((file) => full.exec(file)?.[1] ?? file.slice(0, -'.log'.length)))
  return [...names].sort().flatMap((name) => {
    const topic = topics.find((each) => name.startsWith(`${each}.`))
    return topic && name.length <= nameMax ? [{ topic, name }] : []
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
    const path = join(dir, file)
    const seen = await look(path, name, before, headBytesMax)
    if (!seen) continue
    const { was, ...now } = seen
    if (was?.source !== undefined && (now.bytes < was.bytes || now.source !== was.source)) truncated++
    files.push({
      ...now,
      path,
      current: number === Number.POSITIVE_INFINITY,
      sinceMs: was && was.bytes === now.bytes && was.changedMs === now.changedMs ? was.sinceMs : nowMs,
    })
  }
  return { files, truncated }
}

/** Opens only what has changed. Undefined: it was renamed or deleted meanwhile. */
async function look(path: string, name: string, before: readonly SeenFile[], headBytesMax: number) {
  const known = await stat(path).catch(() => undefined)
  const old = known && before.find(({ identity }) => identity === identityOf(known))
  if (known && old && old.bytes === known.size && old.changedMs === known.mtimeMs) return { ...old, was: old }
  const handle = await openIfThere(path)
  if (!handle) return undefined
  try {
    const now = await handle.stat()
    const identity = identityOf(now)
    const source = await sourceOf(handle, name, Math.min(now.size, headBytesMax), headBytesMax)
    return {
      identity,
      source,
      bytes: now.size,
      changedMs: now.mtimeMs,
      was: before.find((each) => each.identity === identity),
    }
  } finally {
    await handle.close()
  }
}

/** The same for a file under any name. Numbers of files are given out again, together with the time of their birth they are not. */
export const identityOf = ({ ino, birthtimeMs }: { ino: number; birthtimeMs: number }) => `${ino}:${birthtimeMs}`

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
