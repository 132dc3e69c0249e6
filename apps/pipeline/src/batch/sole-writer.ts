import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { resolve } from 'node:path'
import type { Clock } from '@gala/kernel'

const againMs = 500

/**
 * Lets one process of this machine write to a lake: two would cut the same lines into other ranges, and have them twice. It is a name of
 * the kernel's (an abstract socket), which ends with its process, however that ends, and not before: one that is only stopped keeps
 * it. Linux has such names; elsewhere nobody is held back.
 */
export class SoleWriter {
  #server: Server | undefined

  constructor(
    private readonly dir: string,
    private readonly clock: Pick<Clock, 'sleep'>,
    private readonly platform: NodeJS.Platform = process.platform,
  ) {}

  /** Resolves when nobody else writes there, or the waiting was aborted. @returns whether this one may. */
  async wait(signal: AbortSignal): Promise<boolean> {
    if (this.platform !== 'linux') return !signal.aborted
    while (!signal.aborted) {
      if (await this.#take()) return true
      await this.clock.sleep(againMs, signal)
    }
    return false
  }

  close(): void {
    this.#server?.close()
    this.#server = undefined
  }

  #take(): Promise<boolean> {
    const name = createHash('sha256').update(resolve(this.dir)).digest('hex').slice(0, 32)
    return new Promise((done, failed) => {
      const server = createServer((socket) => socket.destroy())
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? done(false) : failed(error),
      )
      server.listen(`\0gala-lake-${name}`, () => {
        this.#server = server.unref()
        done(true)
      })
    })
  }
}
