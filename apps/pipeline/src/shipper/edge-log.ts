import { readdir, readFile, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface EdgeLogOptions {
  file: string
  /** Where the edge wrote its process number; undefined: somebody else sees to new files. */
  pidFile: string | undefined
  /** From this size on a new file is begun. */
  fileBytesMax: number
  /** Tells a process to open its files anew. */
  signal: (pid: number) => void
}

/**
 * Has the edge begin a new log file when the one it writes has become large: the file is renamed, and the edge told to open its files
 * anew. Until it does it writes into the renamed one, from where it is read as well. Whoever ends between the two steps leaves no file
 * under the edge's name, and the next look tells the edge.
 */
export class EdgeLog {
  constructor(private readonly options: EdgeLogOptions) {}

  /** @returns whether the edge was told. @throws when it cannot be. */
  async look(): Promise<boolean> {
    const { file, pidFile, fileBytesMax } = this.options
    if (pidFile === undefined) return false
    const bytes = await sizeOf(file)
    if (bytes !== undefined && bytes < fileBytesMax) return false
    const numbers = await this.#numbers()
    if (bytes === undefined && numbers.length === 0) return false
    if (bytes !== undefined) {
      const number = String(Math.max(0, ...numbers) + 1).padStart(6, '0')
      await rename(file, join(dirname(file), `${basename(file, '.log')}.${number}.log`))
    }
    return await this.#tell(pidFile)
  }

  async #tell(pidFile: string): Promise<boolean> {
    const pid = Number.parseInt(await textOf(pidFile), 10)
    if (!Number.isSafeInteger(pid) || pid <= 1) return false
    // A number that was given to another process since: what ends most of them is no way to find out.
    const name = await textOf(`/proc/${pid}/comm`)
    if (name !== '' && !name.startsWith('nginx')) return false
    this.options.signal(pid)
    return true
  }

  async #numbers(): Promise<number[]> {
    const { file } = this.options
    const name = basename(file, '.log')
    return (await readdir(dirname(file))).flatMap((each) => {
      const [, of, number] = /^(.+)\.(\d{6,})\.log$/.exec(each) ?? []
      return of === name ? Number(number) : []
    })
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  return await unlessMissing(async () => (await stat(file)).size, undefined)
}

async function textOf(file: string): Promise<string> {
  return await unlessMissing(async () => await readFile(file, 'utf8'), '')
}

async function unlessMissing<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise
    throw error
  }
}
